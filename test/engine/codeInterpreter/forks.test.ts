import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Thread } from 'openai/resources/beta/threads/threads';
import { calls, createTutor, openEngine, says, ScriptedModel, type Turn } from '../support';

const codeInterpreter = { assets: join(process.cwd(), 'dist', 'python') };

function runsCode(code: string): Turn[] {
  const json = JSON.stringify({ code });
  return [calls({ id: 'call_code', name: 'code_interpreter', arguments: json }), says('Done.')];
}

describe('a fork of a thread with Python', function () {
  this.timeout(120_000);

  it('has its files, and changes its own alone', async () => {
    const provider = new ScriptedModel([
      ...runsCode('open("/mnt/data/notes.txt", "w").write("one")'),
      ...runsCode('open("/mnt/data/notes.txt", "a").write(" two"); print(open("/mnt/data/notes.txt").read())'),
      ...runsCode('print(open("/mnt/data/notes.txt").read())'),
    ]);
    const { client } = openEngine({ provider, tools: { codeInterpreter } });
    const assistant = await createTutor(client, { tools: [{ type: 'code_interpreter' }] });
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Go' }] });
    const outputIn = async (threadId: string): Promise<string> => {
      const run = await client.beta.threads.runs.createAndPoll(threadId, { assistant_id: assistant.id });
      const steps = await client.beta.threads.runs.steps.list(run.id, { thread_id: threadId });
      return JSON.stringify(steps.data.map(({ step_details }) => step_details));
    };
    await outputIn(thread.id);
    const fork = await client.post<Thread>(`/threads/${thread.id}/fork`, { body: {} });
    assert.match(await outputIn(fork.id), /one two/);
    const before = await outputIn(thread.id);
    assert.match(before, /"logs":"one\\n?"/);
  });
});

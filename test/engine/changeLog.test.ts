import assert from 'node:assert/strict';
import type { OpenAI } from 'openai';
import type { Stream } from 'openai/streaming';
import { createTutor, openEngine, ScriptedModel, says, until } from './support';

/** The paths of other engines' writes that an engine reports. */
async function reading(client: OpenAI): Promise<{ paths: string[]; end: Promise<void>; stop: () => void }> {
  const stream = await client.get<Stream<{ path: string }>>('/writes', { stream: true });
  const paths: string[] = [];
  const end = (async () => {
    for await (const { path } of stream) paths.push(path);
  })();
  return { paths, end, stop: () => stream.controller.abort() };
}

describe('a write of one window', () => {
  it('is reported in the others, in order, and not in its own', async () => {
    const one = openEngine({ provider: new ScriptedModel([says('Hello.')]) });
    const other = openEngine({ dataDir: one.dataDir, provider: new ScriptedModel([]) });
    const [here, there] = [await reading(one.client), await reading(other.client)];

    const assistant = await createTutor(one.client);
    const thread = await one.client.beta.threads.create();
    await one.client.beta.threads.messages.create(thread.id, { role: 'user', content: 'Hi' });
    const run = await one.client.beta.threads.runs.create(thread.id, { assistant_id: assistant.id });
    const path = `/v1/threads/${thread.id}`;
    const expected = ['/v1/assistants', '/v1/threads', `${path}/messages`, `${path}/runs`];
    await until('the other window knows', () => there.paths.length >= expected.length);
    assert.deepEqual(there.paths, expected);

    await other.client.beta.threads.runs.poll(run.id, { thread_id: thread.id });
    await other.client.beta.threads.delete(thread.id);
    await until('the first window knows', () => here.paths.length > 0);
    assert.deepEqual(here.paths, [path]);
    assert.equal(there.paths.length, expected.length);
    here.stop();
    there.stop();
  });

  it('that failed, or was only a read, is not reported', async () => {
    const one = openEngine();
    const other = openEngine({ dataDir: one.dataDir });
    const { paths, stop } = await reading(other.client);
    await assert.rejects(one.client.beta.threads.delete('thread_none'));
    await one.client.beta.assistants.list();
    await createTutor(one.client);
    await until('the assistant is reported', () => paths.length > 0);
    assert.deepEqual(paths, ['/v1/assistants']);
    stop();
  });

  it('from before is not reported, and the stream ends when its window closes', async () => {
    const one = openEngine();
    const other = openEngine({ dataDir: one.dataDir });
    await createTutor(one.client);
    const { paths, end } = await reading(other.client);
    await other.engine.close();
    await end;
    assert.deepEqual(paths, []);
  });
});

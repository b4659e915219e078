import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { NotFoundError } from 'openai';
import type OpenAI from 'openai';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { Thread } from 'openai/resources/beta/threads/threads';
import { titleIn } from '../../../src/engine/models/titleRequest';
import { ModelError, type ModelProvider, type ModelRequest } from '../../../src/engine/models/modelProvider';
import { createTutor, openEngine } from '../support';
import { threadOf } from './support';

async function answered(client: OpenAI, text: string): Promise<Run> {
  const tutor = await createTutor(client);
  const thread = await threadOf(client, text);
  return client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: tutor.id });
}

const title = ({ id, thread_id }: Run, client: OpenAI, replaces?: string): Promise<Thread> =>
  client.post(`/threads/${thread_id}/title`, { body: { run_id: id, replaces } });

/** A model that answers with these texts, one after the other, and fails after the last. */
function scripted(...texts: string[]): { provider: ModelProvider; requests: ModelRequest[] } {
  const requests: ModelRequest[] = [];
  const provider: ModelProvider = {
    listModels: () => Promise.resolve([]),
    // eslint-disable-next-line @typescript-eslint/require-await
    async *generate(request) {
      requests.push(request);
      const text = texts.shift();
      if (text === undefined) throw new ModelError('Out of order.');
      yield { type: 'text', text };
      yield { type: 'usage', usage: { promptTokens: 100, completionTokens: 10 } };
      yield { type: 'finish', reason: 'stop' };
    },
  };
  return { provider, requests };
}

describe('the title that a model writes', () => {
  it('replaces the one from the first message, and is counted and stored with its run', async () => {
    const { provider, requests } = scripted('It is Paris.', '**"Capital of France."**\n');
    const { client, dataDir } = openEngine({ provider });
    const run = await answered(client, 'What is the capital of France?');
    await client.beta.threads.update(run.thread_id, { metadata: { title: 'What is…', color: 'red' } });
    const thread = await title(run, client, 'What is…');
    assert.deepEqual(thread.metadata, { title: 'Capital of France', color: 'red' });
    assert.deepEqual(requests[1]?.messages, [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'User:\nWhat is the capital of France?\n\nAssistant:\nIt is Paris.' },
        ],
      },
    ]);
    assert.deepEqual(requests[1].tools, []);
    const counted = await client.beta.threads.runs.retrieve(run.id, { thread_id: run.thread_id });
    assert.deepEqual(counted.usage, { prompt_tokens: 200, completion_tokens: 20, total_tokens: 220 });
    const { data } = await client.get<{ data: unknown[] }>(
      `/threads/${run.thread_id}/runs/${run.id}/model_requests`,
    );
    assert.equal(data.length, 2);
    const db = new DatabaseSync(join(dataDir, 'assistants.db'), { readOnly: true });
    const sql =
      'SELECT SUM(runs) AS runs, SUM(prompt_tokens) AS tokens FROM usage_threads WHERE thread_id = ?';
    assert.deepEqual({ ...db.prepare(sql).get(run.thread_id) }, { runs: 1, tokens: 200 });
    db.close();
  });

  it('does not replace one that the user has given meanwhile', async () => {
    const { client } = openEngine(scripted('Yes.', 'A question', 'Another'));
    const run = await answered(client, 'Is it?');
    await client.beta.threads.update(run.thread_id, { metadata: { title: 'Mine' } });
    assert.equal((await title(run, client, 'Is it?')).metadata?.['title'], 'Mine');
    assert.equal((await title(run, client)).metadata?.['title'], 'Mine');
  });

  it('is none if the model fails or writes nothing: the thread stays as it is', async () => {
    const { client } = openEngine(scripted('Yes.', ' \n"" \n'));
    const run = await answered(client, 'Is it?');
    await assert.rejects(title(run, client), /wrote no title/);
    await assert.rejects(title(run, client), /Out of order/);
    assert.deepEqual((await client.beta.threads.retrieve(run.thread_id)).metadata, {});
    await assert.rejects(title({ ...run, id: 'run_none' }, client), NotFoundError);
  });

  it('is not written where the metadata has no room for it', async () => {
    const { provider, requests } = scripted('Yes.', 'A question');
    const { client } = openEngine({ provider });
    const run = await answered(client, 'Is it?');
    const metadata = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`k${i}`, 'v']));
    await client.beta.threads.update(run.thread_id, { metadata });
    await assert.rejects(title(run, client), /has 16 pairs already/);
    assert.equal(requests.length, 1);
    assert.deepEqual((await client.beta.threads.retrieve(run.thread_id)).metadata, metadata);
  });

  it('counts in the usage of its day and thread, though not as a run', async () => {
    const { client } = openEngine(scripted('Yes.', 'A question', 'Another'));
    const run = await answered(client, 'Is it?');
    await title(run, client);
    const usage = (group: string) =>
      client.get<{ data: { runs: number; total_tokens: number }[] }>(`/usage?group_by=${group}`);
    for (const group of ['day', 'thread']) {
      const [sum] = (await usage(group)).data;
      assert.deepEqual([sum?.runs, sum?.total_tokens], [1, 220]);
    }
  });

  it('comes from the demo model, too', async () => {
    const { client } = openEngine();
    const run = await answered(client, 'I need to solve the equation `3x + 11 = 14`. Can you help me?');
    assert.equal((await title(run, client)).metadata?.['title'], 'An equation in x');
    const other = await answered(client, 'Could you explain linear algebra to me?');
    assert.equal((await title(other, client)).metadata?.['title'], 'Could you explain linear');
  });

  it('is the first line, without what models put around it', () => {
    assert.equal(titleIn('# Title: “Linear equations”'), 'Linear equations');
    assert.equal(titleIn('\n\n标题：线性方程。\n更多'), '线性方程');
    assert.equal(titleIn("Don't panic"), "Don't panic");
    assert.equal([...titleIn('😀'.repeat(500))].length, 80);
    assert.equal(titleIn(''), '');
  });
});

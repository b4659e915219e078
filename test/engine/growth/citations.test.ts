import assert from 'node:assert/strict';
import { newId } from '../../../src/engine/ids';
import { Store } from '../../../src/engine/store/store';
import { openSearch, storeWith } from '../fileSearchSupport';
import { calls, createTutor, openEngine, says, ScriptedModel, temporaryFolder } from '../support';
import { askedIn, countQueries } from './queries';

/** A thread with a run that has searched so often and written as many files. Returns the characters it reads to cite one. */
async function readToCite(searches: number): Promise<{ answer: number; passage: number; next: number }> {
  const dataDir = temporaryFolder();
  const made = openEngine({ dataDir, provider: new ScriptedModel([says('Done.')]) });
  const assistant = await createTutor(made.client);
  const thread = await made.client.beta.threads.create({ messages: [{ role: 'user', content: 'Go' }] });
  const { id: run_id } = await made.client.beta.threads.runs.createAndPoll(thread.id, {
    assistant_id: assistant.id,
  });
  await made.engine.close();

  const store = new Store(dataDir);
  const [step] = store.steps.ofRun(run_id);
  assert.ok(step);
  store.transaction(() => {
    for (let number = 0; number < searches; number++) {
      const passage = {
        file_id: `file_${number}`,
        file_name: 'sea.txt',
        score: 1,
        text: 'The tide. '.repeat(500),
      };
      const { id } = store.steps.insert({
        ...step,
        id: newId('step'),
        type: 'tool_calls',
        step_details: { type: 'tool_calls', tool_calls: [] },
      });
      store.steps.setTurn(id, {
        searches: { [newId('call')]: { number, arguments: '{}', passages: [passage] } },
        files: { 'plot.png': `file_plot_${number}` },
      });
    }
  });
  store.close();

  const text = ['It turns【3:0†sea.txt】【99999:0†sea.txt】, see [it](sandbox:/mnt/data/plot.png).'];
  const provider = new ScriptedModel([
    says(...text),
    calls({ id: 'call_x', name: 'file_search', arguments: '{"query":"sea"}' }),
    says('Yes.'),
  ]);
  const { client, engine } = openSearch({ dataDir, provider, keptRequests: () => 0, tickInterval: 60_000 });
  const { id: vectorStore } = await storeWith(client, { 'sea.txt': 'The sea.' });
  // Older messages are not sent, so that the history is no part of what is counted.
  const ask = (more: object = {}) =>
    client.beta.threads.runs.createAndPoll(thread.id, {
      assistant_id: assistant.id,
      truncation_strategy: { type: 'last_messages', last_messages: 1 },
      additional_messages: [{ role: 'user', content: 'How often?' }],
      ...more,
    });
  const queries = countQueries();
  const answer = await askedIn(queries, ask);
  const { data } = await client.beta.threads.messages.list(thread.id, { limit: 1 });
  const [part] = data[0]?.content ?? [];
  assert.ok(part?.type === 'text');
  const cited = part.text.annotations.map(
    (one) => (one.type === 'file_citation' ? one.file_citation : one.file_path).file_id,
  );
  assert.deepEqual(cited, ['file_3', `file_plot_${searches - 1}`]);
  const passage = await askedIn(queries, async () => {
    const response = await engine.fetch(`http://engine/v1/threads/${thread.id}/citations/3:0`);
    assert.equal(((await response.json()) as { file_id: string }).file_id, 'file_3');
  });
  await client.beta.threads.update(thread.id, {
    tool_resources: { file_search: { vector_store_ids: [vectorStore] } },
  });
  const next = await askedIn(queries, () => ask({ tools: [{ type: 'file_search' }] }));
  const [found] = (await client.beta.threads.messages.list(thread.id, { limit: 1 })).data;
  assert.equal(found?.content[0]?.type === 'text' && found.content[0].text.value, 'Yes.');
  const response = await engine.fetch(`http://engine/v1/threads/${thread.id}/citations/${searches}:0`);
  assert.equal(response.status, 200);
  return { answer: answer.characters, passage: passage.characters, next: next.characters };
}

describe('a thread of many searches', function () {
  this.timeout(60_000);

  it('is not read for one citation, one link to a file, one passage or the next search', async () => {
    const few = await readToCite(10);
    const many = await readToCite(300);
    for (const what of ['answer', 'passage', 'next'] as const)
      assert.ok(many[what] <= few[what] * 1.5 + 20_000, `${what}: ${many[what]} and ${few[what]} characters`);
  });
});

import assert from 'node:assert/strict';
import type OpenAI from 'openai';
import { newId } from '../../../src/engine/ids';
import type { ModelMessage, ModelProvider, ModelRequest } from '../../../src/engine/models/modelProvider';
import { fittedHistory } from '../../../src/engine/runs/prompt/fittedHistory';
import { ThreadHistories } from '../../../src/engine/runs/prompt/threadHistory';
import { Store } from '../../../src/engine/store/store';
import { Random } from '../crashes/random';
import {
  afterTest,
  calls,
  clientOf,
  createTutor,
  openEngine,
  says,
  ScriptedModel,
  temporaryFolder,
} from '../support';
import { askedIn, countQueries, type Queries } from './queries';

/** A model that calls a function in as many turns as it is set to, and then answers. Records its requests. */
class CallingModel implements ModelProvider {
  left = 0;
  onRequest: (request: ModelRequest) => void | Promise<void> = () => undefined;
  listModels = () => Promise.resolve([{ id: 'calling' }]);
  async *generate(request: ModelRequest) {
    await this.onRequest(request);
    yield* this.left-- > 0 ? calls({ id: newId('call'), name: 'look', arguments: '{}' }) : says('Done.');
  }
}

const look = { type: 'function' as const, function: { name: 'look' } };

/** Runs a thread to its end; every call gets the same output. */
async function runThread(client: OpenAI, thread_id: string, assistant_id: string): Promise<void> {
  let run = await client.beta.threads.runs.createAndPoll(thread_id, { assistant_id }, { pollIntervalMs: 2 });
  while (run.status === 'requires_action') {
    const asked = run.required_action?.submit_tool_outputs.tool_calls ?? [];
    const tool_outputs = asked.map(({ id }) => ({ tool_call_id: id, output: 'nothing new' }));
    run = await client.beta.threads.runs.submitToolOutputsAndPoll(
      run.id,
      { thread_id, tool_outputs },
      { pollIntervalMs: 2 },
    );
  }
  assert.equal(run.status, 'completed');
}

/** Repeats the run of a thread with one run. No engine may use the data folder. */
function repeatRun(dataDir: string, threadId: string, times: number): void {
  const store = new Store(dataDir);
  const [question, answer] = store.messages.all({ thread_id: threadId });
  const [run] = store.runs.all({ thread_id: threadId });
  const [step] = run ? store.steps.ofRun(run.id) : [];
  assert.ok(question && answer && run && step);
  store.transaction(() => {
    for (let count = 0; count < times; count++) {
      const [run_id, message_id] = [newId('run'), newId('msg')];
      store.messages.insert({ ...question, id: newId('msg') });
      store.runs.insert({ ...run, id: run_id }, { settings: '{}' });
      store.messages.insert({ ...answer, id: message_id, run_id });
      const step_details = { type: 'message_creation' as const, message_creation: { message_id } };
      store.steps.insert({ ...step, id: newId('step'), run_id, step_details });
    }
  });
  // They are indexed for the search of threads otherwise, in the background, which is not what is counted.
  store.database.exec(`DELETE FROM thread_words_queue;
    DROP TRIGGER message_words_added; DROP TRIGGER message_words_changed; DROP TRIGGER thread_words_changed`);
  store.close();
}

/** What the starts of two runs ask SQLite until the model is asked, the first of an engine and its second. */
async function startsIn(runs: number): Promise<{ first: Queries; second: Queries; messages: number }> {
  const dataDir = temporaryFolder();
  const made = openEngine({ dataDir, provider: new ScriptedModel([says('Four.')]) });
  const assistant = await createTutor(made.client);
  const thread = await made.client.beta.threads.create({ messages: [{ role: 'user', content: '2 + 2?' }] });
  await runThread(made.client, thread.id, assistant.id);
  await made.engine.close();
  repeatRun(dataDir, thread.id, runs - 1);

  const model = new CallingModel();
  const { client } = openEngine({ dataDir, provider: model, keptRequests: () => 0, tickInterval: 60_000 });
  const queries = countQueries();
  const starts: Queries[] = [];
  let messages = 0;
  for (let count = 0; count < 2; count++) {
    await client.beta.threads.messages.create(thread.id, { role: 'user', content: 'And 3 + 3?' });
    const asked = new Promise<void>((resolve) => {
      model.onRequest = (request) => {
        messages = request.messages.length;
        resolve();
      };
    });
    const run = client.beta.threads.runs.stream(thread.id, { assistant_id: assistant.id });
    starts.push(await askedIn(queries, () => asked));
    await run.finalRun();
  }
  const [first, second] = starts;
  assert.ok(first && second);
  return { first, second, messages };
}

describe('the work of a run', function () {
  this.timeout(60_000);

  it('starts with as few queries in a thread of many runs as of few, and reads little again', async () => {
    const few = await startsIn(20);
    const many = await startsIn(1_000);
    assert.ok(few.messages >= 40 && many.messages >= 2_000, 'the histories are sent whole');
    // Writes of the engine's own may fall into any of them.
    const reads = ({ sql }: Queries) => sql.filter((one) => one.startsWith('SELECT')).length;
    assert.equal(reads(many.second), reads(few.second));
    assert.equal(many.second.rows, few.second.rows);
    // Pages that double: two queries for each.
    const [fewReads, manyReads] = [reads(few.first), reads(many.first)];
    assert.ok(manyReads <= fewReads + 10, `${manyReads} and ${fewReads} queries`);
  });

  it('does not grow with the turns that the run has taken', async () => {
    const model = new CallingModel();
    const { client } = openEngine({ provider: model, keptRequests: () => 0, tickInterval: 60_000 });
    const assistant = await createTutor(client, { tools: [look] });
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Look.' }] });
    const queries = countQueries();
    const turns: Queries[] = [];
    model.onRequest = () => void turns.push({ ...queries, sql: [...queries.sql] });
    model.left = 60;
    await runThread(client, thread.id, assistant.id);
    // Without what the client polls for meanwhile.
    const work = (from: number, to: number) => {
      const [start, end] = [turns[from], turns[to]];
      assert.ok(start && end);
      const sql = end.sql.slice(start.sql.length).filter((one) => one.includes('run_steps'));
      return { queries: sql.length, characters: end.characters - start.characters };
    };
    const first = work(2, 8);
    const last = work(54, 60);
    assert.ok(last.queries <= first.queries * 1.2, `${last.queries} and ${first.queries} queries of steps`);
    assert.ok(
      last.characters <= first.characters * 2,
      `${last.characters} and ${first.characters} characters`,
    );
  });

  it('sends the thread as it is, whatever two windows have added and deleted since the last run', async () => {
    const dataDir = temporaryFolder();
    const model = new CallingModel();
    const first = openEngine({ dataDir, provider: model });
    const windows = [first.client, clientOf(openEngine({ dataDir, provider: model }).engine)];
    const assistant = await createTutor(first.client, { tools: [look] });
    const thread = await first.client.beta.threads.create();
    const fresh = new Store(dataDir);
    afterTest(() => fresh.close());
    const compared: [sent: readonly ModelMessage[], stored: readonly ModelMessage[]][] = [];
    model.onRequest = async ({ messages }) => {
      const run = fresh.runs.activeOf(thread.id);
      assert.ok(run);
      const histories = new ThreadHistories(fresh, new Map());
      const limits = { budget: 90_000, output: 1_000, oldOutput: 100 };
      const stored = await fittedHistory({ store: fresh, histories }, run, limits);
      compared.push([structuredClone(messages), stored.messages]);
    };
    const random = new Random(15);
    for (let round = 0; round < 40; round++) {
      const client = random.pick(windows);
      assert.ok(client);
      const { messages } = client.beta.threads;
      for (let count = random.below(3); count >= 0; count--) {
        const role = random.below(4) === 0 ? 'assistant' : 'user';
        await messages.create(thread.id, { role, content: `Message ${round}.${count}` });
      }
      if (random.below(3) === 0) {
        const stored = await messages.list(thread.id, { limit: 100 });
        const message = random.pick(stored.data);
        if (message) await messages.delete(message.id, { thread_id: thread.id });
      }
      model.left = random.below(4);
      await runThread(client, thread.id, assistant.id);
    }
    assert.ok(compared.length > 60);
    for (const [sent, stored] of compared) assert.deepEqual(sent, stored);
    assert.ok((compared.at(-1)?.[0].length ?? 0) > 100);
  });
});

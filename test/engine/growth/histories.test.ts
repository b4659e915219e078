import assert from 'node:assert/strict';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep, ToolCall } from 'openai/resources/beta/threads/runs/steps';
import { newId } from '../../../src/engine/ids';
import { fittedHistory, type History } from '../../../src/engine/runs/prompt/fittedHistory';
import { ThreadHistories, ThreadHistory } from '../../../src/engine/runs/prompt/threadHistory';
import type { LeftOut } from '../../../src/engine/store/tables/runTables';
import { Store } from '../../../src/engine/store/store';
import { Random } from '../crashes/random';
import { afterTest, createTutor, openEngine, says, ScriptedModel, temporaryFolder } from '../support';
import { countQueries, mostInOneTurn } from './queries';

/** Writes runs, and what they say and call, to a thread of a store that no engine uses. */
class ThreadWriter {
  readonly store: Store;
  readonly #message: Message;
  readonly #run: Run;
  readonly #step: RunStep;

  private constructor(
    dataDir: string,
    readonly threadId: string,
  ) {
    this.store = new Store(dataDir);
    const [message] = this.store.messages.all({ thread_id: threadId });
    const [run] = this.store.runs.all({ thread_id: threadId });
    const [step] = run ? this.store.steps.ofRun(run.id) : [];
    assert.ok(message && run && step);
    [this.#message, this.#run, this.#step] = [message, run, step];
  }

  /** The thread has one run. */
  static async open(dataDir = temporaryFolder()): Promise<ThreadWriter> {
    const { client, engine } = openEngine({ dataDir, provider: new ScriptedModel([says('Four.')]) });
    const assistant = await createTutor(client);
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: '2 + 2?' }] });
    await client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
    await engine.close();
    const writer = new ThreadWriter(dataDir, thread.id);
    afterTest(() => writer.store.close());
    return writer;
  }

  question(content: Message['content'][number] | string): Message {
    const part: Message['content'][number] =
      typeof content === 'string' ? { type: 'text', text: { value: content, annotations: [] } } : content;
    return this.store.messages.insert({ ...this.#message, id: newId('msg'), role: 'user', content: [part] });
  }

  /** An image of an assistant's message that a client has created. */
  image(content: Message['content'][number]): void {
    this.store.messages.insert({
      ...this.#message,
      id: newId('msg'),
      role: 'assistant',
      content: [content],
    });
  }

  run(change: Partial<Run> = {}): Run {
    return this.store.runs.insert({ ...this.#run, id: newId('run'), ...change }, { settings: '{}' });
  }

  answer({ id: run_id }: Run, value: string): void {
    const message_id = newId('msg');
    const content: Message['content'] = [{ type: 'text', text: { value, annotations: [] } }];
    this.store.messages.insert({ ...this.#message, id: message_id, run_id, role: 'assistant', content });
    this.#insertStep(run_id, { type: 'message_creation', message_creation: { message_id } });
  }

  call({ id: run_id }: Run, output: string): void {
    const call: ToolCall = {
      id: newId('call'),
      type: 'function',
      function: { name: 'look', arguments: '{}', output },
    };
    this.#insertStep(run_id, { type: 'tool_calls', tool_calls: [call] });
  }

  /** Runs of a question, an answer and, in some, calls between them. */
  runs(count: number, calls: (at: number) => readonly string[] = () => []): void {
    this.store.transaction(() => {
      for (let at = 0; at < count; at++) {
        this.question(`Question ${at}?`);
        const run = this.run();
        for (const output of calls(at)) this.call(run, output);
        this.answer(run, `Answer ${at}.`);
      }
    });
  }

  #insertStep(run_id: string, step_details: RunStep['step_details']): void {
    this.store.steps.insert({
      ...this.#step,
      id: newId('step'),
      run_id,
      type: step_details.type,
      step_details,
    });
  }
}

/** Counts the turns whose messages are asked for one by one, until the end of the test. */
function countLooks(): { count: number } {
  const looks = { count: 0 };
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const { turnMessages } = ThreadHistory.prototype;
  ThreadHistory.prototype.turnMessages = function (...given) {
    looks.count++;
    return turnMessages.apply(this, given);
  };
  afterTest(() => {
    ThreadHistory.prototype.turnMessages = turnMessages;
  });
  return looks;
}

const limits = { budget: 1_000_000, output: 1_000, oldOutput: 100 };

describe('the history of a long thread', function () {
  this.timeout(120_000);

  it('begins with the message that the caller has chosen, a question or not, even if it has to be cut', async () => {
    const writer = await ThreadWriter.open();
    writer.question('Long '.repeat(10_000));
    writer.answer(writer.run(), 'An answer.');
    writer.question('A question?');
    const sent = async (change: Partial<Run>): Promise<string[]> => {
      const histories = new ThreadHistories(writer.store, new Map());
      const given = { budget: 1_000, output: 250, oldOutput: 100 };
      const { messages } = await fittedHistory({ store: writer.store, histories }, writer.run(change), given);
      return messages.map(({ role }) => role);
    };
    assert.deepEqual(await sent({}), ['user']);
    const last = { type: 'last_messages' as const, last_messages: 3 };
    assert.deepEqual(await sent({ truncation_strategy: last }), ['assistant', 'user']);
  });

  it('is read in pieces, between which the process does other work', async () => {
    const writer = await ThreadWriter.open();
    writer.runs(5_000, (at) => (at % 10 === 0 ? ['found'] : []));
    const queries = countQueries();
    const most = mostInOneTurn(() => queries.rows);
    const histories = new ThreadHistories(writer.store, new Map());
    const { messages } = await fittedHistory({ store: writer.store, histories }, writer.run(), limits);
    const largest = most();
    assert.equal(messages.length, 2 * 5_001 + 2 * 500);
    assert.ok(queries.rows > 15_000);
    assert.ok(largest < queries.rows / 3, `${largest} of ${queries.rows} rows in one turn of the event loop`);
  });

  it('is read in pieces with its long outputs, too', async () => {
    const writer = await ThreadWriter.open();
    writer.runs(400, () => ['word '.repeat(10_000)]);
    const queries = countQueries();
    const most = mostInOneTurn(() => queries.characters);
    const histories = new ThreadHistories(writer.store, new Map());
    const { messages } = await fittedHistory({ store: writer.store, histories }, writer.run(), limits);
    const largest = most();
    assert.equal(messages.length, 2 + 400 * 4);
    assert.ok(largest < queries.characters / 3, `${largest} of ${queries.characters} characters in one turn`);
  });

  it('is not read on when the run is stopped', async () => {
    const writer = await ThreadWriter.open();
    writer.runs(3_000);
    const stop = new AbortController();
    const histories = new ThreadHistories(writer.store, new Map());
    const sources = { store: writer.store, histories, signal: stop.signal };
    const history = fittedHistory(sources, writer.run(), limits);
    stop.abort(new Error('stopped'));
    await assert.rejects(history, /stopped/);
  });

  it('is kept for the next run, of which the prompt looks at the new turns', async () => {
    const writer = await ThreadWriter.open();
    writer.runs(1_000);
    const histories = new ThreadHistories(writer.store, new Map());
    const render = (): Promise<History> =>
      fittedHistory({ store: writer.store, histories }, writer.run(), limits);
    await render();
    writer.runs(3);
    const queries = countQueries();
    const looks = countLooks();
    const { messages } = await render();
    assert.equal(messages.length, 2 * 1_004);
    assert.ok(queries.rows < 30, `${queries.rows} rows`);
    assert.ok(looks.count < 300, `${looks.count} turns`);
  });

  it('shows no message that was deleted while a shorter prompt did not need it', async () => {
    const writer = await ThreadWriter.open();
    writer.runs(300);
    const histories = new ThreadHistories(writer.store, new Map());
    const render = async (budget: number): Promise<string> => {
      const run = writer.run();
      const { messages } = await fittedHistory({ store: writer.store, histories }, run, {
        ...limits,
        budget,
      });
      return JSON.stringify(messages);
    };
    assert.match(await render(1_000_000), /Answer 200\./);
    assert.doesNotMatch(await render(2_000), /Answer 200\./);
    const all = writer.store.messages.all({ thread_id: writer.threadId });
    const deleted = all.find(({ content }) => JSON.stringify(content).includes('Answer 200.'));
    assert.ok(deleted && writer.store.messages.delete(deleted.id));
    const now = await render(1_000_000);
    assert.match(now, /Answer 199\./);
    assert.doesNotMatch(now, /Answer 200\./);
  });

  it('shows an image as long as its file exists', async () => {
    const writer = await ThreadWriter.open();
    const { files } = writer.store;
    files.insert({
      id: 'file-1',
      object: 'file',
      bytes: 0,
      created_at: 0,
      filename: 'plan.pdf',
      purpose: 'vision',
      status: 'processed',
    });
    const image = { type: 'image_file' as const, image_file: { file_id: 'file-1' } };
    writer.image(image);
    writer.runs(10);
    const histories = new ThreadHistories(writer.store, new Map());
    const render = async (): Promise<string> => {
      const { messages } = await fittedHistory({ store: writer.store, histories }, writer.run(), limits);
      return JSON.stringify(messages);
    };
    assert.match(await render(), /An image: plan\.pdf/);
    files.delete('file-1');
    assert.match(await render(), /An image: file-1/);
  });

  it('is the same as if nothing were kept, whatever has changed and however much fits', async () => {
    const writer = await ThreadWriter.open();
    const { store } = writer;
    const random = new Random(7);
    const outputs = (): string[] =>
      Array.from({ length: random.below(3) }, () => 'found '.repeat(1 + random.below(400)));
    writer.runs(300, (at) => (at % 5 === 0 ? outputs() : []));
    const image = { type: 'image_file' as const, image_file: { file_id: 'file-deleted' } };
    writer.question(image);
    writer.runs(400, (at) => (at % 50 === 0 ? outputs() : []));
    const kept = new ThreadHistories(store, new Map());
    let last: LeftOut | undefined;
    let most = 0;
    for (let round = 0; round < 80; round++) {
      writer.runs(random.below(60), () => (random.below(8) === 0 ? outputs() : []));
      if (random.below(6) === 0) writer.question(image);
      if (random.below(6) === 0) {
        const some = store.messages.page({ thread_id: writer.threadId }, { limit: 100, order: 'desc' });
        const message = random.pick(some.data);
        if (message) store.messages.delete(message.id);
      }
      const run = writer.run(
        random.below(4) === 0
          ? { truncation_strategy: { type: 'last_messages', last_messages: 1 + random.below(900) } }
          : {},
      );
      for (let call = random.below(4); call > 0; call--) writer.call(run, 'own '.repeat(random.below(900)));
      const budget = random.pick([1_000_000, 1_000_000, 30_000, 12_000, 3_000, 300]) ?? 0;
      const asked = { budget, output: budget >> 2, oldOutput: Math.max(20, budget >> 8), last };
      const one = await fittedHistory({ store, histories: kept }, run, asked);
      const fresh = new ThreadHistories(store, new Map());
      assert.deepEqual(one, await fittedHistory({ store, histories: fresh }, run, asked));
      last = random.below(3) === 0 ? undefined : one.leftOut;
      most = Math.max(most, one.messages.length);
    }
    assert.ok(most > 2_000, `${most} messages at most`);
  });
});

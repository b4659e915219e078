import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import assert from 'node:assert/strict';
import OpenAI, { APIError } from 'openai';
import type {
  Assistant,
  AssistantCreateParams,
  AssistantStreamEvent,
} from 'openai/resources/beta/assistants';
import type { Annotation, Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { createEngine, type Engine, type EngineOptions } from '../../src/engine/engine';
import { createDemoModel } from '../../src/engine/models/demo';
import { checkedFetch } from './contract';
import type {
  ModelConnection,
  ModelEvent,
  ModelProvider,
  ModelRequest,
} from '../../src/engine/models/modelProvider';

import { until } from './until';

export { until };

/** An engine on a folder of its own, and the client its users use. Closed after each test. */
export interface TestEngine {
  engine: Engine;
  client: OpenAI;
  dataDir: string;
  /** Lines that the engine logged. */
  log: string[];
}

const toClose: (() => Promise<void> | void)[] = [];

/** Mocha's root hook: closes what a test opened, even if it failed. */
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

/** Registers a callback for the end of the test. */
export function afterTest(close: () => Promise<void> | void): void {
  toClose.push(close);
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'assistants-test-'));
  afterTest(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The demo model, without the pauses between its words. */
export function demoConnection(): ModelConnection {
  return { id: 'demo', label: 'Demo', provider: createDemoModel({ wordDelayMs: 0 }) };
}

export function openEngine(options: Partial<EngineOptions> & { provider?: ModelProvider } = {}): TestEngine {
  const { provider, ...engineOptions } = options;
  const connection = provider ? { id: 'test', label: 'Test', provider } : demoConnection();
  const dataDir = options.dataDir ?? temporaryFolder();
  const log: string[] = [];
  const engine = createEngine({
    models: () => [connection],
    log: (line) => log.push(line),
    ...engineOptions,
    dataDir,
  });
  afterTest(() => engine.close());
  return { engine, client: clientOf(engine), dataDir, log };
}

export function clientOf(engine: Engine): OpenAI {
  return new OpenAI({
    apiKey: 'local',
    baseURL: 'http://engine/v1',
    fetch: checkedFetch(engine.fetch),
    maxRetries: 0,
  });
}

export function createTutor(client: OpenAI, more: Partial<AssistantCreateParams> = {}): Promise<Assistant> {
  return client.beta.assistants.create({
    name: 'Math Tutor',
    instructions: 'You are a personal math tutor. Answer questions briefly, in a sentence or less.',
    model: 'gpt-4-1106-preview',
    ...more,
  });
}

/** A thread with one message of the user, and the run that answers it. */
export async function ask(client: OpenAI, assistant: Assistant, content: string): Promise<Run> {
  const thread = await client.beta.threads.create({ messages: [{ role: 'user', content }] });
  return client.beta.threads.runs.create(thread.id, { assistant_id: assistant.id });
}

/** The message of a run, once it has its first words. */
export function firstWords(client: OpenAI, run: Run): Promise<Message> {
  return until(
    'the run speaks',
    async () => (await client.beta.threads.messages.list(run.thread_id, { run_id: run.id })).data[0],
  );
}

/** Executes SQL on a data folder's database, past its engines. */
export function executeSql(dataDir: string, sql: string): void {
  const db = new DatabaseSync(join(dataDir, 'assistants.db'), { timeout: 5000 });
  db.exec(sql);
  db.close();
}

/** The names of the events of a run that answers with a short text. */
export const textAnswer = [
  'thread.run.created',
  'thread.run.queued',
  'thread.run.in_progress',
  'thread.run.step.created',
  'thread.run.step.in_progress',
  'thread.message.created',
  'thread.message.in_progress',
  'thread.message.delta',
  'thread.message.completed',
  'thread.run.step.completed',
  'thread.run.completed',
];

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The names of the events, with repeated ones collapsed: `thread.message.delta` however many deltas there are. */
export function eventNames(events: readonly AssistantStreamEvent[]): string[] {
  return events.map(({ event }) => event).filter((name, index, names) => name !== names[index - 1]);
}

/** The part of a text that an annotation's range names: it counts code points, as Python slices. */
export function slicePoints(text: string, { start_index, end_index }: AnnotationRange): string {
  return [...text].slice(start_index, end_index).join('');
}

type AnnotationRange = Pick<Annotation, 'start_index' | 'end_index'>;

/** A turn of a scripted model: its events, or a function that makes them of the request. */
export type Turn = ModelEvent[] | ((request: ModelRequest, signal: AbortSignal) => AsyncIterable<ModelEvent>);

/** A model that answers by a script, one turn per call, and records its requests. */
export class ScriptedModel implements ModelProvider {
  readonly requests: ModelRequest[] = [];
  constructor(readonly turns: Turn[]) {}

  listModels(): Promise<{ id: string }[]> {
    return Promise.resolve([{ id: 'scripted' }]);
  }

  async *generate(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    this.requests.push(structuredClone(request));
    const turn = this.turns.shift();
    if (!turn) throw new Error('The script has no turn left.');
    if (typeof turn === 'function') yield* turn(request, signal);
    else yield* turn;
  }
}

export function says(...words: string[]): ModelEvent[] {
  return [
    ...words.map((text): ModelEvent => ({ type: 'text', text })),
    { type: 'usage', usage: { promptTokens: 10, completionTokens: words.length } },
    { type: 'finish', reason: 'stop' },
  ];
}

export function calls(...functions: { id: string; name: string; arguments: string }[]): ModelEvent[] {
  return [
    ...functions.flatMap(({ id, name, arguments: json }, index): ModelEvent[] => [
      { type: 'tool_call', index, id, name },
      // In two fragments, as models stream them.
      { type: 'tool_call_arguments', index, arguments: json.slice(0, 3) },
      { type: 'tool_call_arguments', index, arguments: json.slice(3) },
    ]),
    { type: 'usage', usage: { promptTokens: 20, completionTokens: 5 } },
    { type: 'finish', reason: 'tool_calls' },
  ];
}

/** A turn that streams `before`, waits for `go`, and then streams `after`. */
export function pausedTurn(
  before: string[],
  after: string[] | { events: ModelEvent[] },
): { turn: Turn; go: () => void } {
  let go: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (go = resolve));
  async function* turn(_request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    for (const text of before) yield { type: 'text', text };
    await Promise.race([gate, aborted(signal)]);
    yield* Array.isArray(after) ? says(...after) : after.events;
  }
  return { turn, go };
}

/** Rejects when the signal aborts, as a provider's `fetch` does. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')), { once: true });
  });
}

/** Asserts that a request fails with an error in the API's envelope. */
export async function refused(
  request: Promise<unknown>,
  status: number,
  message: RegExp,
  param?: string | null,
): Promise<void> {
  await assert.rejects(request, (error) => {
    assert.ok(error instanceof APIError, String(error));
    assert.equal(error.status, status);
    assert.match(error.message, message);
    assert.equal(error.type, status >= 500 ? 'server_error' : 'invalid_request_error');
    if (param !== undefined) assert.equal(error.param, param);
    return true;
  });
}

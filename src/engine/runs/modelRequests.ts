import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { newId, unixTime } from '../ids';
import { joinEvents } from '../models/joinedEvents';
import {
  type ExchangeRecorder,
  ModelError,
  type ModelEvent,
  type ModelProvider,
  type ModelRequest,
  type TurnContext,
} from '../models/modelProvider';
import type { ModelRequestInfo } from '../store/tables/modelRequestTable';
import type { Store } from '../store/store';
import { formsOf, PartialText, recordedBody, recordedUrl } from './recordedText';

/** What the recording of requests needs. */
interface RecordingContext {
  store: Store;
  /** How many requests are kept. */
  keptRequests: () => number;
  log: (message: string) => void;
}

interface Attempt {
  at: number;
  url: string | null;
  /** Called when the request is stored. */
  body: () => string;
  secrets: Iterable<string>;
  status: number | null;
  response: PartialText;
}

/** Starts recording a model turn; undefined if no requests are kept. */
export function recordTurn(context: RecordingContext, run: Run): TurnRecording | undefined {
  if (context.keptRequests() > 0) return new TurnRecording(context, run);
  const { store, log } = context;
  try {
    if (!store.modelRequests.isEmpty) store.transaction(() => store.modelRequests.prune(0));
  } catch (error) {
    log(`Requests to models could not be deleted: ${String(error)}`);
  }
  return undefined;
}

/**
 * Records the requests of a model turn in memory, and stores them at its end: nothing is cleaned, compressed
 * or written while an answer streams.
 */
export class TurnRecording implements ExchangeRecorder {
  readonly #attempts: Attempt[] = [];

  constructor(
    private readonly context: RecordingContext,
    private readonly run: Run,
  ) {}

  request(url: string | null, body: string, secrets: Iterable<string>): void {
    this.#begin(url, () => body, secrets);
  }

  /** A request that is not sent as JSON. */
  unsent(request: ModelRequest): void {
    // It may be long, and the model's answer would wait for its JSON.
    this.#begin(null, () => JSON.stringify(request), []);
  }

  #begin(url: string | null, body: () => string, secrets: Iterable<string>): void {
    this.#attempts.push({ at: unixTime(), url, body, secrets, status: null, response: new PartialText() });
  }

  response(status: number): void {
    const attempt = this.#attempts.at(-1);
    if (attempt) attempt.status = status;
  }

  received(text: string): void {
    this.#attempts.at(-1)?.response.add(text);
  }

  /** Stores the requests of the turn, which has made these steps. Never fails: the run does not depend on it. */
  save(stepIds: readonly string[], error?: unknown): void {
    const { store, keptRequests, log } = this.context;
    if (this.#attempts.length === 0 || store.isSealed) return;
    try {
      store.transaction(() => {
        // It may have been deleted with its thread.
        if (!store.runs.get(this.run.id)) return;
        const attempts = this.#attempts.splice(0);
        const last = attempts.at(-1);
        for (const attempt of attempts) this.#add(attempt, attempt === last ? error : undefined);
        store.modelRequests.assign(this.run.id, stepIds);
        store.modelRequests.prune(keptRequests());
      });
    } catch (reason) {
      log(`Requests of ${this.run.id} to its model could not be stored: ${String(reason)}`);
    }
  }

  #add({ at, url, body, secrets, status, response }: Attempt, error: unknown): void {
    const hidden = formsOf(secrets);
    const info: ModelRequestInfo = {
      id: newId('mreq'),
      object: 'thread.run.model_request',
      created_at: at,
      thread_id: this.run.thread_id,
      run_id: this.run.id,
      step_ids: [],
      model: this.run.model,
      url: url === null ? null : recordedUrl(url, hidden),
      status,
      error: error instanceof ModelError ? error.message : null,
    };
    this.context.store.modelRequests.add(info, {
      request: recordedBody(body(), hidden),
      response: response.text(hidden),
    });
  }
}

/**
 * The events of a model turn, which the recording follows: a provider with a server records what it sends
 * itself; for any other, this is the request as the engine made it, and the events as JSON.
 */
export function generateRecorded(
  provider: ModelProvider,
  request: ModelRequest,
  signal: AbortSignal,
  { recorder, ...context }: TurnContext & { recorder: TurnRecording | undefined },
): AsyncIterable<ModelEvent> {
  if (!recorder) return provider.generate(request, signal, context);
  const events = provider.generate(request, signal, { ...context, recorder });
  return provider.server === undefined ? recordEvents(recorder, request, events) : events;
}

/** Passes events on, and records them as the texts and calls that they make up. */
async function* recordEvents(
  recorder: TurnRecording,
  request: ModelRequest,
  events: AsyncIterable<ModelEvent>,
): AsyncGenerator<ModelEvent, void, undefined> {
  recorder.unsent(request);
  let open: ModelEvent | undefined;
  let lines = 0;
  const write = (event: ModelEvent | undefined): void => {
    if (event) recorder.received(`${lines++ === 0 ? '[' : ','}\n${JSON.stringify(event)}`);
  };
  try {
    for await (const event of events) {
      const joined = open && joinEvents(open, event);
      if (!joined) write(open);
      open = joined ?? event;
      yield event;
    }
  } finally {
    write(open);
    if (lines > 0) recorder.received('\n]\n');
  }
}

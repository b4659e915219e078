import type OpenAI from 'openai';
import { isApiError, isUnsupported } from '../apiErrors';
import { NotDownloadableError, UnreadableObjectError } from '../importRun';
import type { Fields, ImportItem, ImportReader, Kind, Problem } from '../objects';
import { itemsOnce, listMessages, listRuns, listThreads, StepReader } from './reading';

export interface PullOptions {
  /** The service that is read. */
  client: OpenAI;
  /** The service that the objects are written to: what it has is not read again. */
  target: OpenAI;
  /** The address of the service: ids are distinct within it. */
  source: string;
  /** The threads to read: all that the service lists, or those with these ids. */
  threads: 'all' | readonly string[];
  /** Whether the list of threads was not the service's own, and may lack some. */
  isListPartial?: () => boolean;
  signal?: AbortSignal;
}

/** A service that fails for so many objects in a row does not work at all. */
const maxFailures = 3;

/** Files of other purposes are not those of assistants. */
const purposes: readonly unknown[] = ['assistants', 'assistants_output', 'vision', 'user_data'];

/** Reads assistants, vector stores, files and threads of another service, page by page. */
export function readService(options: PullOptions): ImportReader {
  return { source: options.source, items: () => new Pull(options).items() };
}

class Pull {
  readonly #steps: StepReader;
  /** Objects in a row for which the service has failed. */
  #failures = 0;

  constructor(private readonly options: PullOptions) {
    this.#steps = new StepReader(options.client, options.signal);
  }

  async *items(): AsyncGenerator<ImportItem> {
    yield* this.#offered('file', this.#files());
    yield { type: 'objects', label: 'vector_stores', objects: this.#vectorStores() };
    yield { type: 'objects', label: 'assistants', objects: this.#assistants() };
    for await (const thread of this.#threadIds()) {
      if (typeof thread !== 'string') yield { type: 'problem', problem: thread };
      else if (await this.#isUpToDate(thread)) yield { type: 'known', object: 'thread' };
      else yield { type: 'objects', label: thread, objects: this.#thread(thread) };
    }
  }

  async *#files(): AsyncGenerator<ImportItem> {
    const { client, signal } = this.options;
    const files = client.files.list({ order: 'asc', limit: 100 }, { signal });
    for await (const file of itemsOnce(files)) {
      if (!purposes.includes(file.purpose)) continue;
      yield { type: 'file', object: fieldsOf(file, 'file'), open: () => this.#content(file.id) };
    }
  }

  async #content(id: string): Promise<AsyncIterable<Uint8Array>> {
    const { client, signal } = this.options;
    try {
      const response = await client.files.content(id, { signal });
      return (response.body ?? new Blob([]).stream()) as AsyncIterable<Uint8Array>;
    } catch (error) {
      // OpenAI: “Not allowed to download files of purpose: assistants”.
      const isRefused = isApiError(error) && [400, 403].includes(error.status);
      throw isRefused ? new NotDownloadableError(error.message) : error;
    }
  }

  async *#vectorStores(): AsyncGenerator<Fields> {
    const { client, signal } = this.options;
    try {
      const stores = client.vectorStores.list({ order: 'asc', limit: 100 }, { signal });
      for await (const store of itemsOnce(stores)) {
        yield fieldsOf(store, 'vector_store');
        if (typeof store.id !== 'string') continue;
        const files = client.vectorStores.files.list(store.id, { order: 'asc', limit: 100 }, { signal });
        for await (const file of itemsOnce(files)) yield fieldsOf(file, 'vector_store.file');
      }
    } catch (error) {
      throw this.#unreadable(error, { object: 'vector_store', id: null });
    }
  }

  async *#assistants(): AsyncGenerator<Fields> {
    try {
      const { client, signal } = this.options;
      const list = client.beta.assistants.list({ order: 'asc', limit: 100 }, { signal });
      for await (const assistant of itemsOnce(list)) yield fieldsOf(assistant, 'assistant');
    } catch (error) {
      throw this.#unreadable(error, { object: 'assistant', id: null });
    }
  }

  async *#threadIds(): AsyncGenerator<string | Problem> {
    const { threads, client, signal } = this.options;
    if (threads !== 'all') return yield* new Set(threads);
    try {
      for await (const { id } of listThreads(client, signal)) yield id;
      if (this.options.isListPartial?.()) yield { object: 'thread', id: null, reason: 'threadsNotListed' };
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      yield { object: 'thread', id: null, reason: 'threadsNotListed' };
    }
  }

  /** Whether the newest message and run of a thread are here. */
  async #isUpToDate(threadId: string): Promise<boolean> {
    const { client, target, signal } = this.options;
    try {
      const held = await target.beta.threads.messages.list(threadId, { limit: 1, order: 'desc' });
      const there = await client.beta.threads.messages.list(
        threadId,
        { limit: 1, order: 'desc' },
        { signal },
      );
      if (held.data[0]?.id !== there.data[0]?.id) return false;
      const runsHere = await target.beta.threads.runs.list(threadId, { limit: 1, order: 'desc' });
      const runsThere = await client.beta.threads.runs.list(
        threadId,
        { limit: 1, order: 'desc' },
        { signal },
      );
      return runsHere.data[0]?.id === runsThere.data[0]?.id;
    } catch (error) {
      // It is not here, or not there, which reading it reports.
      if (isApiError(error)) return false;
      throw error;
    }
  }

  async *#thread(id: string): AsyncGenerator<Fields> {
    const { client, signal } = this.options;
    try {
      yield fieldsOf(await client.beta.threads.retrieve(id, { signal }), 'thread');
      const runs: string[] = [];
      for await (const run of listRuns(client, id, signal)) {
        if (typeof run.id === 'string') runs.push(run.id);
        yield fieldsOf(run, 'thread.run');
      }
      for await (const message of listMessages(client, id, signal)) yield fieldsOf(message, 'thread.message');
      for (const run of runs) {
        const steps = await this.#steps.stepsOf({ id: run, thread_id: id });
        for (const step of steps) yield fieldsOf(step, 'thread.run.step');
      }
      this.#failures = 0;
    } catch (error) {
      throw this.#unreadable(error, { object: 'thread', id });
    }
  }

  /**
   * What a service refuses, or fails at each time, is reported; that it cannot be reached, is overloaded or fails at
   * everything ends the import.
   */
  #unreadable(error: unknown, { object, id }: Pick<Problem, 'object' | 'id'>): unknown {
    if (!isApiError(error) || error.status === 401 || error.status === 429) return error;
    if (error.status < 500) this.#failures = 0;
    else if (++this.#failures >= maxFailures) return error;
    const reason = id === null && isUnsupported(error) ? ('notOffered' as const) : { text: error.message };
    return new UnreadableObjectError({ object, id, reason });
  }

  /** The items, or a problem if the service does not have such objects. */
  async *#offered(object: Kind, items: AsyncIterable<ImportItem>): AsyncGenerator<ImportItem> {
    try {
      yield* items;
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      yield { type: 'problem', problem: { object, id: null, reason: 'notOffered' } };
    }
  }
}

/** Some servers leave out `object`. */
function fieldsOf(object: object, kind: Kind): Fields {
  return { ...object, object: kind };
}

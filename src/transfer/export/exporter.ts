import type OpenAI from 'openai';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Thread } from 'openai/resources/beta/threads/threads';
import { safeFileName } from '../fileName';
import { formatName, formatVersion, kinds, manifestName, type Kind, type Problem } from '../objects';
import { isApiError, isUnsupported } from '../apiErrors';
import { fileIdsOf, listMessages, listRuns, listThreads, StepReader, storeIdsOf } from '../service/reading';
import { ResourceWriter } from './resourceWriter';
import type { ExportTarget } from './targets';

/** What is exported, with the files and vector stores that it uses. */
export type ExportScope =
  'everything' | { threadIds: readonly string[] } | { assistantIds: readonly string[] };

export interface ExportOptions {
  client: OpenAI;
  target: ExportTarget;
  scope: ExportScope;
  /** Written into the export: the program and its version. */
  writtenBy: string;
  /** A thread as Markdown, and a title that files can be named by. */
  markdownOf?: (thread: Thread, messages: readonly Message[]) => Promise<{ title: string; text: string }>;
  signal?: AbortSignal;
  /** Called with the number of threads and files that are written. */
  onProgress?: (written: { threads: number; files: number }) => void;
}

export interface ExportReport {
  counts: Record<Kind, number>;
  problems: Problem[];
}

/** A thread with more messages has no Markdown: nobody reads it, and no editor opens it. */
const maxMarkdownMessages = 10_000;

/** Writes objects of a service to a folder or zip file, as its API has them. Leaves nothing if it fails. */
export async function exportObjects(options: ExportOptions): Promise<ExportReport> {
  const { target } = options;
  try {
    const report = await new Exporter(options).run();
    await target.finish();
    return report;
  } catch (error) {
    await target.abandon();
    throw error;
  }
}

class Exporter {
  readonly #writers: Record<Kind, ResourceWriter>;
  readonly #problems: Problem[] = [];
  readonly #steps: StepReader;
  readonly #files = new Set<string>();
  readonly #stores = new Set<string>();

  constructor(private readonly options: ExportOptions) {
    const { target, client } = options;
    const entries = kinds.map((kind) => [kind, new ResourceWriter(target, kind)] as const);
    this.#writers = Object.fromEntries(entries) as Record<Kind, ResourceWriter>;
    this.#steps = new StepReader(client);
  }

  async run(): Promise<ExportReport> {
    await this.#assistants();
    for await (const thread of this.#threads()) await this.#thread(thread);
    await this.#vectorStores();
    await this.#fileContents();
    for (const kind of kinds) await this.#writers[kind].flush();
    const counts = Object.fromEntries(kinds.map((kind) => [kind, this.#writers[kind].count])) as Record<
      Kind,
      number
    >;
    await this.options.target.write(
      manifestName,
      `${JSON.stringify(this.#manifest(counts), undefined, 2)}\n`,
    );
    return { counts, problems: this.#problems };
  }

  #manifest(counts: Record<Kind, number>): object {
    return {
      format: formatName,
      version: formatVersion,
      created_at: Math.floor(Date.now() / 1000),
      written_by: this.options.writtenBy,
      counts,
      not_exported: this.#problems.map(({ object, id, reason }) => ({ object, id, reason })),
    };
  }

  async #assistants(): Promise<void> {
    const { client, scope } = this.options;
    if (scope !== 'everything' && !('assistantIds' in scope)) return;
    if (scope === 'everything') {
      const list = client.beta.assistants.list({ order: 'asc', limit: 100 });
      for await (const assistant of list) await this.#add('assistant', assistant);
      return;
    }
    for (const id of new Set(scope.assistantIds))
      await this.#add('assistant', await client.beta.assistants.retrieve(id));
  }

  /** Oldest first, so that what was forked follows what it was forked from. */
  async *#threads(): AsyncGenerator<Thread> {
    const { client, scope } = this.options;
    if (scope === 'everything') yield* listThreads(client);
    if (scope === 'everything' || !('threadIds' in scope)) return;
    const threads = new Map<string, Thread>();
    for (const id of scope.threadIds) {
      if (threads.has(id)) continue;
      const thread = await client.beta.threads.retrieve(id);
      for (const one of await this.#branchesOf(thread)) threads.set(one.id, one);
    }
    yield* [...threads.values()].sort((one, other) => one.created_at - other.created_at);
  }

  async #branchesOf(thread: Thread): Promise<Thread[]> {
    if ((thread as { conversation?: unknown }).conversation === undefined) return [thread];
    const { client } = this.options;
    const { threads } = await client.get<{ threads: Thread[] }>(`/threads/${thread.id}/branches`);
    return threads;
  }

  async #thread(thread: Thread): Promise<void> {
    const { client } = this.options;
    await this.#add('thread', thread);
    const messages: Message[] = [];
    let count = 0;
    for await (const message of listMessages(client, thread.id)) {
      await this.#add('thread.message', message);
      if (++count <= maxMarkdownMessages) messages.push(message);
    }
    for await (const run of listRuns(client, thread.id)) {
      await this.#add('thread.run', run);
      for (const step of await this.#steps.stepsOf(run)) await this.#add('thread.run.step', step);
    }
    if (count <= maxMarkdownMessages) await this.#markdown(thread, messages);
    this.#report();
  }

  async #markdown(thread: Thread, messages: readonly Message[]): Promise<void> {
    const { markdownOf, target } = this.options;
    if (!markdownOf || messages.length === 0) return;
    const { title, text } = await markdownOf(thread, messages);
    const name = safeFileName(title.replaceAll(/[\\/]/g, '-').slice(0, 80), 'thread');
    await target.write(`conversations/${name} (${thread.id.slice(-8)}).md`, text);
  }

  async #vectorStores(): Promise<void> {
    const { client, scope } = this.options;
    try {
      if (scope === 'everything') {
        for await (const store of client.vectorStores.list({ order: 'asc', limit: 100 }))
          await this.#vectorStore(store);
        return;
      }
      for (const id of this.#stores) await this.#vectorStore(await client.vectorStores.retrieve(id));
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      this.#problems.push({ object: 'vector_store', id: null, reason: 'notOffered' });
    }
  }

  async #vectorStore(store: { id: string }): Promise<void> {
    const { client } = this.options;
    await this.#add('vector_store', store);
    for await (const file of client.vectorStores.files.list(store.id, { order: 'asc', limit: 100 })) {
      this.#files.add(file.id);
      await this.#add('vector_store.file', file);
    }
  }

  async #fileContents(): Promise<void> {
    const { client, scope } = this.options;
    if (scope === 'everything') {
      for await (const file of client.files.list({ order: 'asc', limit: 100 })) await this.#file(file);
      return;
    }
    for (const id of this.#files) {
      const file = await client.files.retrieve(id).catch((error: unknown) => this.#missing(id, error));
      if (file) await this.#file(file);
    }
  }

  async #file(file: { id: string; filename: string }): Promise<void> {
    const { client, target, signal } = this.options;
    signal?.throwIfAborted();
    const response = await client.files
      .content(file.id, { signal })
      .catch((error: unknown) => this.#missing(file.id, error));
    await this.#add('file', file);
    if (!response) return;
    const path = `files/${safeFileName(file.id, 'file')}/${safeFileName(file.filename, file.id)}`;
    await target.write(path, (response.body as AsyncIterable<Uint8Array> | null) ?? '');
    this.#report();
  }

  /** Notes a file that the service does not have, or does not give out. Throws other errors. */
  #missing(id: string, error: unknown): undefined {
    if (!isApiError(error)) throw error;
    this.#problems.push({ object: 'file', id, reason: { text: error.message } });
  }

  async #add(kind: Kind, object: object): Promise<void> {
    this.options.signal?.throwIfAborted();
    if (kind !== 'file' && kind !== 'vector_store.file')
      fileIdsOf(object).forEach((id) => this.#files.add(id));
    if (kind === 'assistant' || kind === 'thread') storeIdsOf(object).forEach((id) => this.#stores.add(id));
    // Some servers leave it out.
    await this.#writers[kind].add({ object: kind, ...object });
  }

  #report(): void {
    const { thread, file } = this.#writers;
    this.options.onProgress?.({ threads: thread.count, files: file.count });
  }
}

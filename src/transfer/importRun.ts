import type OpenAI from 'openai';
import { isApiError, isUnsupported } from './apiErrors';
import type { Fields, ImportItem, ImportReader, Kind, Problem } from './objects';

/** What became of the objects of a kind. */
export interface Counts {
  created: number;
  exists: number;
  failed: number;
}

/** What an import has done. */
export interface ImportReport {
  counts: Partial<Record<Kind, Counts>>;
  /** Threads that were there and got what they did not have. */
  threadsAdded: number;
  problems: Problem[];
  moreProblems: number;
  ignoredFields: string[];
  /** Whether it was cancelled. What was taken until then stays. */
  isCancelled: boolean;
  /** Why it stopped before its end. */
  error?: string;
}

export interface ImportOptions {
  /** The service that the objects are written to. */
  client: OpenAI;
  reader: ImportReader;
  signal?: AbortSignal;
  onProgress?: (state: { done: number; total?: number; label: string }) => void;
}

/** The service has no way to write objects as they are. */
export class ImportUnsupportedError extends Error {
  override readonly name = 'ImportUnsupportedError';
}

/** The engine's answer to an import. */
interface Answer {
  results: { object: Kind; source_id: string; id: string; status: string; added?: Record<string, number> }[];
  problems: { object: string; source_id: string | null; thread_id?: string; reason: string }[];
  more_problems: number;
  ignored_fields: string[];
}

const maxProblems = 5000;

/**
 * Writes all that a reader finds. A thread is taken as a whole or not at all; what is there already is not written
 * again. Throws ImportUnsupportedError.
 */
export async function runImport(options: ImportOptions): Promise<ImportReport> {
  return new ImportRun(options).run();
}

class ImportRun {
  readonly #report: ImportReport = {
    counts: {},
    threadsAdded: 0,
    problems: [],
    moreProblems: 0,
    ignoredFields: [],
    isCancelled: false,
  };

  constructor(private readonly options: ImportOptions) {}

  async run(): Promise<ImportReport> {
    const { reader, signal, onProgress } = this.options;
    let done = 0;
    try {
      for await (const item of reader.items()) {
        signal?.throwIfAborted();
        const label = item.type === 'objects' ? item.label : '';
        onProgress?.({ done, total: reader.total, label });
        await this.#take(item);
        if (item.type !== 'problem') done++;
      }
    } catch (error) {
      if (error instanceof ImportUnsupportedError) throw error;
      if (signal?.aborted) this.#report.isCancelled = true;
      else this.#report.error = messageOf(error);
    }
    return this.#report;
  }

  async #take(item: ImportItem): Promise<void> {
    switch (item.type) {
      case 'problem':
        return this.#problem(item.problem);
      case 'known':
        return void this.#countsOf(item.object).exists++;
      case 'objects':
        return this.#objects(item.objects);
      case 'file':
        return this.#file(item);
    }
  }

  async #objects(objects: AsyncIterable<Fields> | Iterable<Fields>): Promise<void> {
    try {
      this.#answered(await this.#post(objects));
    } catch (error) {
      if (!(error instanceof UnreadableObjectError)) throw error;
      this.#problem(error.problem);
    }
  }

  async #file({ object, open, reason }: Extract<ImportItem, { type: 'file' }>): Promise<void> {
    const answer = await this.#post([object]);
    const isNeeded = answer.results.some(({ status }) => status === 'content_needed');
    if (!isNeeded) return this.#answered(answer);
    const { client, reader, signal } = this.options;
    const failed = (why: Problem['reason']): void =>
      this.#problem({ object: 'file', id: textOf(object['id']), reason: why });
    if (!open) return failed(reason ?? 'noContent');
    try {
      const content = await open();
      this.#answered(
        await client.post<Answer>('/imports/files', {
          query: { source: reader.source, object: JSON.stringify(object) },
          body: streamOf(content),
          headers: { 'content-type': 'application/octet-stream' },
          signal,
        }),
      );
    } catch (error) {
      if (signal?.aborted || isStorageError(error)) throw error;
      failed(error instanceof NotDownloadableError ? error.reason : { text: messageOf(error) });
    }
  }

  async #post(objects: AsyncIterable<Fields> | Iterable<Fields>): Promise<Answer> {
    const { client, reader, signal } = this.options;
    let failure: Error | undefined;
    async function* lines(): AsyncGenerator<Uint8Array> {
      try {
        for await (const object of objects) yield Buffer.from(`${JSON.stringify(object)}\n`);
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error));
        throw error;
      }
    }
    try {
      return await client.post<Answer>('/imports', {
        query: { source: reader.source },
        body: streamOf(lines()),
        headers: { 'content-type': 'application/x-ndjson' },
        signal,
      });
    } catch (error) {
      // The reason for which the objects could not be read, not that the request was cut short.
      if (failure) throw failure;
      if (isUnsupported(error)) throw new ImportUnsupportedError('The service does not import objects.');
      throw error;
    }
  }

  #answered({ results, problems, more_problems, ignored_fields }: Answer): void {
    for (const { object, status, added } of results) {
      const counts = this.#countsOf(object);
      if (status === 'created') counts.created++;
      else counts.exists++;
      if (status === 'added') this.#report.threadsAdded++;
      this.#countsOf('thread.message').created += added?.['messages'] ?? 0;
      this.#countsOf('thread.run').created += added?.['runs'] ?? 0;
    }
    for (const { object, source_id: id, thread_id: threadId, reason } of problems)
      this.#problem({ object, id, ...(threadId !== undefined && { threadId }), reason: { text: reason } });
    this.#report.moreProblems += more_problems;
    const ignored = new Set([...this.#report.ignoredFields, ...ignored_fields]);
    this.#report.ignoredFields = [...ignored].sort().slice(0, 200);
  }

  #problem(problem: Problem): void {
    const { problems } = this.#report;
    if (problems.length < maxProblems) problems.push(problem);
    else this.#report.moreProblems++;
    const counts = this.#report.counts[problem.object as Kind];
    if (counts) counts.failed++;
  }

  #countsOf(kind: Kind): Counts {
    return (this.#report.counts[kind] ??= { created: 0, exists: 0, failed: 0 });
  }
}

/** Something that its source does not give out; the rest is imported. */
export class UnreadableObjectError extends Error {
  override readonly name = 'UnreadableObjectError';
  constructor(readonly problem: Problem) {
    super(typeof problem.reason === 'string' ? problem.reason : problem.reason.text);
  }
}

/** The content of a file that a service does not give out. */
export class NotDownloadableError extends Error {
  override readonly name = 'NotDownloadableError';
  readonly reason = 'notDownloadable';
}

/** A body that is read as it is sent. */
function streamOf(chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const next = await iterator.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
      cancel: async () => {
        await iterator.return?.();
      },
    },
    { highWaterMark: 4 },
  );
}

function isStorageError(error: unknown): boolean {
  return isApiError(error) && typeof error.code === 'string' && error.code.startsWith('storage_');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

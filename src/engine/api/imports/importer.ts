import type { Assistant } from 'openai/resources/beta/assistants';
import type { FileObject } from 'openai/resources/files';
import type * as z from 'zod';
import { unixTime, type IdPrefix } from '../../ids';
import { isNestedTooDeep } from '../../nesting';
import type { StoredVectorStore } from '../../store/tables/vectorStoreTables';
import { chunkingStrategy } from '../../tools/fileSearch/stores/chunkingStrategy';
import { type ApiContext, copyLost } from '../context';
import { check } from '../input/validate';
import { IgnoredFields } from './ignoredFields';
import { ImportedIds, type Holder } from './importedIds';
import { importedObjects, type Imported, type ImportedKind } from './importedObjects';
import { withoutInnerNulls } from './innerNulls';
import { type AddedCounts, BeingDeletedError, ThreadImport } from './threadImport';

/** What became of an object that is not part of a thread, or of a thread as a whole. */
export interface ImportResult {
  object: ImportedKind;
  /** Its id in the import, and the one that it has here. */
  source_id: string;
  id: string;
  /** `added`: the thread was there, and got what it did not have. `content_needed`: of a file, which is not there. */
  status: 'created' | 'added' | 'exists' | 'content_needed';
  /** How many objects were written into a thread. */
  added?: AddedCounts;
}

/** An object that was not written. */
export interface ImportProblem {
  object: string;
  /** Null if it has none. */
  source_id: string | null;
  /** Of an object in a thread, as the import has it. */
  thread_id?: string;
  reason: string;
}

/** The answer to an import. */
export interface ImportAnswer {
  object: 'import';
  results: ImportResult[];
  problems: ImportProblem[];
  /** The number of further problems, which are not listed. */
  more_problems: number;
  /** Fields that are not stored: `thread.message.foo`. */
  ignored_fields: string[];
}

const maxProblems = 1000;

/** The paths by which other windows are told of writes. */
const changedPaths: Readonly<Partial<Record<ImportedKind, string>>> = {
  assistant: '/v1/assistants',
  file: '/v1/files',
  vector_store: '/v1/vector_stores',
  'vector_store.file': '/v1/vector_stores',
  thread: '/v1/threads',
};

/** Writes the objects of an import in their order. What refers to another object follows it. */
export class Importer {
  readonly #results: ImportResult[] = [];
  readonly #problems: ImportProblem[] = [];
  #moreProblems = 0;
  readonly #ignored = new IgnoredFields();
  readonly #schemas: ReturnType<typeof importedObjects>;
  readonly #ids: ImportedIds;
  readonly #changed = new Set<string>();
  #thread: ThreadImport | undefined;

  constructor(
    private readonly context: ApiContext,
    source: string,
  ) {
    this.#schemas = importedObjects(context.tools);
    this.#ids = new ImportedIds(context.store, source);
  }

  /** Throws if what was written of the last thread is gone. Call it at the beginning of each transaction. */
  rejectLost(): void {
    if (this.#thread?.isLost) throw copyLost();
  }

  /**
   * Takes the next object; one that cannot be taken is reported. Returns false for a thread whose id is not free yet: call
   * it again in another transaction. Call it in a transaction.
   */
  take(value: unknown): boolean {
    const { object, id, thread_id: threadId } = (value ?? {}) as Record<string, unknown>;
    const kind = typeof object === 'string' ? object : typeof value;
    try {
      if (isNestedTooDeep(value)) throw new Error('It is nested too deeply.');
      if (!Object.hasOwn(this.#schemas, kind))
        throw new Error(`Objects of the kind '${kind.slice(0, 100)}' are not imported.`);
      this.#write(kind as ImportedKind, value);
    } catch (error) {
      if (error instanceof BeingDeletedError) {
        this.context.threadDeletion.continue(error.id);
        return false;
      }
      // Errors of the disk end the import.
      if (!isAboutObject(error)) throw error;
      this.report({
        object: kind.slice(0, 100),
        source_id: typeof id === 'string' ? id.slice(0, 256) : null,
        ...(typeof threadId === 'string' && { thread_id: threadId.slice(0, 256) }),
        reason: reasonOf(error),
      });
    }
    return true;
  }

  report(problem: ImportProblem): void {
    if (this.#problems.length < maxProblems) this.#problems.push(problem);
    else this.#moreProblems++;
  }

  /** Completes the last thread. Call it in a transaction. */
  end(): void {
    this.#endThread();
    for (const path of this.#changed) this.context.store.changes.add(this.context.registry.id, path);
    this.#changed.clear();
  }

  /** Deletes what there is of the last thread. Call it in a transaction. */
  abandon(): void {
    this.#thread?.abandon();
    this.#thread = undefined;
  }

  answer(): ImportAnswer {
    return {
      object: 'import',
      results: this.#results,
      problems: this.#problems,
      more_problems: this.#moreProblems,
      ignored_fields: this.#ignored.names,
    };
  }

  /** Places a file whose content is about to be written. Returns undefined if it is there. Call it in a transaction. */
  placeFile(value: unknown): FileObject | undefined {
    const file = check(this.#schemas.file, value);
    const { id, exists } = this.#placeFile(file);
    if (exists) return void this.#note('file', file.id, { id, exists });
    const createdAt = file.created_at ?? unixTime();
    if (file.expires_at != null && file.expires_at <= unixTime()) throw new Error('The file has expired.');
    return {
      id,
      object: 'file',
      bytes: 0,
      created_at: createdAt,
      ...(file.expires_at != null && { expires_at: file.expires_at }),
      filename: file.filename,
      purpose: file.purpose as FileObject['purpose'],
      status: 'processed',
    };
  }

  /** Writes a file whose content is there. Call it in a transaction. */
  writeFile(sourceId: string, file: FileObject): void {
    this.context.store.files.insert(file);
    this.#note('file', sourceId, { id: file.id, exists: false });
  }

  #write(kind: ImportedKind, given: unknown): void {
    const value = withoutInnerNulls(given);
    const read = check(this.#schemas[kind] as z.ZodType, value);
    this.#ignored.compare(kind, withoutObject(value), read);
    switch (kind) {
      case 'assistant':
        return this.#assistant(read as Imported<'assistant'>);
      case 'file':
        return this.#file(read as Imported<'file'>);
      case 'vector_store':
        return this.#vectorStore(read as Imported<'vector_store'>);
      case 'vector_store.file':
        return this.#vectorStoreFile(read as Imported<'vector_store.file'>);
      case 'thread':
        this.#endThread();
        this.#thread = new ThreadImport(this.context, this.#ids, read as Imported<'thread'>);
        return;
      case 'thread.run':
        return void this.#threadOf(read).run(read as Imported<'thread.run'>);
      case 'thread.message':
        return void this.#threadOf(read).message(read as Imported<'thread.message'>);
      case 'thread.run.step':
        return void this.#threadOf(read).step(read as Imported<'thread.run.step'>);
    }
  }

  #threadOf(object: unknown): ThreadImport {
    const { thread_id: threadId } = object as { thread_id: string };
    if (this.#thread?.sourceId !== threadId) throw new Error(`It does not follow its thread '${threadId}'.`);
    return this.#thread;
  }

  #endThread(): void {
    const thread = this.#thread;
    if (!thread) return;
    this.#thread = undefined;
    thread.end();
    const { added } = thread;
    const isAdded = added.messages + added.runs + added.run_steps > 0;
    const status = thread.isNew ? 'created' : isAdded || thread.isRestored ? 'added' : 'exists';
    this.#results.push({ object: 'thread', source_id: thread.sourceId, id: thread.id, status, added });
    if (status === 'created' || thread.isRestored) this.#changed.add('/v1/threads');
    else if (status === 'added') this.#changed.add(`/v1/threads/${thread.id}/messages`);
  }

  #note(object: ImportedKind, sourceId: string, { id, exists }: { id: string; exists: boolean }): void {
    this.#results.push({ object, source_id: sourceId, id, status: exists ? 'exists' : 'created' });
    const path = changedPaths[object];
    if (!exists && path !== undefined) this.#changed.add(path);
  }

  #place(
    prefix: IdPrefix,
    { id: sourceId, created_at }: { id: string; created_at?: number | null },
    get: (id: string) => { created_at: number } | undefined,
  ): { id: string; exists: boolean } {
    const createdAt = created_at ?? null;
    const holderOf = (id: string): Holder => {
      const held = get(id);
      return held && (createdAt === null || held.created_at === createdAt ? 'same' : 'other');
    };
    return this.#ids.place({ prefix, sourceId, createdAt, holderOf });
  }

  #placeFile(file: Imported<'file'>): { id: string; exists: boolean } {
    return this.#place('file', file, (id) => this.context.store.files.get(id));
  }

  #file(file: Imported<'file'>): void {
    const { id, exists } = this.#placeFile(file);
    if (exists) return this.#note('file', file.id, { id, exists });
    this.#results.push({ object: 'file', source_id: file.id, id, status: 'content_needed' });
  }

  #assistant(read: Imported<'assistant'>): void {
    const { assistants } = this.context.store;
    const place = this.#place('asst', read, (id) => assistants.get(id));
    if (!place.exists) {
      const { created_at, tool_resources: resources, metadata, response_format, ...fields } = read;
      const files = resources?.code_interpreter?.file_ids;
      const stores = resources?.file_search?.vector_store_ids;
      const { reasoning_effort, ...known } = fields;
      // An object shows the defaults, whether they were set or not.
      const given = (['temperature', 'top_p'] as const).filter((name) => (fields[name] ?? 1) !== 1);
      const assistant: Assistant = {
        ...known,
        ...(reasoning_effort !== undefined && { reasoning_effort }),
        id: place.id,
        object: 'assistant',
        created_at: created_at ?? unixTime(),
        name: fields.name ?? null,
        description: fields.description ?? null,
        instructions: fields.instructions ?? null,
        tool_resources: {
          ...(files && { code_interpreter: { file_ids: files.map((id) => this.#ids.of(id, 'file')) } }),
          ...(stores && { file_search: { vector_store_ids: stores.map((id) => this.#ids.of(id, 'vs')) } }),
        },
        metadata: metadata ?? {},
        temperature: fields.temperature === undefined ? 1 : fields.temperature,
        top_p: fields.top_p === undefined ? 1 : fields.top_p,
        response_format: response_format ?? 'auto',
      };
      assistants.insert(assistant, { given: JSON.stringify(given) }, { by: { type: 'import' } });
    }
    this.#note('assistant', read.id, place);
  }

  #vectorStore(read: Imported<'vector_store'>): void {
    const { vectorStores } = this.context.store;
    this.#requireFileSearch();
    const place = this.#place('vs', read, (id) => vectorStores.get(id));
    if (!place.exists) {
      const now = unixTime();
      const created_at = read.created_at ?? now;
      const expires_after = read.expires_after ?? undefined;
      const expired = read.status === 'expired';
      // One that would have expired while it was away is kept.
      const used = read.last_active_at ?? created_at;
      const isDue = expires_after && used + expires_after.days * 86_400 <= now;
      vectorStores.insert({
        id: place.id,
        created_at,
        last_active_at: isDue && !expired ? now : used,
        name: read.name ?? '',
        ...(read.description != null && { description: read.description }),
        metadata: read.metadata,
        expires_after,
        ...(expired && { expired }),
      } satisfies StoredVectorStore);
    }
    this.#note('vector_store', read.id, place);
  }

  #vectorStoreFile(read: Imported<'vector_store.file'>): void {
    const { vectorStores, vectorStoreFiles, files } = this.context.store;
    this.#requireFileSearch();
    const storeId = this.#ids.of(read.vector_store_id, 'vs');
    const store = vectorStores.get(storeId);
    if (!store) throw new Error(`Its vector store '${read.vector_store_id}' is missing.`);
    if (store.expired) throw new Error(`Its vector store '${read.vector_store_id}' has expired.`);
    const id = this.#ids.of(read.id, 'file');
    if (!files.get(id)) throw new Error(`The content of the file '${read.id}' is missing.`);
    const exists = vectorStoreFiles.get(storeId, id) !== undefined;
    if (!exists) {
      const isFailed = read.status === 'failed';
      vectorStoreFiles.put(
        {
          id,
          object: 'vector_store.file',
          usage_bytes: 0,
          created_at: read.created_at ?? unixTime(),
          vector_store_id: storeId,
          status: isFailed || read.status === 'cancelled' ? read.status : 'in_progress',
          last_error: isFailed
            ? (read.last_error ?? { code: 'server_error', message: 'The file could not be read.' })
            : null,
          chunking_strategy: chunkingStrategy(read.chunking_strategy),
          attributes: read.attributes ?? {},
        },
        null,
      );
    }
    this.#note('vector_store.file', read.id, { id, exists });
  }

  #requireFileSearch(): void {
    if (!this.context.fileSearch) throw new Error('This engine has no vector stores.');
  }
}

function withoutObject(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'object'));
}

/** Whether an error is about the object alone, and not about the disk. */
function isAboutObject(error: unknown): boolean {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  // An id that another import is using: SQLITE_CONSTRAINT and its extended codes.
  if (code === 'ERR_SQLITE_ERROR') return typeof errcode === 'number' && (errcode & 0xff) === 19;
  return typeof (error as NodeJS.ErrnoException).syscall !== 'string' && !isStoreError(error);
}

function isStoreError(error: unknown): boolean {
  return error instanceof Error && error.name === 'StoreError';
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: string };
  if (code === 'ERR_SQLITE_ERROR') return 'Its id is in use.';
  return message ?? String(error);
}

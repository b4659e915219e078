import type { FileChunkingStrategyParam, VectorStore } from 'openai/resources/vector-stores/vector-stores';
import type { VectorStoreFileBatch } from 'openai/resources/vector-stores/file-batches';
import { type ApiError, badRequest } from '../../../errors';
import { newId, unixTime } from '../../../ids';
import type { Store } from '../../../store/store';
import {
  type FileCounts,
  secondsADay,
  type StoredFileBatch,
  type StoredVectorStore,
  type StoredVectorStoreFile,
} from '../../../store/tables/vectorStoreTables';
import type { Chunk } from '../../../store/chunk';
import type { Attributes } from './attributeFilter';
import { chunkingStrategy } from './chunkingStrategy';
import type { Index } from './parts';

/** Maximum number of files in a vector store. */
const maxFiles = 10_000;

/** The parameters of a new vector store. */
export interface NewVectorStore {
  name?: string;
  description?: string;
  metadata?: Record<string, string> | null;
  expires_after?: VectorStore.ExpiresAfter;
  file_ids?: readonly string[];
  chunking_strategy?: FileChunkingStrategyParam;
}

/** A file to add to a vector store. */
export interface NewVectorStoreFile {
  file_id: string;
  attributes?: Attributes | null;
  chunking_strategy?: FileChunkingStrategyParam;
}

/**
 * A vector store as the API returns it; `embedding_model` is an extension. What is not set is null, as the hosted
 * service answered, not absent or empty.
 */
export interface VectorStoreAnswer extends Omit<VectorStore, 'name' | 'expires_after'> {
  name: string | null;
  expires_after: VectorStore.ExpiresAfter | null;
  description?: string;
  /** The model of its vectors; null if it is searched by words only. */
  embedding_model: string | null;
}

/**
 * The vector stores and their files. Call writing methods within a transaction; after adding or
 * removing files, call `Ingest.wake` once the transaction is committed.
 */
export class VectorStoreManager {
  constructor(
    private readonly store: Store,
    private readonly index: Index,
  ) {}

  /** A store by its id; expires it first if it is due. */
  get(id: string): StoredVectorStore | undefined {
    const found = this.store.vectorStores.get(id);
    if (!found || found.expired || !isDue(found)) return found;
    return this.store.transaction(() => this.#expire(found));
  }

  create(asked: NewVectorStore): StoredVectorStore {
    const created_at = unixTime();
    const stored = this.store.vectorStores.insert({
      id: newId('vs'),
      created_at,
      last_active_at: created_at,
      name: asked.name ?? '',
      description: asked.description,
      metadata: asked.metadata ?? {},
      expires_after: asked.expires_after,
    });
    const files = (asked.file_ids ?? []).map((file_id) => ({
      file_id,
      chunking_strategy: asked.chunking_strategy,
    }));
    if (files.length > 0) this.addFiles(stored, files);
    return stored;
  }

  /** The store as the API returns it. */
  answer(stored: StoredVectorStore): VectorStoreAnswer {
    const { expired, expires_after, name, ...rest } = stored;
    const { counts, bytes } = this.#counts(stored);
    return {
      ...rest,
      name: name || null,
      object: 'vector_store',
      usage_bytes: bytes,
      file_counts: counts,
      status: expired ? 'expired' : counts.in_progress > 0 ? 'in_progress' : 'completed',
      expires_after: expires_after ?? null,
      expires_at: expiresAt(stored),
      embedding_model: this.index.embeddingModel(stored.id) ?? null,
    };
  }

  /** The files of an expired store may not be deleted yet. */
  #counts({ id, expired }: StoredVectorStore): { counts: FileCounts; bytes: number } {
    if (!expired) return this.store.vectorStoreFiles.counts('vector_store_id', id);
    return { counts: { in_progress: 0, completed: 0, failed: 0, cancelled: 0, total: 0 }, bytes: 0 };
  }

  /** Records a use of the store, which postpones its expiry. */
  touch(id: string): void {
    const now = unixTime();
    this.store.transaction(() => {
      const stored = this.store.vectorStores.get(id);
      if (stored && !stored.expired && stored.last_active_at !== now) {
        this.store.vectorStores.update({ ...stored, last_active_at: now });
      }
    });
  }

  /** Deletes a store at once for the API; its contents are deleted by `deletePiece`. */
  delete(id: string): void {
    this.index.removeStore(id);
    this.store.vectorStores.delete(id);
  }

  /** Expires the stores that are due. */
  expireDue(): void {
    const due = this.store.vectorStores.due(unixTime());
    if (due.length > 0) this.store.transaction(() => due.forEach((stored) => this.#expire(stored)));
  }

  /** Adds files to a store, to be read; files it already has are read again. Throws the API's error 400. */
  addFiles(
    stored: StoredVectorStore,
    files: readonly NewVectorStoreFile[],
    batchId: string | null = null,
  ): StoredVectorStoreFile[] {
    if (stored.expired) throw badRequest(`The vector store ${stored.id} has expired.`);
    const { vectorStoreFiles } = this.store;
    const added = files.map(({ file_id, attributes, chunking_strategy }): StoredVectorStoreFile => {
      this.index.remove(stored.id, file_id);
      const file: StoredVectorStoreFile = {
        id: file_id,
        object: 'vector_store.file',
        usage_bytes: 0,
        created_at: unixTime(),
        vector_store_id: stored.id,
        status: 'in_progress',
        last_error: null,
        chunking_strategy: chunkingStrategy(chunking_strategy),
        attributes: attributes ?? {},
      };
      vectorStoreFiles.put(file, batchId);
      return file;
    });
    if (this.#fileCount(stored) > maxFiles) throw tooManyFiles(files);
    this.touch(stored.id);
    return added;
  }

  /** Throws the API's error 400 if a store cannot take these files besides those that it has. */
  rejectTooMany(stored: StoredVectorStore, files: readonly NewVectorStoreFile[]): void {
    const count = this.#fileCount(stored);
    if (count + files.length <= maxFiles) return;
    const { vectorStoreFiles } = this.store;
    const ids = new Set(files.map(({ file_id }) => file_id));
    const added = [...ids].filter((id) => !vectorStoreFiles.get(stored.id, id));
    if (count + added.length > maxFiles) throw tooManyFiles(files);
  }

  removeFile(storeId: string, fileId: string): void {
    this.index.remove(storeId, fileId);
    this.store.vectorStoreFiles.remove(storeId, fileId);
  }

  /** Removes a deleted file from all stores. */
  forgetFile(fileId: string): void {
    for (const storeId of this.store.vectorStoreFiles.storesOf(fileId)) this.removeFile(storeId, fileId);
  }

  /** The text of a file, reassembled from its chunks. */
  contentOf(storeId: string, fileId: string): string {
    return textOf(this.chunksOf(storeId, fileId));
  }

  /** The chunks of a file, in order; empty if it has expired. */
  chunksOf(storeId: string, fileId: string): Chunk[] {
    if (!this.store.files.get(fileId)) return [];
    return this.index.chunksOf(storeId, fileId);
  }

  /** Creates a batch, to which `addFiles` adds. */
  createBatch(stored: StoredVectorStore): StoredFileBatch {
    return this.store.fileBatches.insert({
      id: newId('vsfb'),
      created_at: unixTime(),
      vector_store_id: stored.id,
    });
  }

  /** Cancels the files of a batch that are not read yet. */
  cancelBatch(batch: StoredFileBatch): StoredFileBatch {
    const { vectorStoreFiles, fileBatches } = this.store;
    const open = vectorStoreFiles.all({ batch_id: batch.id, status: 'in_progress' });
    if (open.length === 0) return batch;
    for (const file of open) vectorStoreFiles.update({ ...file, status: 'cancelled' });
    return fileBatches.update({ ...batch, cancelled: true });
  }

  /** The batch as the API returns it. */
  batchAnswer({ id, created_at, vector_store_id, cancelled }: StoredFileBatch): VectorStoreFileBatch {
    const { counts } = this.store.vectorStoreFiles.counts('batch_id', id);
    const read = counts.failed > 0 && counts.failed === counts.total ? 'failed' : 'completed';
    const ended = cancelled ? 'cancelled' : read;
    return {
      id,
      object: 'vector_store.files_batch',
      created_at,
      vector_store_id,
      status: counts.in_progress > 0 ? 'in_progress' : ended,
      file_counts: counts,
    };
  }

  /** Reads all files again with the current embeddings model; meanwhile they are found by words only. */
  rebuild(stored: StoredVectorStore): void {
    if (stored.expired) throw badRequest(`The vector store ${stored.id} has expired.`);
    this.index.removeVectors(stored.id);
    this.store.vectorStoreFiles.restart(stored.id);
  }

  #fileCount({ id }: StoredVectorStore): number {
    return this.store.vectorStoreFiles.counts('vector_store_id', id).counts.total;
  }

  #expire(stored: StoredVectorStore): StoredVectorStore {
    this.index.removeStore(stored.id);
    this.store.vectorStores.removeFiles(stored.id);
    return this.store.vectorStores.update({ ...stored, expired: true });
  }
}

/** Reassembles the text that chunks were cut from, so that their offsets are right. */
export function textOf(chunks: readonly Chunk[]): string {
  let text = '';
  for (const chunk of chunks) {
    // Chunks overlap; white space between chunks is in none of them and becomes line ends.
    if (chunk.start > text.length) text += '\n'.repeat(chunk.start - text.length);
    text += chunk.text.slice(Math.max(0, text.length - chunk.start));
  }
  return text;
}

function expiresAt({ expires_after: policy, last_active_at, created_at }: StoredVectorStore): number | null {
  return policy ? (last_active_at ?? created_at) + policy.days * secondsADay : null;
}

function isDue(stored: StoredVectorStore): boolean {
  const at = expiresAt(stored);
  return at !== null && at <= unixTime();
}

function tooManyFiles(files: readonly NewVectorStoreFile[]): ApiError {
  return badRequest(
    `A vector store takes at most ${maxFiles} files.`,
    files.length > 1 ? 'file_ids' : 'file_id',
    'max_files_exceeded',
  );
}

import type OpenAI from 'openai';
import type { FileObject } from 'openai/resources/files';
import type { VectorStoreFile } from 'openai/resources/vector-stores/files';
import * as vscode from 'vscode';
import { isNotFound } from '../errors/errors';
import type { KnowledgeStore } from './knowledge';

/** A file of a store, with its file object. */
export interface StoreFile {
  entry: VectorStoreFile;
  /** Undefined if the file itself was deleted. */
  file: FileObject | undefined;
}

/** The vector stores and their files, read on request. */
export class StoreList {
  private stores = new Map<string, KnowledgeStore>();
  private files: Promise<Map<string, FileObject>> | undefined;
  /** Maximum number of files shown, by store id; `undefined` is the key for files in no store. */
  private readonly shown = new Map<string | undefined, number>();

  constructor(
    private readonly client: OpenAI,
    /** Files shown at first, and added by each `showMore`. */
    private readonly pageSize = 1_000,
  ) {}

  /** All stores, newest first. */
  async readStores(): Promise<KnowledgeStore[]> {
    const stores = await this.allStores();
    this.stores = new Map(stores.map((store) => [store.id, store]));
    return stores;
  }

  /** Whether the stores differ from what was last read, in more than when they were used. */
  async haveStoresChanged(): Promise<boolean> {
    return describe(await this.allStores()) !== describe([...this.stores.values()]);
  }

  private async allStores(): Promise<KnowledgeStore[]> {
    const stores: KnowledgeStore[] = [];
    for await (const store of this.client.vectorStores.list({ limit: 100 })) stores.push(store);
    return stores;
  }

  /** A store as it was last read. */
  find(storeId: string): KnowledgeStore | undefined {
    return this.stores.get(storeId);
  }

  /** The shown files of a store, sorted by path; `hasMore` if there are others. */
  async readFiles(storeId: string): Promise<{ files: StoreFile[]; hasMore: boolean }> {
    const limit = this.maxShown(storeId);
    const known = await this.allFiles();
    const files: StoreFile[] = [];
    let hasMore = false;
    for await (const entry of this.client.vectorStores.files.list(storeId, { limit: 100 })) {
      hasMore = files.length === limit;
      if (hasMore) break;
      files.push({ entry, file: known.get(entry.id) });
    }
    return { files: files.sort((a, b) => compare(pathIn(a), pathIn(b))), hasMore };
  }

  /** Shows more files of a store, or of the files in no store. */
  showMore(storeId: string | undefined): void {
    this.shown.set(storeId, this.maxShown(storeId) + this.pageSize);
  }

  /** The shown files that are in no store, newest first; `hasMore` if there are others. */
  async readOthers(): Promise<{ files: FileObject[]; hasMore: boolean }> {
    const others = new Map(await this.allFiles());
    for (const { id } of await this.readStores()) {
      for await (const entry of this.client.vectorStores.files.list(id, { limit: 100 }))
        others.delete(entry.id);
    }
    const files = [...others.values()].slice(0, this.maxShown(undefined));
    return { files, hasMore: files.length < others.size };
  }

  private maxShown(storeId: string | undefined): number {
    return this.shown.get(storeId) ?? this.pageSize;
  }

  /** Clears the cached file objects; to be called when files were added or deleted. */
  forgetFiles(): void {
    this.files = undefined;
  }

  private allFiles(): Promise<Map<string, FileObject>> {
    this.files ??= this.readAllFiles().catch((error: unknown) => {
      this.files = undefined;
      throw error;
    });
    return this.files;
  }

  private async readAllFiles(): Promise<Map<string, FileObject>> {
    const files = new Map<string, FileObject>();
    for await (const file of this.client.files.list({ order: 'desc' })) files.set(file.id, file);
    return files;
  }
}

/** The id of a store that contains a file; undefined if none does. */
export async function findStoreOf(client: OpenAI, fileId: string): Promise<string | undefined> {
  for await (const { id } of client.vectorStores.list({ limit: 100 })) {
    if (await storeFile(client, id, fileId)) return id;
  }
  return undefined;
}

/** A store's entry of a file; undefined if the store does not contain it. */
export async function storeFile(
  client: OpenAI,
  storeId: string,
  fileId: string,
): Promise<VectorStoreFile | undefined> {
  try {
    return await client.vectorStores.files.retrieve(fileId, { vector_store_id: storeId });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The number of files in a store, for display. */
export function countWords({ file_counts: { total } }: KnowledgeStore): string {
  return total === 1 ? vscode.l10n.t('1 file') : vscode.l10n.t('{0} files', total);
}

/** The path a file was added from, if known; else its name. */
export function pathIn({ entry, file }: StoreFile): string {
  const path = entry.attributes?.['path'];
  return typeof path === 'string' ? path : (file?.filename ?? entry.id);
}

function describe(stores: readonly KnowledgeStore[]): string {
  return JSON.stringify(stores.map((store) => ({ ...store, last_active_at: null, expires_at: null })));
}

function compare(a: string, b: string): number {
  return a.localeCompare(b, undefined, { numeric: true });
}

import { setTimeout as sleep } from 'node:timers/promises';
import { type HostedFiles, ModelError } from '../models/types';
import type { HostedStoreFile } from '../store/hostedTables';
import type { Store } from '../store/store';
import type { StoredVectorStoreFile } from '../store/vectorStoreTables';
import { chunkingOptions } from '../tools/vectorStores/chunking';

/** How long a provider may take to read the files of a store, in milliseconds. */
const longestReading = 10 * 60_000;

/** How often it is asked whether it has: soon at first, then seldom, in milliseconds. */
const looks = { first: 100, longest: 3_000 };

/**
 * The copies of files and vector stores at one provider. Only what is missing there, or was put there
 * otherwise, is sent. Its methods throw ModelError, which names the file.
 */
export class Mirror {
  constructor(
    private readonly store: Store,
    private readonly remote: HostedFiles,
    /** The connection and its server. */
    readonly place: string,
    /** The connection's name, for messages. */
    private readonly label: string,
  ) {}

  /** Makes a store's copy what the store is. Returns the provider's id of it. */
  async syncStore(storeId: string, signal: AbortSignal): Promise<string> {
    const store = await this.#openStore(storeId, signal);
    const wanted = this.#wanted(storeId);
    const kept = this.store.hosted.storeFiles(this.place, store);
    const isKept = ({ fileId, settings }: HostedStoreFile): boolean => wanted.get(fileId)?.key === settings;
    for (const file of kept.filter((one) => !isKept(one))) await this.#takeOut(store, file.id, signal);

    const there = new Map(kept.filter(isKept).map((file) => [file.fileId, file]));
    for (const [fileId, { key, file }] of wanted) {
      if (!there.has(fileId)) there.set(fileId, await this.#putIn(store, file, key, signal));
    }
    await this.#whenRead(
      store,
      [...there.values()].filter(({ ready }) => !ready),
      signal,
    );
    return store;
  }

  /** The provider's id of a file for code, which is sent there anew where the provider has it no more. */
  async syncCodeFile(fileId: string, signal: AbortSignal): Promise<string> {
    const { hosted } = this.store;
    const known = hosted.file(this.place, fileId);
    const isLost = known !== undefined && !(await this.#named(fileId, this.remote.hasFile(known, signal)));
    if (isLost) hosted.removeFile(this.place, known);
    return this.syncFile(fileId, signal);
  }

  /** The provider's id of a file, which is sent there where it is not yet. */
  async syncFile(fileId: string, signal: AbortSignal): Promise<string> {
    const { hosted, files, contents } = this.store;
    const known = hosted.file(this.place, fileId);
    if (known !== undefined) return known;
    const name = files.get(fileId)?.filename ?? fileId;
    const id = await this.#named(fileId, this.remote.uploadFile(contents.path(fileId), name, signal));
    hosted.addFile(this.place, id, fileId);
    return id;
  }

  /** Deletes at the provider what is deleted here. What fails is left for the next time. */
  async deleteLeftovers(signal: AbortSignal): Promise<void> {
    const { hosted } = this.store;
    const { stores, files } = hosted.leftovers(this.place);
    for (const id of stores) {
      await this.remote.deleteStore(id, signal);
      hosted.removeStore(this.place, id);
    }
    for (const id of files) {
      await this.remote.deleteFile(id, signal);
      hosted.removeFile(this.place, id);
    }
  }

  /** The copy of a store, made anew where the provider has it no more. */
  async #openStore(storeId: string, signal: AbortSignal): Promise<string> {
    const { hosted, vectorStores } = this.store;
    const known = hosted.store(this.place, storeId);
    if (known !== undefined && (await this.remote.hasStore(known, signal))) return known;
    if (known !== undefined) hosted.removeStore(this.place, known);
    const name = vectorStores.get(storeId)?.name ?? '';
    const id = await this.remote.createStore(name === '' ? storeId : name, signal);
    hosted.addStore(this.place, id, storeId);
    return id;
  }

  /** The files that a copy is to have. What could not be read here is no more in it than it is found here. */
  #wanted(storeId: string): Map<string, { key: string; file: StoredVectorStoreFile }> {
    const files = this.store.vectorStoreFiles.all({ vector_store_id: storeId });
    const readable = files.filter(({ status }) => status === 'completed' || status === 'in_progress');
    return new Map(readable.map((file) => [file.id, { key: JSON.stringify(settingsOf(file)), file }]));
  }

  async #putIn(
    store: string,
    file: StoredVectorStoreFile,
    settings: string,
    signal: AbortSignal,
  ): Promise<HostedStoreFile> {
    const add = (id: string) => this.remote.addFile(store, id, settingsOf(file), signal);
    let id = await this.syncFile(file.id, signal);
    try {
      await add(id);
    } catch (error) {
      if (!(error instanceof ModelError && error.status === 404)) throw this.#naming(file.id, error);
      // It was deleted over there.
      this.store.hosted.removeFile(this.place, id);
      id = await this.syncFile(file.id, signal);
      await this.#named(file.id, add(id));
    }
    const added = { id, fileId: file.id, settings, ready: false };
    this.store.hosted.putStoreFile(this.place, store, added);
    return added;
  }

  async #takeOut(store: string, id: string, signal: AbortSignal): Promise<void> {
    await this.remote.removeFile(store, id, signal);
    this.store.hosted.removeStoreFile(this.place, store, id);
  }

  /** Waits until the provider has read files. One that it cannot read is taken out, to be tried anew. */
  async #whenRead(store: string, files: readonly HostedStoreFile[], signal: AbortSignal): Promise<void> {
    const end = performance.now() + longestReading;
    for (const file of files) {
      const { status, reason } = await this.#read(store, file, end, signal);
      if (status === 'completed') {
        this.store.hosted.putStoreFile(this.place, store, { ...file, ready: true });
        continue;
      }
      if (status === 'failed') await this.#takeOut(store, file.id, signal);
      const why =
        status === 'failed' ? `could not read it: ${reason || 'no reason given.'}` : 'is still reading it.';
      throw this.#naming(file.fileId, new ModelError(`${this.label} ${why}`));
    }
  }

  async #read(store: string, { id, fileId }: HostedStoreFile, end: number, signal: AbortSignal) {
    for (let pause = looks.first; ; pause = Math.min(pause * 2, looks.longest)) {
      const state = await this.#named(fileId, this.remote.fileStatus(store, id, signal));
      if (state.status !== 'in_progress' || performance.now() >= end) return state;
      await sleep(pause, undefined, { signal });
    }
  }

  async #named<R>(fileId: string, work: Promise<R>): Promise<R> {
    try {
      return await work;
    } catch (error) {
      throw this.#naming(fileId, error);
    }
  }

  /** A failure, with the name of the file that it is about. */
  #naming(fileId: string, error: unknown): unknown {
    if (!(error instanceof ModelError)) return error;
    const name = this.store.files.get(fileId)?.filename ?? fileId;
    return new ModelError(
      `The file «${name}» is not at ${this.label}. ${error.message}`,
      error.code,
      error.status,
      {
        cause: error,
      },
    );
  }
}

function settingsOf(file: StoredVectorStoreFile) {
  return { attributes: file.attributes ?? {}, chunking: chunkingOptions(file) };
}

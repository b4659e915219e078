import { setTimeout as sleep } from 'node:timers/promises';
import { type HostedFiles, ModelError } from '../models/modelProvider';
import type { HostedStoreFile } from '../store/tables/hostedTables';
import type { Store } from '../store/store';
import type { StoredVectorStoreFile } from '../store/tables/vectorStoreTables';
import { chunkingOptions } from '../tools/fileSearch/stores/chunkingStrategy';

/** How long a provider may take to read the files of a store, in milliseconds. */
const maxReadTime = 10 * 60_000;

/** The HTTP statuses by which a provider rejects a file itself. */
const rejections: readonly (number | undefined)[] = [400, 413, 415, 422];

/** Pause between requests for a file's status, in milliseconds; doubled each time, up to the maximum. */
const pollPause = { first: 100, max: 3_000 };

/** The copy of a vector store at the provider. */
interface Copy {
  storeId: string;
  /** Its id at the provider. */
  store: string;
  /** How many files it has. */
  files: number;
  /** Why other files were rejected. */
  errors: ModelError[];
}

/** A file that a copy should have. */
interface Wanted {
  file: StoredVectorStoreFile;
  /** Its attributes and chunking as JSON: if they change, it is added again. */
  settings: string;
}

/**
 * The copies of files and vector stores at one provider. Sends only what is missing there or has changed.
 * Files that the provider rejects are left out, and not sent again unchanged. The methods throw
 * ModelError, with the file's name in the message.
 */
export class Mirror {
  constructor(
    private readonly store: Store,
    private readonly remote: HostedFiles,
    /** Identifies the connection and its server. */
    readonly place: string,
    /** The connection's name, for messages. */
    private readonly label: string,
    private readonly log: (message: string) => void,
  ) {}

  /**
   * Updates the copies of vector stores. Returns the copies' ids. Throws if the provider has rejected
   * files and the copies have none.
   */
  async syncStores(storeIds: readonly string[], signal: AbortSignal): Promise<string[]> {
    const copies: Copy[] = [];
    for (const id of storeIds) copies.push(await this.#syncStore(id, signal));
    const [error] = copies.flatMap((copy) => copy.errors);
    if (error && copies.every(({ files }) => files === 0)) throw error;
    return copies.map(({ store }) => store);
  }

  async #syncStore(storeId: string, signal: AbortSignal): Promise<Copy> {
    const store = await this.#openStore(storeId, signal);
    const wanted = this.#wanted(storeId);
    const copied = this.store.hosted.storeFiles(this.place, store);
    const isCurrent = ({ fileId, settings }: HostedStoreFile): boolean =>
      wanted.get(fileId)?.settings === settings;
    for (const file of copied.filter((one) => !isCurrent(one))) await this.#remove(store, file.id, signal);

    const there = new Map(copied.filter(isCurrent).map((file) => [file.fileId, file]));
    const errors: ModelError[] = [];
    for (const one of wanted.values()) {
      if (there.has(one.file.id)) continue;
      const added = await this.#tryToAdd(store, one, signal);
      if (added instanceof ModelError) errors.push(added);
      else there.set(one.file.id, added);
    }
    const end = performance.now() + maxReadTime;
    for (const file of [...there.values()].filter(({ ready }) => !ready)) {
      const error = await this.#whenRead({ store, storeId }, file, end, signal);
      if (!error) continue;
      there.delete(file.fileId);
      errors.push(error);
    }
    return { storeId, store, files: there.size, errors };
  }

  /** Copies a file for code, again if the provider has lost it. Returns the copy's id. */
  async syncCodeFile(fileId: string, signal: AbortSignal): Promise<string> {
    const { hosted } = this.store;
    const known = hosted.file(this.place, fileId);
    const isLost =
      known !== undefined && !(await this.#withFileName(fileId, this.remote.hasFile(known, signal)));
    if (isLost) hosted.removeFile(this.place, known);
    return this.syncFile(fileId, signal);
  }

  /** Copies a file unless it has a copy. Returns the copy's id. */
  async syncFile(fileId: string, signal: AbortSignal): Promise<string> {
    const { hosted, files, contents } = this.store;
    const known = hosted.file(this.place, fileId);
    if (known !== undefined) return known;
    const file = files.get(fileId);
    const path = file ? contents.checkedPath(file) : contents.path(fileId);
    const name = file?.filename ?? fileId;
    const id = await this.#withFileName(fileId, this.remote.uploadFile(path, name, signal));
    hosted.addFile(this.place, id, fileId);
    return id;
  }

  /** Deletes the copies of what was deleted here. What fails is left for the next call. */
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

  /** Returns the id of a store's copy, which is created if it does not exist or the provider has lost it. */
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

  /** The files that a copy should have: those of the store that could be read here, or are being read. */
  #wanted(storeId: string): Map<string, Wanted> {
    const files = this.store.vectorStoreFiles.all({ vector_store_id: storeId });
    const readable = files.filter(({ status }) => status === 'completed' || status === 'in_progress');
    return new Map(readable.map((file) => [file.id, { file, settings: JSON.stringify(settingsOf(file)) }]));
  }

  /** Adds a file to a copy. Returns the error if the provider rejects it, or has rejected it before. */
  async #tryToAdd(
    store: string,
    { file, settings }: Wanted,
    signal: AbortSignal,
  ): Promise<HostedStoreFile | ModelError> {
    const { id: fileId, vector_store_id: storeId } = file;
    const known = this.store.hosted.fileError(this.place, { storeId, fileId, settings });
    if (known !== undefined) return new ModelError(known, 'invalid_prompt');
    try {
      return await this.#add(store, { file, settings }, signal);
    } catch (error) {
      if (!(error instanceof ModelError && rejections.includes(error.status))) throw error;
      return this.#rejected(storeId, { fileId, settings }, error);
    }
  }

  /** Stores that the provider rejects a file. Returns the error for the user. */
  #rejected(
    storeId: string,
    { fileId, settings }: Pick<HostedStoreFile, 'fileId' | 'settings'>,
    error: ModelError,
  ): ModelError {
    const reason = `${error.message} It will not be sent again until it is added again.`;
    this.store.hosted.putError(this.place, { storeId, fileId, settings, reason });
    this.log(reason);
    return new ModelError(reason, error.code, error.status, { cause: error });
  }

  async #add(store: string, { file, settings }: Wanted, signal: AbortSignal): Promise<HostedStoreFile> {
    const add = (id: string) => this.remote.addFile(store, id, settingsOf(file), signal);
    let id = await this.syncFile(file.id, signal);
    try {
      await add(id);
    } catch (error) {
      if (!(error instanceof ModelError && error.status === 404)) throw this.#namingFile(file.id, error);
      // The copy was deleted at the provider.
      this.store.hosted.removeFile(this.place, id);
      id = await this.syncFile(file.id, signal);
      await this.#withFileName(file.id, add(id));
    }
    const added = { id, fileId: file.id, settings, ready: false };
    this.store.hosted.putStoreFile(this.place, store, added);
    return added;
  }

  async #remove(store: string, id: string, signal: AbortSignal): Promise<void> {
    await this.remote.removeFile(store, id, signal);
    this.store.hosted.removeStoreFile(this.place, store, id);
  }

  /** Waits until the provider has read a file. Removes one that it cannot read, and returns the error. */
  async #whenRead(
    { store, storeId }: Pick<Copy, 'store' | 'storeId'>,
    file: HostedStoreFile,
    end: number,
    signal: AbortSignal,
  ): Promise<ModelError | undefined> {
    const { hosted } = this.store;
    const errorOf = (why: string) => this.#namingFile(file.fileId, new ModelError(`${this.label} ${why}`));
    const { status, reason, retryable } = await this.#read(store, file, end, signal);
    if (status === 'in_progress') throw errorOf('is still reading it.');
    if (status === 'completed') {
      hosted.putStoreFile(this.place, store, { ...file, ready: true });
      hosted.removeError(this.place, storeId, file.fileId);
      return undefined;
    }
    await this.#remove(store, file.id, signal);
    const error = errorOf(`could not read it: ${reason || 'no reason given.'}`);
    if (!retryable) return this.#rejected(storeId, file, error);
    this.log(error.message);
    return error;
  }

  async #read(store: string, { id, fileId }: HostedStoreFile, end: number, signal: AbortSignal) {
    for (let pause = pollPause.first; ; pause = Math.min(pause * 2, pollPause.max)) {
      const state = await this.#withFileName(fileId, this.remote.fileStatus(store, id, signal));
      if (state.status !== 'in_progress' || performance.now() >= end) return state;
      await sleep(pause, undefined, { signal });
    }
  }

  async #withFileName<R>(fileId: string, work: Promise<R>): Promise<R> {
    try {
      return await work;
    } catch (error) {
      throw this.#namingFile(fileId, error);
    }
  }

  /** Adds the file's name to an error. */
  #namingFile<E>(fileId: string, error: E): E | ModelError {
    if (!(error instanceof ModelError)) return error;
    const name = this.store.files.get(fileId)?.filename ?? fileId;
    return new ModelError(
      `The file “${name}” could not be copied to ${this.label}. ${error.message}`,
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

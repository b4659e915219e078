import { setTimeout as sleep } from 'node:timers/promises';
import { type HostedFiles, ModelError } from '../models/modelProvider';
import type { HostedStoreFile } from '../store/hostedTables';
import type { Store } from '../store/store';
import type { StoredVectorStoreFile } from '../store/vectorStoreTables';
import { chunkingOptions } from '../tools/fileSearch/stores/chunkingStrategy';

/** How long a provider may take to read the files of a store, in milliseconds. */
const maxReadingTime = 10 * 60_000;

/** The statuses with which a provider says of a file that it does not take it, as it is or at all. */
const refusing: readonly (number | undefined)[] = [400, 413, 415, 422];

/** How often it is asked whether it has: soon at first, then seldom, in milliseconds. */
const looks = { first: 100, longest: 3_000 };

/** The copy of a vector store. */
interface Copy {
  storeId: string;
  /** The provider's id of it. */
  store: string;
  /** How many files are in it. */
  files: number;
  /** Why others are not. */
  refused: ModelError[];
}

/** A file that is wanted in a copy. */
interface Wanted {
  file: StoredVectorStoreFile;
  /** How it is put there, as JSON. */
  settings: string;
}

/**
 * The copies of files and vector stores at one provider. Only what is missing there, or was put there
 * otherwise, is sent; what the provider does not take is left out, and not sent again as it is. Its
 * methods throw ModelError, which names the file.
 */
export class Mirror {
  constructor(
    private readonly store: Store,
    private readonly remote: HostedFiles,
    /** The connection and its server. */
    readonly place: string,
    /** The connection's name, for messages. */
    private readonly label: string,
    private readonly log: (message: string) => void,
  ) {}

  /**
   * Makes the copies of stores what the stores are, but for what the provider does not take. Returns
   * the provider's ids of them. Throws where it takes none of their files.
   */
  async syncStores(storeIds: readonly string[], signal: AbortSignal): Promise<string[]> {
    const copies: Copy[] = [];
    for (const id of storeIds) copies.push(await this.#syncStore(id, signal));
    const [refused] = copies.flatMap((copy) => copy.refused);
    if (refused && copies.every(({ files }) => files === 0)) throw refused;
    return copies.map(({ store }) => store);
  }

  async #syncStore(storeId: string, signal: AbortSignal): Promise<Copy> {
    const store = await this.#openStore(storeId, signal);
    const wanted = this.#wanted(storeId);
    const kept = this.store.hosted.storeFiles(this.place, store);
    const isKept = ({ fileId, settings }: HostedStoreFile): boolean =>
      wanted.get(fileId)?.settings === settings;
    for (const file of kept.filter((one) => !isKept(one))) await this.#takeOut(store, file.id, signal);

    const there = new Map(kept.filter(isKept).map((file) => [file.fileId, file]));
    const refused: ModelError[] = [];
    for (const one of wanted.values()) {
      if (there.has(one.file.id)) continue;
      const added = await this.#unlessRefused(store, one, signal);
      if (added instanceof ModelError) refused.push(added);
      else there.set(one.file.id, added);
    }
    const end = performance.now() + maxReadingTime;
    for (const file of [...there.values()].filter(({ ready }) => !ready)) {
      const failure = await this.#whenRead({ store, storeId }, file, end, signal);
      if (!failure) continue;
      there.delete(file.fileId);
      refused.push(failure);
    }
    return { storeId, store, files: there.size, refused };
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
  #wanted(storeId: string): Map<string, Wanted> {
    const files = this.store.vectorStoreFiles.all({ vector_store_id: storeId });
    const readable = files.filter(({ status }) => status === 'completed' || status === 'in_progress');
    return new Map(readable.map((file) => [file.id, { file, settings: JSON.stringify(settingsOf(file)) }]));
  }

  /** Puts a file into a copy; or tells why the provider does not take it, which is not asked twice. */
  async #unlessRefused(
    store: string,
    { file, settings }: Wanted,
    signal: AbortSignal,
  ): Promise<HostedStoreFile | ModelError> {
    const { id: fileId, vector_store_id: storeId } = file;
    const known = this.store.hosted.fileError(this.place, { storeId, fileId, settings });
    if (known !== undefined) return new ModelError(known, 'invalid_prompt');
    try {
      return await this.#putIn(store, { file, settings }, signal);
    } catch (error) {
      if (!(error instanceof ModelError && refusing.includes(error.status))) throw error;
      return this.#refused(storeId, { fileId, settings }, error);
    }
  }

  /** Remembers that the provider does not take a file. Returns why, in words for the user. */
  #refused(
    storeId: string,
    { fileId, settings }: Pick<HostedStoreFile, 'fileId' | 'settings'>,
    error: ModelError,
  ): ModelError {
    const reason = `${error.message} It is not sent again until it is added anew.`;
    this.store.hosted.putError(this.place, { storeId, fileId, settings, reason });
    this.log(reason);
    return new ModelError(reason, error.code, error.status, { cause: error });
  }

  async #putIn(store: string, { file, settings }: Wanted, signal: AbortSignal): Promise<HostedStoreFile> {
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

  /** Waits until the provider has read a file. One that it cannot read is taken out; returns why. */
  async #whenRead(
    { store, storeId }: Pick<Copy, 'store' | 'storeId'>,
    file: HostedStoreFile,
    end: number,
    signal: AbortSignal,
  ): Promise<ModelError | undefined> {
    const { hosted } = this.store;
    const failure = (why: string) => this.#naming(file.fileId, new ModelError(`${this.label} ${why}`));
    const { status, reason, retryable } = await this.#read(store, file, end, signal);
    if (status === 'in_progress') throw failure('is still reading it.');
    if (status === 'completed') {
      hosted.putStoreFile(this.place, store, { ...file, ready: true });
      hosted.removeError(this.place, storeId, file.fileId);
      return undefined;
    }
    await this.#takeOut(store, file.id, signal);
    const error = failure(`could not read it: ${reason || 'no reason given.'}`);
    if (!retryable) return this.#refused(storeId, file, error);
    this.log(error.message);
    return error;
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
  #naming<E>(fileId: string, error: E): E | ModelError {
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

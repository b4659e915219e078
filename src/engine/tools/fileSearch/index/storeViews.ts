import {
  ordinalOfChunk,
  type SearchFile,
  type SearchIndexTables,
  type SearchStore,
  type StoredVector,
} from '../../../store/tables/searchIndexTables';
import { grouped } from './grouped';
import { signsOf, unpackOldVectors } from './vectors';

/** The signs of the vectors of a file's chunks, `wordsOf(dimensions)` words a chunk. */
export interface Signs {
  dimensions: number;
  signs: Int32Array;
}

/** A searchable file of a store. */
export interface FileView extends SearchFile {
  /** Loaded on first use. */
  signs?: Signs;
}

/** The data of a store that a search needs. */
export interface StoreView extends SearchStore {
  storeId: string;
  /** By number. */
  files: Map<number, FileView>;
  /** The number of its chunks in the full-text index, with those of hidden files. */
  chunks: number;
  /** Files whose chunks are not to be found: not ready yet, or removed and not deleted yet. */
  hidden: readonly number[];
}

/**
 * Caches stores and, up to a size limit, the signs of their vectors in memory; evicts the least recently
 * searched first. What earlier versions wrote is read in its own form until it is converted.
 */
export class StoreViews {
  /** In order of use, the most recent last. */
  readonly #views = new Map<string, StoreView>();
  #bytes = 0;

  constructor(
    private readonly tables: SearchIndexTables,
    private readonly maxBytes: number,
  ) {}

  /** The current state of a store; undefined if nothing of it is indexed. */
  get(storeId: string): StoreView | undefined {
    const known = this.#views.get(storeId);
    const store = this.tables.store(storeId);
    if (known && known.number === store?.number && known.version === store.version) {
      this.#views.delete(storeId);
      this.#views.set(storeId, known);
      return this.#counted(known);
    }
    this.#views.delete(storeId);
    const view = store && this.#load(storeId, store, known);
    if (view) this.#views.set(storeId, view);
    this.#bytes = [...this.#views.values()].reduce((sum, { files }) => sum + bytesOf(files.values()), 0);
    return view;
  }

  /** The signs of a file's vectors; undefined if it has none. */
  signsOf(file: FileView): Signs | undefined {
    if (file.signs) return file.signs;
    const signs = this.#readSigns(file);
    if (!signs) return undefined;
    const bytes = signs.signs.byteLength;
    this.#makeRoom(bytes, file);
    if (this.#bytes + bytes <= this.maxBytes) {
      file.signs = signs;
      this.#bytes += bytes;
    }
    return signs;
  }

  /** Calls `read` with the vector of each chunk that has one; `fileOf` returns the file of a chunk. */
  readVectors(
    chunks: readonly number[],
    fileOf: (chunk: number) => FileView | undefined,
    read: (chunk: number, vector: StoredVector) => void,
  ): void {
    const byOldVectors = grouped(chunks, (chunk) => fileOf(chunk)?.oldVectorsId ?? null);
    for (const [id, wanted] of byOldVectors) {
      const old = id === null ? undefined : this.tables.oldVectors(id);
      const vectors = old && [...unpackOldVectors(old)];
      if (!vectors) for (const vector of this.tables.vectors(wanted)) read(vector.chunk, vector);
      for (const chunk of vectors ? wanted : []) {
        const vector = vectors?.[ordinalOfChunk(chunk)];
        if (vector) read(chunk, vector);
      }
    }
  }

  #readSigns({ signsId, oldVectorsId }: FileView): Signs | undefined {
    if (signsId !== null) {
      const stored = this.tables.signs(signsId);
      return stored && { dimensions: stored.dimensions, signs: wordsIn(stored.signs) };
    }
    const old = oldVectorsId === null ? undefined : this.tables.oldVectors(oldVectorsId);
    if (!old) return undefined;
    const { dimensions, scales } = old;
    return { dimensions, signs: signsOf(unpackOldVectors(old), scales.byteLength / 4, dimensions) };
  }

  #load(storeId: string, store: SearchStore, known: StoreView | undefined): StoreView {
    const files = new Map<number, FileView>();
    for (const file of this.tables.files(store)) {
      const before = known?.files.get(file.number);
      const isSame = before?.signsId === file.signsId && before.oldVectorsId === file.oldVectorsId;
      files.set(file.number, isSame ? before : file);
    }
    return this.#counted({ ...store, storeId, files, chunks: 0, hidden: [] });
  }

  /** Updates what changes without a new version of the store. */
  #counted(view: StoreView): StoreView {
    view.hidden = this.tables.hiddenFiles(view.number);
    view.chunks = 0;
    for (const { chunks } of view.files.values()) view.chunks += chunks;
    if (view.hidden.length > 0) view.chunks = this.tables.countMatches(`store : "${view.number}"`);
    return view;
  }

  /** Evicts signs of stores that were searched before the one with `reader`. */
  #makeRoom(bytes: number, reader: FileView): void {
    for (const { files } of this.#views.values()) {
      if (this.#bytes + bytes <= this.maxBytes || files.get(reader.number) === reader) return;
      this.#bytes -= bytesOf(files.values());
      for (const file of files.values()) file.signs = undefined;
    }
  }
}

/** The bytes as 32-bit words; copies them if they are not aligned. */
function wordsIn(bytes: Uint8Array): Int32Array {
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Int32Array(buffer, byteOffset, byteLength / 4);
}

function bytesOf(files: Iterable<FileView>): number {
  let bytes = 0;
  for (const { signs } of files) bytes += signs?.signs.byteLength ?? 0;
  return bytes;
}

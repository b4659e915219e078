import type { SearchIndexTables, SearchStore } from '../../../store/searchIndexTables';
import { packedBytes, unpackVectors, type PackedVectors } from './vectors';

/** One file of a store that can be searched. */
export interface FileView {
  number: number;
  fileId: string;
  vectorsId: number | null;
  /** Read when they are first needed. */
  vectors?: PackedVectors;
}

/** What a search needs to know of a store. */
export interface StoreView extends SearchStore {
  storeId: string;
  /** By number. */
  files: Map<number, FileView>;
  chunks: number;
}

/** Stores as they are now, with their vectors kept in memory up to a bound; those not searched for longest go first. */
export class StoreViews {
  /** The one used last is the last. */
  readonly #views = new Map<string, StoreView>();
  #bytes = 0;

  constructor(
    private readonly tables: SearchIndexTables,
    private readonly maxBytes: number,
  ) {}

  /** Undefined where nothing of the store is indexed. */
  get(storeId: string): StoreView | undefined {
    const known = this.#views.get(storeId);
    const store = this.tables.store(storeId);
    if (known && known.number === store?.number && known.version === store.version) {
      this.#views.delete(storeId);
      this.#views.set(storeId, known);
      return known;
    }
    this.#views.delete(storeId);
    const view = store && this.#load(storeId, store, known);
    if (view) this.#views.set(storeId, view);
    this.#bytes = [...this.#views.values()].reduce((sum, { files }) => sum + bytesOf(files.values()), 0);
    return view;
  }

  /** A file's vectors; undefined where it has none. */
  vectorsOf(file: FileView): PackedVectors | undefined {
    if (file.vectors || file.vectorsId === null) return file.vectors;
    const kept = this.tables.vectors(file.vectorsId);
    if (!kept) return undefined;
    const vectors = unpackVectors(kept);
    this.#makeRoom(packedBytes(vectors), file);
    if (this.#bytes + packedBytes(vectors) <= this.maxBytes) {
      file.vectors = vectors;
      this.#bytes += packedBytes(vectors);
    }
    return vectors;
  }

  #load(storeId: string, store: SearchStore, known: StoreView | undefined): StoreView {
    const files = new Map<number, FileView>();
    for (const file of this.tables.files(store.number)) {
      const before = known?.files.get(file.number);
      files.set(file.number, before?.vectorsId === file.vectorsId ? before : file);
    }
    return { ...store, storeId, files, chunks: this.tables.countMatches(`store : "${store.number}"`) };
  }

  /** Gives up the vectors of other stores. */
  #makeRoom(bytes: number, reader: FileView): void {
    for (const { files } of this.#views.values()) {
      if (this.#bytes + bytes <= this.maxBytes || files.get(reader.number) === reader) return;
      this.#bytes -= bytesOf(files.values());
      for (const file of files.values()) file.vectors = undefined;
    }
  }
}

function bytesOf(files: Iterable<FileView>): number {
  let bytes = 0;
  for (const { vectors } of files) bytes += vectors ? packedBytes(vectors) : 0;
  return bytes;
}

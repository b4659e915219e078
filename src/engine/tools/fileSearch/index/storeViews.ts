import type { SearchIndexTables, SearchStore } from '../../../store/searchIndexTables';
import { packedBytes, unpackVectors, type PackedVectors } from './vectors';

/** A searchable file of a store. */
export interface FileView {
  number: number;
  fileId: string;
  vectorsId: number | null;
  /** Loaded on first use. */
  vectors?: PackedVectors;
}

/** The data of a store that a search needs. */
export interface StoreView extends SearchStore {
  storeId: string;
  /** By number. */
  files: Map<number, FileView>;
  chunks: number;
}

/** Caches stores and, up to a size limit, their vectors in memory; evicts the least recently searched first. */
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
      return known;
    }
    this.#views.delete(storeId);
    const view = store && this.#load(storeId, store, known);
    if (view) this.#views.set(storeId, view);
    this.#bytes = [...this.#views.values()].reduce((sum, { files }) => sum + bytesOf(files.values()), 0);
    return view;
  }

  /** A file's vectors; undefined if it has none. */
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

  /** Evicts vectors of stores that were searched before the one with `reader`. */
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

import { chunkIdOf, fileOfChunk, ordinalOfChunk } from '../../../store/searchIndexTables';
import type { FileView, StoreViews } from './storeViews';
import { cosine, differingSigns, type PackedVectors, type QueryVector } from './vectors';

/** Up to about this many chunks are compared in full; of more, those whose signs are most like the query's. */
const maxFullComparisons = 1_000;

interface FileVectors {
  number: number;
  vectors: PackedVectors;
}

/** Compares the vectors of files with a query's. A score is the cosine, or 0 if that is negative. */
export class VectorSearch {
  readonly #files: Map<number, FileVectors>;

  constructor(
    views: StoreViews,
    files: readonly FileView[],
    private readonly query: QueryVector,
  ) {
    this.#files = new Map();
    for (const file of files) {
      const vectors = views.vectorsOf(file);
      if (vectors?.dimensions !== query.values.length) continue;
      this.#files.set(file.number, { number: file.number, vectors });
    }
  }

  /** The nearest chunks, nearest first. */
  nearest(limit: number): { id: number; score: number }[] {
    const differing = this.#differingSigns();
    const maxSigns = maxDifferingSigns(differing, this.query.values.length);
    const found: { id: number; score: number }[] = [];
    let chunk = 0;
    for (const { number, vectors } of this.#files.values()) {
      for (let i = 0; i < vectors.scales.length; i++) {
        if (differing[chunk++]! > maxSigns) continue;
        const score = clamp(cosine(this.query, vectors, i));
        if (score > 0) found.push({ id: chunkIdOf(number, i), score });
      }
    }
    return found.sort((a, b) => b.score - a.score || a.id - b.id).slice(0, limit);
  }

  /** The score of one chunk; undefined if it has no vector to compare. */
  score(id: number): number | undefined {
    const vectors = this.#files.get(fileOfChunk(id))?.vectors;
    const ordinal = ordinalOfChunk(id);
    if (!vectors || ordinal >= vectors.scales.length) return undefined;
    return clamp(cosine(this.query, vectors, ordinal));
  }

  /** For each chunk, the number of dimensions whose sign differs from the query's. */
  #differingSigns(): Uint16Array {
    const files = [...this.#files.values()];
    const differing = new Uint16Array(files.reduce((sum, { vectors }) => sum + vectors.scales.length, 0));
    let chunk = 0;
    for (const { vectors } of files) {
      for (let i = 0; i < vectors.scales.length; i++) {
        differing[chunk++] = differingSigns(this.query, vectors, i);
      }
    }
    return differing;
  }
}

/** The number of signs in which a chunk may differ from the query and still be compared in full. */
function maxDifferingSigns(differing: Uint16Array, dimensions: number): number {
  if (differing.length <= maxFullComparisons) return dimensions;
  const chunksAt = new Uint32Array(dimensions + 1);
  for (const signs of differing) chunksAt[signs]!++;
  let chunks = 0;
  return chunksAt.findIndex((count) => (chunks += count) >= maxFullComparisons);
}

function clamp(score: number): number {
  return Math.min(Math.max(score, 0), 1);
}

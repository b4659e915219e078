import { chunkIdOf, fileOfChunk, type StoredVector } from '../../../store/tables/searchIndexTables';
import { SignEstimate } from './signEstimate';
import type { FileView, StoreViews } from './storeViews';
import { productsWith, scanSigns } from './vectorModule';
import { type QueryVector, wordsOf } from './vectors';

/** The products of about this many chunks, whose signs differ least from the query's, are estimated. */
const estimates = 3_000;
/** About this many chunks, of the highest estimates, are compared in full. */
const fullComparisons = 500;
/** The maximum of both, where many are equally like the query. */
const maxComparisons = 4_000;

interface ComparedFile {
  file: FileView;
  chunks: number;
  /** Undefined if there was no room to cache them. */
  signs?: Int32Array;
}

/** Compares the vectors of files with those of queries. A score is the cosine, or 0 if that is negative. */
export class VectorSearch {
  /** In the order of their chunks in the counts of differing signs. */
  readonly #files: ComparedFile[] = [];
  readonly #byNumber = new Map<number, FileView>();
  readonly #dimensions: number;
  /** The scores of chunks that were compared in full, per query. */
  readonly #scores: Map<number, number>[];
  readonly #differing: Uint16Array[];

  /** Compares the signs of all chunks with those of all queries, which have the same dimensions, in one pass. */
  constructor(
    private readonly views: StoreViews,
    files: readonly FileView[],
    private readonly queries: readonly QueryVector[],
  ) {
    this.#dimensions = queries[0]?.values.length ?? 0;
    const words = wordsOf(this.#dimensions);
    const total = files.reduce((sum, { chunks }) => sum + chunks, 0);
    this.#scores = queries.map(() => new Map<number, number>());
    this.#differing = queries.map(() => new Uint16Array(total));
    const querySigns = queries.map((query) => query.signs);
    let at = 0;
    for (const file of files) {
      const found = views.signsOf(file);
      if (found?.dimensions !== this.#dimensions) continue;
      const chunks = Math.min(found.signs.length / words, total - at);
      const signs = found.signs.subarray(0, chunks * words);
      scanSigns(signs, words, querySigns, this.#differing, at);
      at += chunks;
      this.#files.push({ file, chunks, signs: file.signs && signs });
      this.#byNumber.set(file.number, file);
    }
    this.#differing = this.#differing.map((differing) => differing.subarray(0, at));
  }

  /** The nearest chunks of a query, nearest first. */
  nearest(query: number, limit: number): { id: number; score: number }[] {
    const scores = this.#compare(query, this.#candidates(query));
    return [...scores]
      .map(([id, score]) => ({ id, score }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score || a.id - b.id)
      .slice(0, limit);
  }

  /** The scores of chunks, if they have vectors to compare. */
  scores(query: number, ids: readonly number[]): ReadonlyMap<number, number> {
    const missing = ids.filter((id) => !this.#scores[query]!.has(id));
    return this.#compare(query, missing);
  }

  #compare(query: number, ids: readonly number[]): ReadonlyMap<number, number> {
    const scores = this.#scores[query]!;
    const productWith = productsWith(this.queries[query]!.values);
    const read = (id: number, { scale, vector }: StoredVector): void => {
      if (vector.length !== this.#dimensions) return;
      scores.set(id, Math.min(Math.max(productWith(vector) * scale, 0), 1));
    };
    const fileOf = (id: number): FileView | undefined => this.#byNumber.get(fileOfChunk(id));
    this.views.readVectors(ids.filter(fileOf), fileOf, read);
    return scores;
  }

  /** The chunks that are compared in full: those whose signs let the highest products be expected. */
  #candidates(query: number): number[] {
    const differing = this.#differing[query]!;
    if (differing.length <= fullComparisons)
      return this.#files.flatMap(({ file, chunks }) =>
        Array.from({ length: chunks }, (_, i) => chunkIdOf(file.number, i)),
      );
    const estimate = new SignEstimate(this.queries[query]!);
    const words = wordsOf(this.#dimensions);
    const { max, equal } = maxDifferingSigns(differing, this.#dimensions);
    const ids: number[] = [];
    const products: number[] = [];
    let left = equal;
    let chunk = 0;
    for (const { file, chunks, signs } of this.#files) {
      for (let i = 0; i < chunks; i++) {
        const differs = differing[chunk++]!;
        if (differs > max || (differs === max && left-- <= 0)) continue;
        ids.push(chunkIdOf(file.number, i));
        products.push(
          signs ? estimate.of(signs, i * words, words) : estimate.ofDiffering(differs / this.#dimensions),
        );
      }
    }
    const least = Float64Array.from(products).sort().at(-fullComparisons) ?? -Infinity;
    return ids.filter((_, i) => products[i]! >= least).slice(0, maxComparisons);
  }
}

/**
 * The number of signs in which a chunk may differ from the query and its product still be estimated, and how many
 * of those that differ in as many are.
 */
function maxDifferingSigns(differing: Uint16Array, dimensions: number): { max: number; equal: number } {
  const chunksAt = new Uint32Array(dimensions + 1);
  for (const signs of differing) chunksAt[signs]!++;
  let chunks = 0;
  for (const [max, equal] of chunksAt.entries()) {
    if (chunks + equal >= estimates) return { max, equal: Math.min(equal, maxComparisons - chunks) };
    chunks += equal;
  }
  return { max: dimensions, equal: differing.length };
}

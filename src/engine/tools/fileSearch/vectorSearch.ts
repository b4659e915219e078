import { chunkIdOf } from '../../store/searchIndexTables';
import type { FileView, StoreViews } from './storeViews';
import { cosine, differingSigns, type PackedVectors, type QueryVector } from './vectors';

/** So many chunks are compared in full; where there are more, those whose signs are most like the query's. */
const comparedInFull = 1_500;

/** The chunks nearest to a query's vector, nearest first; the score is the cosine, 0 where it is negative. */
export function searchVectors(
  views: StoreViews,
  files: readonly FileView[],
  query: QueryVector,
  limit: number,
): { id: number; score: number }[] {
  const held = files.flatMap((file) => {
    const vectors = views.vectorsOf(file);
    return vectors?.dimensions === query.values.length ? [{ number: file.number, vectors }] : [];
  });
  const most = mostDiffering(held, query);
  const found: { id: number; score: number }[] = [];
  for (const { number, vectors } of held) {
    for (let i = 0; i < vectors.scales.length; i++) {
      if (differingSigns(query, vectors, i) > most) continue;
      const score = clamp(cosine(query, vectors, i));
      if (score > 0) found.push({ id: chunkIdOf(number, i), score });
    }
  }
  return found.sort((a, b) => b.score - a.score || a.id - b.id).slice(0, limit);
}

/** The cosine of one chunk; undefined where it has no vector to compare. */
export function vectorScore(
  views: StoreViews,
  file: FileView,
  ordinal: number,
  query: QueryVector,
): number | undefined {
  const vectors = views.vectorsOf(file);
  if (vectors?.dimensions !== query.values.length || ordinal >= vectors.scales.length) return undefined;
  return clamp(cosine(query, vectors, ordinal));
}

/** In how many signs a chunk may differ from the query to be compared in full. */
function mostDiffering(held: readonly { vectors: PackedVectors }[], query: QueryVector): number {
  const total = held.reduce((sum, { vectors }) => sum + vectors.scales.length, 0);
  const dimensions = query.values.length;
  if (total <= comparedInFull) return dimensions;
  const chunksAt = new Uint32Array(dimensions + 1);
  for (const { vectors } of held) {
    for (let i = 0; i < vectors.scales.length; i++) chunksAt[differingSigns(query, vectors, i)]!++;
  }
  let chunks = 0;
  return Math.max(
    0,
    chunksAt.findIndex((count) => (chunks += count) >= comparedInFull),
  );
}

function clamp(score: number): number {
  return Math.min(Math.max(score, 0), 1);
}

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openDatabase } from '../../../../src/engine/store/database';
import { SearchIndex } from '../../../../src/engine/tools/fileSearch/index/searchIndex';
import { SignEstimate } from '../../../../src/engine/tools/fileSearch/index/signEstimate';
import { productsWith } from '../../../../src/engine/tools/fileSearch/index/vectorModule';
import {
  packVector,
  queryVector,
  signsOf,
  wordsOf,
} from '../../../../src/engine/tools/fileSearch/index/vectors';
import { afterTest, temporaryFolder } from '../../support';
import { chunksOf } from '../support';

const dimensions = 96;
const model = 'test/small';

/** Pseudo-random values; the same for the same seed. */
function anyVector(seed: number): Float32Array {
  let state = seed + 1;
  return Float32Array.from({ length: dimensions }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647 - 0.5;
  });
}

/** The same, with most of its values zero, as those of a vector that was made of words. */
function sparseVector(seed: number): Float32Array {
  return anyVector(seed).map((value, d) => ((d * 7 + seed) % 12 === 0 ? value : 0));
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

function product(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (const [d, value] of a.entries()) sum += value * b[d]!;
  return sum;
}

describe('file search: the nearest of thousands of passages', () => {
  const count = 5_000;
  const all = Array.from({ length: count }, (_, i) => unit(anyVector(i * 13)));

  function openIndexes() {
    const db = openDatabase(temporaryFolder());
    afterTest(() => db.close());
    db.exec(`INSERT INTO vector_stores (id, body) VALUES ('vs_a', '{}');
      INSERT INTO vector_store_files (vector_store_id, id, status, body)
        VALUES ('vs_a', 'file_a', 'completed', '{}')`);
    const index = new SearchIndex(db);
    index.put('vs_a', 'file_a', chunksOf(...all.map((_, i) => `passage ${i}`)), { model, vectors: all });
    return { index, forgetful: new SearchIndex(db, { cacheBytes: 0 }) };
  }

  /** How many of the 20 nearest of each query are found. */
  function found(index: SearchIndex, queries: readonly Float32Array[]): number {
    const shares = queries.map((vector) => {
      const similarities = all.map((one) => product(one, vector));
      const nearest = [...all.keys()].sort((a, b) => similarities[b]! - similarities[a]!).slice(0, 20);
      const hits = index.search({ storeIds: ['vs_a'], text: '', vector: { model, vector }, limit: 20 });
      assert.equal(hits.length, 20);
      return nearest.filter((i) => hits.some(({ chunk }) => chunk.text === `passage ${i}`)).length / 20;
    });
    return shares.reduce((sum, share) => sum + share, 0) / shares.length;
  }

  it('are found, nearly all, by comparing few of them in full', function () {
    this.timeout(60_000);
    const { index, forgetful } = openIndexes();
    const dense = Array.from({ length: 4 }, (_, i) => anyVector(-i - 2));
    const sparse = Array.from({ length: 4 }, (_, i) => sparseVector(i + 3));
    const shares = [found(index, dense), found(index, sparse), found(forgetful, dense)];
    const least = [0.93, 0.7, 0.7];
    assert.ok(
      shares.every((share, i) => share > least[i]!),
      `dense, sparse, and without signs in memory: ${shares.join(', ')}`,
    );
  });
});

describe('file search: the estimate of a product from signs', () => {
  it('is the sum of the query’s values with the signs of the vector', () => {
    const value = fc.double({ min: -1, max: 1, noNaN: true });
    const pair = fc
      .integer({ min: 1, max: 150 })
      .chain((length) =>
        fc.tuple(
          fc.array(value, { minLength: length, maxLength: length }),
          fc.array(value, { minLength: length, maxLength: length }),
        ),
      );
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const query = queryVector(Float32Array.from(a));
        fc.pre(query !== undefined);
        const vector = packVector(Float32Array.from(b));
        const signs = signsOf([vector, vector], 2, b.length);
        const words = wordsOf(b.length);
        const values = new Int8Array(vector.vector.buffer, vector.vector.byteOffset, b.length);
        const expected = query.values.reduce((sum, one, d) => sum + (values[d]! > 0 ? one : -one), 0);
        const estimate = new SignEstimate(query);
        for (const start of [0, words]) {
          assert.ok(Math.abs(estimate.of(signs, start, words) - expected) < 1e-4);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('without the signs is that of a vector with as many differing ones', () => {
    const query = queryVector(Float32Array.of(1, -1, 1, 1))!;
    const other = signsOf([packVector(Float32Array.of(1, -1, -1, 1))], 1, 4);
    const estimate = new SignEstimate(query);
    assert.equal(estimate.ofDiffering(1 / 4), estimate.of(other, 0, wordsOf(4)));
  });
});

describe('file search: the product of vectors', () => {
  it('is that of all their dimensions and no others, for any number of them', () => {
    const value = fc.float({ min: -1, max: 1, noNaN: true });
    const vectors = fc.array(fc.tuple(value, fc.integer({ min: -127, max: 127 })), {
      minLength: 1,
      maxLength: 70,
    });
    fc.assert(
      fc.property(vectors, (values) => {
        const query = Float32Array.from(values, ([factor]) => factor);
        const vector = Int8Array.from(values, ([, one]) => one);
        const expected = query.reduce((sum, factor, d) => sum + factor * vector[d]!, 0);
        const product = productsWith(query)(new Uint8Array(vector.buffer));
        assert.ok(Math.abs(product - expected) < 0.001, `${product} instead of ${expected}`);
      }),
    );
  });
});

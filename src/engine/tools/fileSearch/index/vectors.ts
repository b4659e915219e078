import type { StoredVectors } from '../../../store/searchIndexTables';

/** The vectors of one file's chunks, quantized to bytes: a dot product times the scale is a cosine. */
export interface PackedVectors {
  dimensions: number;
  values: Int8Array;
  scales: Float32Array;
  /** Each vector's signs, one bit per dimension: their Hamming distance approximates the angle. */
  signs: Int32Array;
}

/** A query's vector, normalized to length 1. */
export interface QueryVector {
  values: Float32Array;
  signs: Int32Array;
}

const maxInt8 = 127;
const wordBits = 32;

/** Quantizes vectors to one byte per dimension. Throws RangeError if their dimensions differ. */
export function packVectors(vectors: readonly Float32Array[]): StoredVectors {
  const dimensions = vectors[0]?.length ?? 0;
  const values = new Int8Array(vectors.length * dimensions);
  const scales = new Float32Array(vectors.length);
  for (const [i, vector] of vectors.entries()) {
    if (vector.length !== dimensions) {
      throw new RangeError(`A vector has ${vector.length} dimensions where the first has ${dimensions}.`);
    }
    const length = lengthOf(vector);
    if (!isValidLength(length)) continue;
    let peak = 0;
    for (const value of vector) peak = Math.max(peak, Math.abs(value));
    for (let d = 0; d < dimensions; d++) {
      values[i * dimensions + d] = Math.round((vector[d]! / peak) * maxInt8);
    }
    scales[i] = peak / maxInt8 / length;
  }
  return { dimensions, vectors: bytesOf(values), scales: bytesOf(scales) };
}

export function unpackVectors({ dimensions, vectors, scales }: StoredVectors): PackedVectors {
  const values = new Int8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength);
  // A copy, because a Float32Array needs an aligned start.
  const scaleBytes = scales.slice();
  return {
    dimensions,
    values,
    scales: new Float32Array(scaleBytes.buffer, scaleBytes.byteOffset, scaleBytes.byteLength / 4),
    signs: signsOf(values, dimensions),
  };
}

export function packedBytes({ values, scales, signs }: PackedVectors): number {
  return values.byteLength + scales.byteLength + signs.byteLength;
}

/** Undefined if the vector has no usable length: zero, infinite or NaN. */
export function queryVector(vector: Float32Array): QueryVector | undefined {
  const length = lengthOf(vector);
  if (!isValidLength(length)) return undefined;
  return { values: vector.map((value) => value / length), signs: signsOf(vector, vector.length) };
}

/** The cosine between a query and the vector at `index`. */
export function cosine({ values: query }: QueryVector, packed: PackedVectors, index: number): number {
  const { dimensions, values, scales } = packed;
  const offset = index * dimensions;
  // Four independent sums, which the processor can add in parallel.
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = 0;
  for (; i + 3 < dimensions; i += 4) {
    a += query[i]! * values[offset + i]!;
    b += query[i + 1]! * values[offset + i + 1]!;
    c += query[i + 2]! * values[offset + i + 2]!;
    d += query[i + 3]! * values[offset + i + 3]!;
  }
  for (; i < dimensions; i++) a += query[i]! * values[offset + i]!;
  return (a + b + c + d) * scales[index]!;
}

/** The number of dimensions in which the signs of a query and of the vector at `index` differ. */
export function differingSigns(
  query: QueryVector,
  { dimensions, signs }: PackedVectors,
  index: number,
): number {
  const words = Math.ceil(dimensions / wordBits);
  const offset = index * words;
  let count = 0;
  for (let i = 0; i < words; i++) {
    // Population count: adds bits in pairs, fours and eights, then sums the bytes.
    let bits = query.signs[i]! ^ signs[offset + i]!;
    bits -= (bits >>> 1) & 0x55555555;
    bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
    bits = (bits + (bits >>> 4)) & 0x0f0f0f0f;
    count += Math.imul(bits, 0x01010101) >>> 24;
  }
  return count;
}

function signsOf(values: Int8Array | Float32Array, dimensions: number): Int32Array {
  const words = Math.ceil(dimensions / wordBits);
  const vectors = dimensions === 0 ? 0 : values.length / dimensions;
  const signs = new Int32Array(vectors * words);
  for (let vector = 0; vector < vectors; vector++) {
    for (let d = 0; d < dimensions; d++) {
      if (values[vector * dimensions + d]! > 0) signs[vector * words + (d >>> 5)]! |= 1 << (d & 31);
    }
  }
  return signs;
}

function lengthOf(vector: Float32Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return Math.sqrt(sum);
}

function isValidLength(length: number): boolean {
  return length > 0 && Number.isFinite(length);
}

function bytesOf(array: Int8Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

import type { OldVectors, StoredVector } from '../../../store/tables/searchIndexTables';

/** A query's vector, normalized to length 1. */
export interface QueryVector {
  values: Float32Array;
  /** One bit per dimension: the Hamming distance of signs approximates the angle. */
  signs: Int32Array;
}

const maxInt8 = 127;

/** The number of 32-bit words that the signs of a vector take: an even one, for they are compared two at a time. */
export function wordsOf(dimensions: number): number {
  return Math.ceil(dimensions / 64) * 2;
}

/** Quantizes a vector to one byte per dimension: a dot product times the scale is a cosine. */
export function packVector(vector: Float32Array): StoredVector {
  const values = new Int8Array(vector.length);
  const length = lengthOf(vector);
  if (!isValidLength(length)) return { scale: 0, vector: bytesOf(values) };
  let peak = 0;
  for (const value of vector) peak = Math.max(peak, Math.abs(value));
  for (let d = 0; d < vector.length; d++) values[d] = Math.round((vector[d]! / peak) * maxInt8);
  return { scale: peak / maxInt8 / length, vector: bytesOf(values) };
}

/** The vectors of a file that an earlier version wrote. */
export function* unpackOldVectors({ dimensions, vectors, scales }: OldVectors): Generator<StoredVector> {
  // A copy, because a Float32Array needs an aligned start.
  const copy = scales.slice();
  const factors = new Float32Array(copy.buffer, copy.byteOffset, copy.byteLength / 4);
  for (const [i, scale] of factors.entries()) {
    yield { scale, vector: vectors.subarray(i * dimensions, (i + 1) * dimensions) };
  }
}

/** Undefined if the vector has no usable length: zero, infinite or NaN. */
export function queryVector(vector: Float32Array): QueryVector | undefined {
  const length = lengthOf(vector);
  if (!isValidLength(length)) return undefined;
  const signs = new Int32Array(wordsOf(vector.length));
  writeSigns(vector, signs, 0);
  return { values: vector.map((value) => value / length), signs };
}

/** The signs of vectors, one after the other. */
export function signsOf(vectors: Iterable<StoredVector>, count: number, dimensions: number): Int32Array {
  const words = wordsOf(dimensions);
  const signs = new Int32Array(count * words);
  let at = 0;
  for (const { vector } of vectors) {
    writeSigns(new Int8Array(vector.buffer, vector.byteOffset, vector.byteLength), signs, at);
    at += words;
  }
  return signs;
}

/** Writes the signs of a vector at an index of an array of zeros. */
export function writeSigns(values: Int8Array | Float32Array, signs: Int32Array, at: number): void {
  for (let d = 0; d < values.length; d++) {
    if (values[d]! > 0) signs[at + (d >>> 5)]! |= 1 << (d & 31);
  }
}

export function bytesOf(array: Int8Array | Int32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function lengthOf(vector: Float32Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return Math.sqrt(sum);
}

function isValidLength(length: number): boolean {
  return length > 0 && Number.isFinite(length);
}

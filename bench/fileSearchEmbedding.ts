/** Embeddings without a model: words and their trigrams, hashed into the dimensions. */
export const dimensions = 1_536;
/** The number of dimensions that each piece affects. */
const spread = 8;

export function embed(text: string): Float32Array {
  const counts = new Map<string, number>();
  const count = (piece: string, weight: number) => counts.set(piece, (counts.get(piece) ?? 0) + weight);
  for (const [word] of text
    .normalize('NFKC')
    .toLowerCase()
    .matchAll(/[\p{L}\p{N}]+/gu)) {
    count(word, 1);
    const framed = `<${word}>`;
    for (let i = 0; i + 3 <= framed.length; i++) count(framed.slice(i, i + 3), 0.3);
    if (/[^\0-\u02ff]/.test(word)) for (let i = 0; i + 2 <= word.length; i++) count(word.slice(i, i + 2), 1);
  }
  const vector = new Float32Array(dimensions);
  for (const [piece, times] of counts) {
    let state = hash(piece);
    for (let i = 0; i < spread; i++) {
      state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + i;
      vector[(state >>> 1) % dimensions]! += (state & 1 ? 1 : -1) * Math.log1p(times);
    }
  }
  return vector;
}

/** A pseudo-random vector; the same for the same seed. */
export function anyVector(seed: number): Float32Array {
  let state = seed + 1;
  return Float32Array.from({ length: dimensions }, () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    return (state >>> 0) / 2 ** 32 - 0.5;
  });
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value;
}

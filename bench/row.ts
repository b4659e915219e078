/** One line of the table that `npm run bench` prints: two things measured side by side in one run. */
export interface Row {
  what: string;
  /** With its unit. */
  measured: string;
  /** What it is compared with, measured in the same run; “–” for nothing. */
  against: string;
  /** The measured value divided by the other, or the difference. */
  ratio: string;
  /** The limit of `ratio`, in the same unit. */
  limit: string;
  /** Whether it is within its limit. */
  met: boolean;
}

/** A benchmark, `bench/NAME.bench.ts`. */
export interface Benchmark {
  rows(): Promise<Row[]>;
}

/** The median; of an even number of values, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) throw new Error('There is no median of nothing.');
  return sorted.length % 2 === 1 ? upper : (upper + sorted[middle - 1]!) / 2;
}

/** One line of the table `npm run bench` prints: two things measured side by side in one run. */
export interface Row {
  what: string;
  /** With its unit. */
  measured: string;
  /** What it is compared with, measured in the same run; «–» where there is nothing. */
  against: string;
  /** The measured over the other, or the difference. */
  ratio: string;
  /** What it may be at most, in the terms of `ratio`. */
  limit: string;
  /** Whether it is within its limit. */
  met: boolean;
}

/** A benchmark, `bench/NAME.bench.ts`. */
export interface Benchmark {
  rows(): Promise<Row[]>;
}

/** The middle one of an odd number of measurements, the mean of the middle two of an even number. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) throw new Error('There is no median of nothing.');
  return sorted.length % 2 === 1 ? upper : (upper + sorted[middle - 1]!) / 2;
}

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
  /** The processor time of this process for each, where it may tell another story than the time that passed. */
  cpu?: string;
  /** How many events each received, where the same content may come in fewer. */
  events?: string;
  /** Whether it is within its limit. */
  met: boolean;
}

/** Measures a row, or several that cannot be measured apart. */
export type Measurement = () => Promise<Row | Row[]>;

/** A benchmark, `bench/NAME.bench.ts`. Each measurement runs in a process of its own. */
export interface Benchmark {
  rows: Measurement | Record<string, Measurement>;
  /** Measured only if they are named: their data take minutes and gigabytes. */
  largeRows?: Record<string, Measurement>;
}

/** The median; of an even number of values, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) throw new Error('There is no median of nothing.');
  return sorted.length % 2 === 1 ? upper : (upper + sorted[middle - 1]!) / 2;
}

export interface Timed {
  ms: number;
  /** Processor time of all threads of this process. */
  cpuMs: number;
}

export async function timed(work: () => Promise<unknown>): Promise<Timed> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1000 };
}

/** Runs the named benchmarks, or all, and prints one table: `node out/bench/run.js [NAME…]`. */
import { globSync } from 'node:fs';
import path from 'node:path';
import type { Benchmark, Row } from './row';

const columns = ['what', 'measured', 'against', 'ratio', 'limit'] as const;

async function main(): Promise<void> {
  const chosen = process.argv.slice(2);
  const names = globSync('*.bench.js', { cwd: __dirname }).map((file) => path.basename(file, '.bench.js'));
  const unknown = chosen.filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new Error(`There is no benchmark “${unknown.join('”, “')}”; there are ${names.join(', ')}.`);
  const rows: Row[] = [];
  for (const name of (chosen.length > 0 ? chosen : names).sort()) {
    console.error(`Measuring ${name}…`);
    const benchmark = (await import(path.join(__dirname, `${name}.bench.js`))) as Benchmark;
    rows.push(...(await benchmark.rows()));
  }
  print(rows);
  if (rows.some((row) => !row.met)) process.exitCode = 1;
}

function print(rows: readonly Row[]): void {
  const header = Object.fromEntries(columns.map((column) => [column, column])) as Record<
    (typeof columns)[number],
    string
  >;
  const widths = columns.map((column) => Math.max(...[header, ...rows].map((row) => row[column].length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  console.log(line(columns));
  console.log(line(widths.map((width) => '-'.repeat(width))));
  for (const row of rows) console.log(line(columns.map((column) => row[column])) + (row.met ? '' : ' ✘'));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});

/**
 * Runs the named benchmarks, or all, each row in a process of its own, and prints one table:
 * `node out/bench/run.js [NAME | NAME/ROW …]`. Large rows are measured only if they are named themselves.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import path from 'node:path';
import type { Benchmark, Measurement, Row } from './row';

const columns = ['what', 'measured', 'against', 'ratio', 'limit', 'cpu', 'events'] as const;

/** Given to a process that measures, before the names of its benchmark and row. */
const measuring = '--measure';

async function main(): Promise<void> {
  const names = globSync('*.bench.js', { cwd: __dirname }).map((file) => path.basename(file, '.bench.js'));
  const all: string[] = [];
  const large = new Set<string>();
  for (const name of names.sort()) {
    const { rows, largeRows } = await measurementsOf(name);
    const idOf = (row: string) => (row ? `${name}/${row}` : name);
    for (const row of Object.keys(largeRows)) large.add(idOf(row));
    all.push(...[...Object.keys(rows), ...Object.keys(largeRows)].map(idOf));
  }
  const asked = process.argv.slice(2);
  const isAsked = (id: string, one: string) => id === one || (!large.has(id) && id.startsWith(`${one}/`));
  const unknown = asked.filter((one) => !all.some((id) => isAsked(id, one)));
  if (unknown.length > 0)
    throw new Error(`There is no benchmark “${unknown.join('”, “')}”; there are ${all.join(', ')}.`);
  const rows: Row[] = [];
  const isWanted = (id: string) =>
    asked.length > 0 ? asked.some((one) => isAsked(id, one)) : !large.has(id);
  for (const id of all.filter(isWanted)) {
    console.error(`Measuring ${id}…`);
    rows.push(...(await measure(id)));
  }
  print(rows);
  if (rows.some((row) => !row.met)) process.exitCode = 1;
}

/** Measures a row in a clean process: nothing that an earlier one loaded, compiled or left in memory counts. */
async function measure(id: string): Promise<Row[]> {
  const child = fork(__filename, [measuring, ...id.split('/')]);
  let rows: Row[] | undefined;
  child.on('message', (message) => (rows = message as Row[]));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (!rows) throw new Error(`The benchmark ${id} ended with code ${code}.`);
  return rows;
}

/** The measurements of a benchmark by the names of their rows; one without names is under ''. */
async function measurementsOf(
  name: string,
): Promise<Record<'rows' | 'largeRows', Record<string, Measurement>>> {
  const { rows, largeRows = {} } = (await import(path.join(__dirname, `${name}.bench.js`))) as Benchmark;
  return { rows: typeof rows === 'function' ? { '': rows } : rows, largeRows };
}

async function report([name = '', row = '']: string[]): Promise<void> {
  const { rows, largeRows } = await measurementsOf(name);
  const found = await { ...rows, ...largeRows }[row]!();
  process.send!([found].flat());
  process.disconnect();
}

function print(rows: readonly Row[]): void {
  const cell = (row: Row, column: (typeof columns)[number]) => row[column] ?? '–';
  const widths = columns.map((column) =>
    Math.max(column.length, ...rows.map((row) => cell(row, column).length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text, i) => text.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  console.log(line(columns));
  console.log(line(widths.map((width) => '-'.repeat(width))));
  for (const row of rows)
    console.log(line(columns.map((column) => cell(row, column))) + (row.met ? '' : ' ✘'));
}

const [first, ...rest] = process.argv.slice(2);
(first === measuring ? report(rest) : main()).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});

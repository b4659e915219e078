import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { win32 } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The resident memory of a process, in bytes; undefined if it cannot be read. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  try {
    return kilobytesIn(await memoryReport(pid)) * 1024 || undefined;
  } catch {
    return undefined;
  }
}

/** A text that ends with the memory in kilobytes. */
async function memoryReport(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    // In kilobytes whatever the size of a page is, which `statm` counts in.
    return /^VmRSS:(.*)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
  }
  if (process.platform === 'win32') {
    const { stdout } = await run(tasklist(), ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH'], {
      windowsHide: true,
    });
    return lastField(stdout);
  }
  return (await run('ps', ['-o', 'rss=', '-p', String(pid)])).stdout;
}

/** Its path: a bare name could be found in another folder first. */
function tasklist(): string {
  return win32.join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'tasklist.exe');
}

/**
 * The last field of a line of `tasklist`. Its unit and the separators of its number are those of the user's
 * language ("12,345 K", "12.345 Ko", "12 345 КБ"), but it always counts whole kilobytes.
 */
export function lastField(line: string): string {
  return /"([^"]*)"\s*$/.exec(line)?.[1] ?? '';
}

/** The number in a text, without the separators of its thousands; NaN if there is none. */
export function kilobytesIn(text: string): number {
  return Number.parseInt(text.replace(/\D/g, ''), 10);
}

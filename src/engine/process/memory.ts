import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const pageBytes = 4_096;

/** The resident memory of a process, in bytes; undefined if it cannot be read. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  try {
    if (process.platform === 'linux') {
      const pages = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1];
      return Number(pages) * pageBytes;
    }
    if (process.platform === 'win32') {
      const { stdout } = await run('tasklist', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH']);
      const kilobytes = /"([\d.,\s]+)\s?K"\s*$/.exec(stdout.trim())?.[1]?.replace(/\D/g, '');
      return kilobytes ? Number(kilobytes) * 1024 : undefined;
    }
    const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)]);
    return stdout.trim() === '' ? undefined : Number(stdout) * 1024;
  } catch {
    return undefined;
  }
}

/**
 * Runs in the extension host: activates the extension and measures what it does while nothing happens. The host itself wakes
 * up too often to tell a difference, so only the callbacks count of what the extension has begun.
 */
import { createHook } from 'node:async_hooks';
import { appendFileSync, globSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { extensions } from 'vscode';
import type { AssistantsStudio } from '../src/extension';
import { reportsVariable, type ReportLine } from './reports';

export interface Idle {
  /** How often the extension was called back by the system in a minute: timers, files, sockets, threads. */
  wakeUps: number;
  /** Bytes of the files in its data folder that changed in this minute: an upper limit of what was written. */
  written: number;
}

const minuteMs = 60_000;
/** Milliseconds until what follows the start is over. */
const settlingMs = 15_000;
/** Callbacks that follow one another this closely, in milliseconds, are one wake-up. */
const wakeMs = 2;

/** What runs in the same turn as its cause. */
const inTurn = new Set(['PROMISE', 'TickObject', 'Microtask', 'Immediate']);

export async function run(): Promise<void> {
  const file = process.env[reportsVariable];
  if (!file) throw new Error(`${reportsVariable} is not set.`);
  const report: ReportLine<Idle> = await measure(path.dirname(file)).catch((error: unknown) => ({
    error: String(error),
  }));
  appendFileSync(file, `${JSON.stringify(report)}\n`);
}

async function measure(folder: string): Promise<Idle> {
  await sleep(settlingMs);
  const extension = extensions.getExtension<AssistantsStudio>('assistants-studio.assistants-studio')!;
  const wakeUps = countWakeUps(extension.extensionPath);
  const { client } = await extension.activate();
  await client.beta.assistants.list();
  await sleep(settlingMs);
  const before = { wakeUps: wakeUps(), files: filesOf(folder) };
  await sleep(minuteMs);
  const found = { wakeUps: wakeUps() - before.wakeUps, written: 0 };
  for (const [file, { size, mtimeMs }] of filesOf(folder))
    if (before.files.get(file)?.mtimeMs !== mtimeMs) found.written += size;
  return found;
}

/** Counts the wake-ups by what code of this folder begins from now on. */
function countWakeUps(folder: string): () => number {
  const own = new Set<number>();
  let count = 0;
  let last = -Infinity;
  Error.stackTraceLimit = 100;
  createHook({
    init(id, type, trigger) {
      if (inTurn.has(type)) return;
      if (own.has(trigger) || new Error().stack?.includes(folder)) own.add(id);
    },
    before(id) {
      if (!own.has(id)) return;
      const now = performance.now();
      if (now - last > wakeMs) count++;
      last = now;
    },
  }).enable();
  return () => count;
}

function filesOf(folder: string): Map<string, { size: number; mtimeMs: number }> {
  const names = globSync('**/globalStorage/assistants-studio.*/**/*', { cwd: folder });
  return new Map(names.map((name) => [name, statSync(path.join(folder, name))]));
}

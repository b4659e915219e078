/** Runs in the extension host: measures what it does while nothing happens, before and after the extension was activated. */
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { extensions } from 'vscode';
import type { AssistantsStudio } from '../src/extension';
import { type ReportLine, reportsVariable } from './reports';

/** A minute of a process. */
export interface Minute {
  /** How often a thread of it waited for something, and was woken. */
  wakeUps: number;
  /** Bytes that it wrote to the disk. */
  written: number;
}

export interface Idle {
  without: Minute;
  with: Minute;
}

const minuteMs = 60_000;
/** Milliseconds until what follows the start is over. */
const settlingMs = 15_000;

export async function run(): Promise<void> {
  const file = process.env[reportsVariable];
  if (!file) throw new Error(`${reportsVariable} is not set.`);
  const report: ReportLine<Idle> = await measure().catch((error: unknown) => ({ error: String(error) }));
  appendFileSync(file, `${JSON.stringify(report)}\n`);
}

async function measure(): Promise<Idle> {
  await sleep(settlingMs);
  const without = await minute();
  const own = extensions.getExtension<AssistantsStudio>('assistants-studio.assistants-studio')!;
  const { client } = await own.activate();
  await client.beta.assistants.list();
  await sleep(settlingMs);
  return { without, with: await minute() };
}

async function minute(): Promise<Minute> {
  const before = counters();
  await sleep(minuteMs);
  const after = counters();
  return { wakeUps: after.wakeUps - before.wakeUps, written: after.written - before.written };
}

function counters(): Minute {
  // Of the main thread, which is the one that other extensions wait for.
  const status = readFileSync(`/proc/self/task/${process.pid}/status`, 'utf8');
  const io = readFileSync('/proc/self/io', 'utf8');
  const number = (text: string, name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]);
  return {
    wakeUps: number(status, 'voluntary_ctxt_switches'),
    written: number(io, 'write_bytes'),
  };
}

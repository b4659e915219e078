/** Runs in the extension host: activates the extension and an empty one, and reports the time each took. */
import { appendFileSync, readFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { extensions } from 'vscode';
import type { AssistantsStudio } from '../src/extension';
import { writeDelay } from '../src/start/codeCache';
import { type ReportLine, reportsVariable } from './reports';
import { timed, type Timed } from './row';

const ownId = 'assistants-studio.assistants-studio';

export interface Activation {
  own: Timed;
  empty: Timed;
  /** Milliseconds that the extension works on the host's thread in the seconds after the activation. */
  deferred: number;
  /** From a first request, after these seconds, to its answer. */
  firstAnswer: Timed;
}

/** Waits for VS Code to activate its own extensions, which would distort the measurement. */
const startupMs = 3_000;

/** The time in which the work that an activation defers is counted, in milliseconds. */
const deferredMs = 3_000;

const samplingMicroseconds = 200;

/** In the first round, waits until the extension has written its compiled code, which the later ones load. */
const codeWrittenMs = writeDelay + 3_000;

export async function run(): Promise<void> {
  const file = process.env[reportsVariable];
  if (!file) throw new Error(`${reportsVariable} is not set.`);
  const round = readFileSync(file, 'utf8').split('\n').length;
  const report: ReportLine<Activation> = await measure(round % 2 === 0).catch((error: unknown) => ({
    error: String(error),
  }));
  if (round === 1) await sleep(codeWrittenMs);
  appendFileSync(file, `${JSON.stringify(report)}\n`);
}

/** The first activation also pays for shared work, so the order alternates. */
async function measure(ownFirst: boolean): Promise<Activation> {
  await sleep(startupMs);
  const early = ownFirst ? await timeOwn() : undefined;
  const empty = await timeActivation('bench.empty');
  return { ...(early ?? (await timeOwn())), empty };
}

async function timeOwn(): Promise<Omit<Activation, 'empty'>> {
  const own = await timeActivation(ownId);
  const { exports, extensionPath } = extensions.getExtension<AssistantsStudio>(ownId)!;
  const deferred = await workOf(extensionPath, deferredMs);
  const firstAnswer = await timed(() => exports.client.beta.assistants.list({ limit: 20 }));
  return { own, deferred, firstAnswer };
}

/** The time that the code of a folder, and what it calls, takes on this thread. The host does much else meanwhile. */
async function workOf(folder: string, time: number): Promise<number> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: samplingMicroseconds });
  await session.post('Profiler.start');
  await sleep(time);
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return timeIn(profile, folder);
}

function timeIn({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile, folder: string): number {
  const counted = new Set<number>();
  // A node precedes its children.
  for (const { id, callFrame, children = [] } of nodes) {
    if (callFrame.url.includes(folder)) counted.add(id);
    if (counted.has(id)) children.forEach((child) => counted.add(child));
  }
  const microseconds = samples.map((id, index) => (counted.has(id) ? (timeDeltas[index] ?? 0) : 0));
  return microseconds.reduce((sum, one) => sum + one, 0) / 1000;
}

async function timeActivation(id: string): Promise<Timed> {
  const extension = extensions.getExtension(id);
  if (!extension) throw new Error(`The extension ${id} is not installed.`);
  if (extension.isActive) throw new Error(`The extension ${id} is already active.`);
  return timed(async () => {
    await extension.activate();
  });
}

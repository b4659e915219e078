/** Runs in the extension host: activates the extension and an empty one, and reports the time each took. */
import { appendFileSync, readFileSync } from 'node:fs';
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
  /** From the end of the activation to the first answer of the engine. */
  firstAnswer: Timed;
}

/** Waits for VS Code to activate its own extensions, which would distort the measurement. */
const startupMs = 3_000;

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
  const { client } = extensions.getExtension<AssistantsStudio>(ownId)!.exports;
  return { own, firstAnswer: await timed(() => client.beta.assistants.list({ limit: 20 })) };
}

async function timeActivation(id: string): Promise<Timed> {
  const extension = extensions.getExtension(id);
  if (!extension) throw new Error(`The extension ${id} is not installed.`);
  if (extension.isActive) throw new Error(`The extension ${id} is already active.`);
  return timed(async () => {
    await extension.activate();
  });
}

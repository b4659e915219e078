/** Runs in the extension host: activates the extension and an empty one, and reports the time each took. */
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { extensions } from 'vscode';

const ownId = 'assistants-studio.assistants-studio';

/** Milliseconds. */
export interface Activation {
  own: number;
  empty: number;
}

/** One line of the results file. */
export type Report = Activation | { error: string };

/** Waits for VS Code to activate its own extensions, which would distort the measurement. */
const startupMs = 3_000;

export async function run(): Promise<void> {
  const file = process.env['ASSISTANTS_STUDIO_ACTIVATIONS'];
  if (!file) throw new Error('ASSISTANTS_STUDIO_ACTIVATIONS is not set.');
  const round = readFileSync(file, 'utf8').split('\n').length;
  const report: Report = await measure(round % 2 === 0).catch((error: unknown) => ({ error: String(error) }));
  appendFileSync(file, `${JSON.stringify(report)}\n`);
}

/** The first activation also pays for shared work, so the order alternates. */
async function measure(ownFirst: boolean): Promise<Activation> {
  await sleep(startupMs);
  const early = ownFirst ? await timeActivation(ownId) : undefined;
  const empty = await timeActivation('bench.empty');
  return { own: early ?? (await timeActivation(ownId)), empty };
}

async function timeActivation(id: string): Promise<number> {
  const extension = extensions.getExtension(id);
  if (!extension) throw new Error(`The extension ${id} is not installed.`);
  if (extension.isActive) throw new Error(`The extension ${id} is already active.`);
  const start = performance.now();
  await extension.activate();
  return performance.now() - start;
}

/**
 * Replaces the data of a folder by other data, in steps that a crash may interrupt: a journal says which of them
 * are left, and the next engine that opens the folder takes them.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { replaceFileSync } from '../../replaceFile';
import { databaseName, restoreJournalName } from '../database';
import { filesFolder } from '../fileContents';

/** Folders in the data folder: the data that is to be restored, and the present data until that has succeeded. */
export const restoringFolder = 'restoring';
export const asideFolder = 'before-restore';

/** What belongs to the data. The log first: a database without it is older, one with another's log is damaged. */
export const dataNames = [
  `${databaseName}-shm`,
  `${databaseName}-wal`,
  databaseName,
  filesFolder,
  'sandboxes',
];

const journal = z.object({ step: z.enum(['putAside', 'install', 'installed', 'done']) });
type Step = z.output<typeof journal>['step'];

/**
 * Replaces the data by what is in its folder `restoring`; no process may have it open. The present data stays in the
 * folder `before-restore` until `endRestore`.
 */
export function replaceData(dataDir: string): void {
  remove(join(dataDir, asideFolder));
  mkdirSync(join(dataDir, asideFolder));
  writeJournal(dataDir, 'putAside');
  finishRestore(dataDir);
}

/** Takes the steps that a crash has left of a restore. Does nothing if there was none. */
export function finishRestore(dataDir: string): void {
  let step = readJournal(dataDir);
  if (step === 'putAside') {
    for (const name of dataNames) move(join(dataDir, name), join(dataDir, asideFolder, name));
    writeJournal(dataDir, (step = 'install'));
  }
  if (step === 'install') {
    // The database last: without it, the folder would be taken for an empty one.
    const names = [...dataNames].sort((one) => (one === databaseName ? 1 : -1));
    for (const name of names) move(join(dataDir, restoringFolder, name), join(dataDir, name));
    writeJournal(dataDir, 'installed');
  }
}

/** Deletes the data that was put aside, if there was a restore: the restored data can be used. */
export async function endRestore(dataDir: string): Promise<void> {
  if (readJournal(dataDir) === undefined) return;
  writeJournal(dataDir, 'done');
  await cleanUp(dataDir);
}

/**
 * Puts the data back that was put aside, because the restored data cannot be used. Returns whether there was a restore
 * that had not ended.
 */
export function undoRestore(dataDir: string): boolean {
  const step = readJournal(dataDir);
  if (step === undefined || step === 'done') return false;
  const aside = join(dataDir, asideFolder);
  if (existsSync(aside)) {
    if (step !== 'putAside') for (const name of dataNames) remove(join(dataDir, name));
    for (const name of dataNames) move(join(aside, name), join(dataDir, name));
  }
  writeJournal(dataDir, 'done');
  return true;
}

/** Deletes what a restore has left, also one that was never begun. */
export async function cleanUp(dataDir: string): Promise<void> {
  for (const name of [asideFolder, restoringFolder, restoreJournalName])
    await rm(join(dataDir, name), { recursive: true, force: true });
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** Moves a file or folder, if it is there and its place is free. */
function move(from: string, to: string): void {
  if (!existsSync(from) || existsSync(to)) return;
  try {
    renameSync(from, to);
  } catch (error) {
    // Another process has taken this step.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function readJournal(dataDir: string): Step | undefined {
  const file = join(dataDir, restoreJournalName);
  if (!existsSync(file)) return undefined;
  try {
    return journal.parse(JSON.parse(readFileSync(file, 'utf8'))).step;
  } catch {
    return undefined;
  }
}

function writeJournal(dataDir: string, step: Step): void {
  const file = join(dataDir, restoreJournalName);
  const next = `${file}.next`;
  writeFileSync(next, JSON.stringify({ step }), { flush: true });
  replaceFileSync(next, file);
}

import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { replaceFileSync } from '../../replaceFile';
import type { StoredFile } from './folderMerge';

const manifestSchema = z.object({
  /** Whether code has run in this thread before. */
  hasRun: z.boolean(),
  files: z.array(
    z.object({ name: z.string(), content: z.string(), bytes: z.int(), hash: z.string().optional() }),
  ),
  /** The files of the host that were copied: where from, to which name, and which state of them. */
  inputs: z.array(z.object({ source: z.string(), name: z.string(), stamp: z.string().optional() })),
  /** Contents that the last change has replaced. They are deleted by the next one: another process may be reading them. */
  replaced: z.array(z.string()),
});

/** The record of a thread's files. */
export interface Manifest {
  hasRun: boolean;
  files: StoredFile[];
  inputs: { source: string; name: string; stamp?: string | undefined }[];
  replaced: string[];
}

/** Runs `work`, which is synchronous, while no other process of the data folder runs any. */
export type Exclusively = <R>(work: () => R) => R;

/** Undefined if there is none. */
export function readManifest(folder: string): Manifest | undefined {
  let text: string;
  try {
    text = readFileSync(pathIn(folder), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return manifestSchema.parse(JSON.parse(text));
}

/** Replaces the manifest as a whole: a process that dies leaves the old or the new one. */
export function writeManifest(folder: string, manifest: Manifest): void {
  const next = `${pathIn(folder)}.${randomUUID()}`;
  try {
    writeFileSync(next, JSON.stringify(manifest));
    replaceFileSync(next, pathIn(folder));
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

function pathIn(folder: string): string {
  return join(folder, 'manifest.json');
}

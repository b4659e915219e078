import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../test/host/paths';

const cache = join(tmpdir(), 'assistants-studio-bench-data');

/**
 * A copy of a data folder that takes long to make: it is made once for each build of the index, by `script` in a process of
 * its own, which gets the folder and `name` as its arguments and whose memory does not count.
 */
export async function copyOfData(name: string, script: string): Promise<string> {
  const build = createHash('sha256').update(readFileSync(join(root, 'dist', 'searchWorker.js')));
  const made = join(cache, `${name}-${build.digest('hex').slice(0, 16)}`);
  if (!existsSync(made)) {
    for (const old of globSync(`${name}-*`, { cwd: cache })) rmSync(join(cache, old), { recursive: true });
    mkdirSync(cache, { recursive: true });
    const partial = mkdtempSync(`${made}.partial-`);
    console.error(`Making the data of ${name}…`);
    const [code] = (await once(fork(script, [partial, name]), 'exit')) as [number | null];
    if (code !== 0) throw new Error(`The data of ${name} could not be made.`);
    renameSync(partial, made);
  }
  const copy = mkdtempSync(join(tmpdir(), `${name}-bench-`));
  cpSync(made, copy, { recursive: true });
  return copy;
}

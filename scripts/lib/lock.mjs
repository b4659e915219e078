import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './process.mjs';

/** A lock's owner touches it all the time; one left untouched for so long has none. */
const staleMs = 30_000;

/**
 * Does `work` while no other process does work under the same lock file. A lock left by a process
 * that has died counts for nothing.
 */
export async function withLock(file, work) {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!take(file)) {
    const owner = readOwner(file);
    if (isStale(file, owner)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!told) say(`Waiting for another process (${owner ?? 'starting'}) that installs the same…`);
    told = true;
    await sleep(300);
  }
  const touch = setInterval(() => utimesSync(file, new Date(), new Date()), staleMs / 10);
  const release = () => {
    clearInterval(touch);
    rmSync(file, { force: true });
  };
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

function take(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** None while the file is being written, or when it has just gone. */
function readOwner(file) {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/** Its owner has died, or another process has come to have the owner's number. */
function isStale(file, owner) {
  if (owner !== undefined && !isAlive(owner)) return true;
  const touched = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  return Date.now() - touched > staleMs;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './process.mjs';

/** The owner keeps touching its lock; after this long without a touch, the owner has died. */
const staleMs = 30_000;

/**
 * Runs `work` while no other process holds the same lock file. A lock whose owner has died is ignored.
 */
export async function withLock(file, work) {
  mkdirSync(dirname(file), { recursive: true });
  let isReported = false;
  while (!take(file)) {
    const owner = readOwner(file);
    if (isStale(file, owner)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!isReported) say(`Waiting for another process (${owner ?? 'starting'}) that is installing the same…`);
    isReported = true;
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

/** The owner's process id; undefined while the file is being written, or if it was just deleted. */
function readOwner(file) {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/** Whether the owner has died; another process may have got its process id, so the time counts, too. */
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

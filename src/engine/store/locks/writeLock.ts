import { setTimeout as delay } from 'node:timers/promises';
import type { DatabaseSync } from 'node:sqlite';
import { busyTimeout } from '../database';
import { busyError, storeErrorOf } from '../storeErrors';
import type { WriteTurns } from '../writeTurns';
import { lockPause } from './lockPause';

/**
 * Milliseconds between attempts to lock the database while another program has it locked: first about as long as
 * a short transaction takes, then up to the longest.
 */
const minLockInterval = 1;
const maxLockInterval = 20;

/** Milliseconds from which on a lock is not that of a transaction. */
const longLock = 1000;

/** SQLite's lock for writing, for which the engines of a data folder and other programs compete. */
export class WriteLock {
  /** Whether the last write failed because another program had the database locked. */
  #isLocked = false;
  /** The time of the first of several attempts in vain to lock the database, and its version then. */
  #lockedSince: number | undefined;
  #lockedVersion: unknown;
  #waiting: Promise<boolean> | undefined;
  readonly #pause = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

  constructor(
    private readonly db: DatabaseSync,
    private readonly file: string,
    private readonly turns: WriteTurns,
  ) {}

  /**
   * Begins a write transaction. Blocks the process until the other writers have had their turns; throws at once
   * while the database stays locked. Call it within the host's turn.
   */
  begin(): void {
    try {
      this.#withoutTimeout(() => this.#begin());
    } catch (error) {
      // After a wait, unless it was known before.
      if (this.#isBusy(error)) this.setLocked(true);
      throw error;
    }
    this.#lockedSince = undefined;
    if (this.#isLocked) this.setLocked(false);
  }

  /** Begins a write transaction unless another connection is writing. Returns whether it did. Call it within the host's turn. */
  tryBegin(): boolean {
    try {
      this.#withoutTimeout(() => this.db.exec('BEGIN IMMEDIATE'));
      return true;
    } catch (error) {
      if (this.#isBusy(error)) return false;
      throw error;
    }
  }

  #begin(): void {
    for (const start = performance.now(); ;) {
      try {
        return this.db.exec('BEGIN IMMEDIATE');
      } catch (error) {
        const waited = performance.now() - start;
        if (this.#isLocked || waited > busyTimeout || !this.#isBusy(error)) throw error;
        Atomics.wait(this.#pause, 0, 0, lockPause(waited));
      }
    }
  }

  /** Calls `begin`, in which SQLite itself does not wait. */
  #withoutTimeout(begin: () => void): void {
    this.db.exec('PRAGMA busy_timeout = 0');
    try {
      begin();
    } finally {
      this.db.exec(`PRAGMA busy_timeout = ${this.#isLocked ? 0 : busyTimeout}`);
    }
  }

  /**
   * Waits, without blocking the process, until no other program has the database locked for long. Throws StoreError
   * if that takes longer than a write would wait.
   */
  async wait(): Promise<void> {
    if (this.isFree()) return;
    this.#waiting ??= this.#retry().finally(() => (this.#waiting = undefined));
    if (!(await this.#waiting)) throw busyError(this.file);
  }

  async #retry(): Promise<boolean> {
    const version = this.#lockedVersion;
    const end = performance.now() + busyTimeout;
    // The timer keeps the process alive: a request may be all that it waits for.
    for (let interval = minLockInterval; performance.now() < end; interval *= 2) {
      await delay(Math.min(interval, maxLockInterval));
      if (!this.db.isOpen || this.isFree()) return true;
      // Others write one after the other: the write itself waits for its turn.
      if (this.#lockedVersion !== version) return true;
    }
    return false;
  }

  /** A commit of another connection since the last attempt means that the lock is another one. */
  #foundLocked(): void {
    const version = this.db.prepare('PRAGMA data_version').get()?.['data_version'];
    if (version !== this.#lockedVersion) this.#lockedSince = undefined;
    this.#lockedSince ??= performance.now();
    this.#lockedVersion = version;
  }

  /** Whether no other program has the database locked. Errors of other kinds are left to the write. */
  isFree(): boolean {
    this.db.exec('PRAGMA busy_timeout = 0');
    this.turns.hostEnters();
    let isBusy = false;
    try {
      this.db.exec('BEGIN IMMEDIATE; ROLLBACK');
    } catch (error) {
      isBusy = this.#isBusy(error);
    } finally {
      this.turns.hostLeaves();
    }
    if (isBusy) this.#foundLocked();
    else this.#lockedSince = undefined;
    this.setLocked(performance.now() - (this.#lockedSince ?? Infinity) >= longLock);
    return !isBusy;
  }

  /**
   * While the database stays locked, no write waits: each would block the process, one after the other. Another
   * process that writes locks it for a moment only: such a lock must not fail the writes of requests that have begun.
   */
  setLocked(isLocked: boolean): void {
    this.#isLocked = isLocked;
    this.db.exec(`PRAGMA busy_timeout = ${isLocked ? 0 : busyTimeout}`);
  }

  #isBusy(error: unknown): boolean {
    return storeErrorOf(error, this.file)?.kind === 'busy';
  }
}

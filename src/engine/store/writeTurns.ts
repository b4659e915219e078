/** Places in the shared array. */
const workerWrites = 0;
const hostWaits = 1;
const sealed = 2;
const places = 3;

/** Maximum milliseconds of one wait: the other thread may have died in its transaction. */
const maxWaitMs = 50;

/**
 * Lets the host's thread and a worker, each with a connection of its own, write in turns, the host first. SQLite's
 * lock alone would let them wait for one another by sleeping, for longer than a transaction takes. Only a
 * courtesy: the lock is still SQLite's.
 */
export class WriteTurns {
  readonly #states: Int32Array;

  constructor(readonly buffer = new SharedArrayBuffer(places * Int32Array.BYTES_PER_ELEMENT)) {
    this.#states = new Int32Array(buffer);
  }

  /** Waits for the worker's transaction to end, and keeps it from starting another one. */
  hostEnters(): void {
    Atomics.store(this.#states, hostWaits, 1);
    if (Atomics.load(this.#states, workerWrites) === 1)
      Atomics.wait(this.#states, workerWrites, 1, maxWaitMs);
  }

  hostLeaves(): void {
    this.#leave(hostWaits);
  }

  /** Waits until the host neither writes nor wants to. */
  workerEnters(): void {
    for (;;) {
      while (Atomics.load(this.#states, hostWaits) === 1) Atomics.wait(this.#states, hostWaits, 1, maxWaitMs);
      Atomics.store(this.#states, workerWrites, 1);
      // The host may have entered between the two.
      if (Atomics.load(this.#states, hostWaits) === 0) return;
      this.workerLeaves();
    }
  }

  /** Also for a worker that has died. */
  workerLeaves(): void {
    this.#leave(workerWrites);
  }

  /** Keeps the worker from writing any more. */
  seal(): void {
    Atomics.store(this.#states, sealed, 1);
  }

  get isSealed(): boolean {
    return Atomics.load(this.#states, sealed) === 1;
  }

  #leave(place: number): void {
    Atomics.store(this.#states, place, 0);
    Atomics.notify(this.#states, place);
  }
}

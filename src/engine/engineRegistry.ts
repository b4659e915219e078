import { hostname } from 'node:os';
import { newId } from './ids';
import { isAlive } from './process/isAlive';
import { processSpace } from './process/processSpace';
import type { EngineRow } from './store/tables/engineTable';
import type { Store } from './store/store';

/** Interval of the heartbeat and of the callbacks for maintenance while there is work, in milliseconds. */
const tickInterval = 1000;

/**
 * How many intervals an idle engine waits. It writes no heartbeat then: it owns nothing. Fewer than
 * `deadAfterTicks`, so that it shows itself to engines that have begun to work before these count it as dead.
 */
const idleIntervals = 12;

/**
 * After how many of our own ticks without a heartbeat another engine counts as dead. Ticks, not seconds:
 * after the computer has slept, no engine has had a heartbeat for hours, but all are alive.
 */
const deadAfterTicks = 15;

/**
 * The same for an engine of version 0.1 whose process seems to be gone: its row names only the host, so that
 * the process may be alive in another container.
 */
const goneAfterTicks = 3;

/** Maintains shared data at each tick; `alive` are the ids of the engines that are alive. */
export type TickListener = (alive: ReadonlySet<string>) => void;

/** Registers this engine among those that share its data folder, by a heartbeat, and detects dead ones. */
export class EngineRegistry {
  /** Identifies this engine as the owner of the runs and files that it works on. */
  readonly id = newId('engine');
  readonly #row = { id: this.id, host: processSpace, pid: process.pid };
  readonly #silent = new Map<string, { beats: number; ticks: number }>();
  readonly #listeners: TickListener[] = [];
  readonly #interval: number;
  #timer: NodeJS.Timeout | undefined;
  /** Whether an engine of the data folder had something to do at the last tick. */
  #isBusy = true;
  /** When the last tick was, in milliseconds of `performance.now()`. */
  #tickedAt = -Infinity;
  #stopped = false;
  /** Whether a tick waits for the database's lock. */
  #isWaiting = false;
  constructor(
    private readonly store: Store,
    private readonly log: (message: string) => void,
    interval = tickInterval,
  ) {
    // A full disk must not keep the data from being read.
    this.#attempt(() => {
      if (store.canLock()) this.beat();
    });
    this.#interval = interval;
    setImmediate(() => this.#tick());
  }

  /** Calls `listener` at every tick. The first tick follows the start at once. */
  onTick(listener: TickListener): void {
    this.#listeners.push(listener);
  }

  /** Ends the pause of an idle engine: there may be work. */
  wake(): void {
    if (this.#isBusy || this.#stopped) return;
    this.#isBusy = true;
    this.#schedule(Math.max(0, this.#tickedAt + this.#interval - performance.now()));
  }

  /** Records a heartbeat. An engine that the others had counted as dead is alive again. */
  beat(): void {
    this.store.engines.heartbeat(this.#row);
    this.wake();
  }

  /** Stops the ticks. The engine still counts as alive, so that it can end its work. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Unregisters the engine, which has ended its work. */
  leave(): void {
    this.stop();
    this.#attempt(() => this.store.engines.remove(this.id));
  }

  #schedule(delay: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tick(), delay).unref();
  }

  #tick(): void {
    if (this.#stopped) return;
    this.#tickedAt = performance.now();
    // A tick that fails is repeated soon.
    this.#isBusy = !this.store.isSealed;
    if (this.#isBusy && !this.store.canLock()) this.#tickLater();
    else if (this.#isBusy) this.#attempt(() => this.#maintain());
    this.#schedule(this.#isBusy ? this.#interval : this.#interval * idleIntervals);
  }

  #maintain(): void {
    const { store } = this;
    store.rejectNewer();
    store.rejectLost();
    const hadWork = store.hasWork();
    if (hadWork || !store.engines.has(this.id)) this.beat();
    // Without work there are no heartbeats to miss.
    if (!hadWork) this.#silent.clear();
    const alive = this.#aliveEngines(hadWork);
    for (const listener of this.#listeners) this.#attempt(() => listener(alive));
    this.#isBusy = hadWork || store.hasWork();
  }

  /** Ticks once no other program has the database locked. */
  #tickLater(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.store
      .waitForLock()
      .finally(() => (this.#isWaiting = false))
      .then(
        () => this.#tick(),
        (error: unknown) => this.#logFailure(error),
      );
  }

  /** Runs `work`, which the next tick, or another engine, repeats if it fails. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#logFailure(error);
    }
  }

  #logFailure(error: unknown): void {
    const reason = this.store.storeErrorOf(error)?.message ?? String(error);
    this.log(`The maintenance of shared data failed: ${reason}`);
  }

  /** The engines that are alive. Removes dead ones: their process is gone, or has had no heartbeat for too long. */
  #aliveEngines(hasWork: boolean): Set<string> {
    const alive = new Set([this.id]);
    for (const row of this.store.engines.all()) {
      if (row.id === this.id || !this.#isDead(row, hasWork)) alive.add(row.id);
      else this.store.engines.remove(row.id);
    }
    return alive;
  }

  #isDead(row: EngineRow, hasWork: boolean): boolean {
    if (row.host === processSpace && !isAlive(row.pid)) return true;
    if (!hasWork) return false;
    const before = this.#silent.get(row.id);
    const ticks = before?.beats === row.beats ? before.ticks + 1 : 0;
    this.#silent.set(row.id, { beats: row.beats, ticks });
    return ticks >= (row.host === hostname() && !isAlive(row.pid) ? goneAfterTicks : deadAfterTicks);
  }
}

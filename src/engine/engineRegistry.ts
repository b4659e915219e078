import { hostname } from 'node:os';
import { newId } from './ids';
import type { EngineRow } from './store/engineTable';
import type { Store } from './store/store';

/** How often an engine shows that it lives, and looks after what others left, in milliseconds. */
const tickInterval = 1000;

/**
 * How many of our own ticks another engine may show no life before it counts as dead. Ticks, not
 * seconds: after a night asleep nobody has shown life for hours, and all are alive.
 */
const deadAfterTicks = 15;

/** Looks after the work of engines that are gone; `alive` are the ids of those that are not. */
export type Caretaker = (alive: ReadonlySet<string>) => void;

/** This engine among those that share its data folder: shows that it lives, and knows who else does. */
export class EngineRegistry {
  /** The name under which this engine owns what it works on. */
  readonly id = newId('engine');
  readonly #row = { id: this.id, host: hostname(), pid: process.pid };
  readonly #silent = new Map<string, { beats: number; ticks: number }>();
  readonly #caretakers: Caretaker[] = [];
  readonly #timer: NodeJS.Timeout;
  #stopped = false;

  constructor(
    private readonly store: Store,
    private readonly log: (message: string) => void,
    interval = tickInterval,
  ) {
    // On a disk that is full there is nothing to work on, and yet all to read.
    this.#attempt(() => this.beat());
    this.#timer = setInterval(() => this.#tick(), interval).unref();
    setImmediate(() => this.#tick());
  }

  /** Has `care` called at every tick, the first of which comes after the start. */
  onTick(care: Caretaker): void {
    this.#caretakers.push(care);
  }

  /** Shows that this engine lives; one that was given up for dead is counted again. */
  beat(): void {
    this.store.engines.heartbeat(this.#row);
  }

  /** No tick comes any more. The engine still counts as alive, so that it can end what it does. */
  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  /** The engine has ended what it did. */
  leave(): void {
    this.stop();
    this.#attempt(() => this.store.engines.remove(this.id));
  }

  #tick(): void {
    if (this.#stopped || this.store.isSealed) return;
    this.#attempt(() => {
      this.store.rejectNewer();
      this.beat();
      const alive = this.#aliveEngines();
      for (const care of this.#caretakers) this.#attempt(() => care(alive));
    });
  }

  /** Does what the next tick, or the next engine, makes up for. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      const fault = this.store.storeErrorOf(error);
      this.log(`Looking after what other windows left failed: ${fault?.message ?? String(error)}`);
    }
  }

  /** The engines at work. Those that are gone are forgotten: their process is, or they showed no life for a while. */
  #aliveEngines(): Set<string> {
    const alive = new Set([this.id]);
    for (const row of this.store.engines.all()) {
      if (row.id === this.id || !this.#isDead(row)) alive.add(row.id);
      else this.store.engines.remove(row.id);
    }
    return alive;
  }

  #isDead(row: EngineRow): boolean {
    if (row.host === hostname() && !isAlive(row.pid)) return true;
    const before = this.#silent.get(row.id);
    const ticks = before?.beats === row.beats ? before.ticks + 1 : 0;
    this.#silent.set(row.id, { beats: row.beats, ticks });
    return ticks >= deadAfterTicks;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

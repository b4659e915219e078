import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { unixTime } from '../ids';
import type { EngineRegistry } from '../engineRegistry';
import type { Store } from '../store/store';
import { TimeSlices } from '../timeSlices';
import { RunEvents, runEvent, stepEvent } from './events';
import { executeRun } from './execution';
import type { ExecutionContext, RunControl, StopReason } from './executionContext';
import { RunStore } from './runStore';
import { orphanMessage } from './orphan';
import { ThreadHistories } from './prompt/threadHistory';
import type { SubmittedRun } from './toolOutputs';

/** A run that this process executes. */
interface Executing {
  stop: AbortController;
  done: Promise<void>;
  /** Stores what its model has written so far. */
  checkpoint: () => void;
}

/**
 * Executes the runs of this process, and maintains those of others: resumes the runs of engines that
 * were closed, ends those of engines that died, and expires those that have taken too long.
 */
export class RunManager {
  readonly events = new RunEvents();
  readonly #id: string;
  readonly #registry: EngineRegistry;
  readonly #runStore: RunStore;
  readonly #context: ExecutionContext;
  readonly #executing = new Map<string, Executing>();
  /** The maintenance under way: the next tick waits for its end. */
  #maintaining: Promise<void> | undefined;
  #closed = false;
  private readonly log: (message: string) => void;

  constructor(
    private readonly store: Store,
    registry: EngineRegistry,
    parts: Omit<ExecutionContext, 'store' | 'events' | 'runStore' | 'histories'>,
  ) {
    this.log = parts.log;
    this.#id = registry.id;
    this.#registry = registry;
    this.#runStore = new RunStore(store, this.events, this.#id);
    const histories = new ThreadHistories(store, parts.tools);
    this.#context = { store, events: this.events, runStore: this.#runStore, histories, ...parts };
    registry.onTick((alive) => this.#tick(alive));
  }

  /** Returns this engine's id as the owner of a run; call it in the transaction that sets the owner. */
  claim(): string {
    // Other engines may have counted this one as dead and ended its runs.
    this.#registry.beat();
    return this.#id;
  }

  /** Whether this process executes a run now, so that its events can be read here. */
  isExecuting(runId: string): boolean {
    return this.#executing.has(runId);
  }

  /** Starts a run that this engine owns and that is `queued` in the store. */
  start(run: Run): void {
    if (this.#closed) return;
    this.events.emit(run.id, runEvent(run));
    const stop = new AbortController();
    const control: RunControl = { signal: stop.signal, checkpoint: () => undefined };
    // In the next turn of the event loop, after the response that says `queued`.
    const done = new Promise((resolve) => setImmediate(resolve))
      .then(() => executeRun(this.#context, run.id, control))
      .catch((error: unknown) => {
        this.log(`Run ${run.id}: ${String(error)}`);
        // Otherwise one of the next ticks writes and reports its end.
        if (this.store.isSealed) this.events.end(run.id);
      })
      .finally(() => this.#executing.delete(run.id));
    this.#executing.set(run.id, { stop, done, checkpoint: () => control.checkpoint() });
  }

  /** Resumes a run whose function outputs were submitted: it is `queued` and this engine's in the store. */
  resume({ run, step }: SubmittedRun): void {
    this.events.emit(run.id, stepEvent(step));
    this.start(run);
  }

  /** Stores what the model of a run that executes here has written so far. */
  checkpoint(runId: string): void {
    this.#executing.get(runId)?.checkpoint();
  }

  /** Requests the end of a run; the engine that executes it writes the end. Returns the run as it is then. */
  cancel(run: Run): Run {
    const cancelling = this.store.transaction(() => {
      const current = this.store.runs.get(run.id) ?? run;
      if (
        current.status !== 'queued' &&
        current.status !== 'in_progress' &&
        current.status !== 'requires_action'
      )
        return current;
      return this.store.runs.update({ ...current, status: 'cancelling', required_action: null });
    });
    if (cancelling.status !== 'cancelling') return cancelling;
    this.events.emit(run.id, runEvent(cancelling));
    if (this.store.runs.ownerOf(run.id) === null)
      setImmediate(() => this.#attempt(() => this.#end(run.id, 'cancelled')));
    else this.#stop(run.id, 'cancelled');
    return cancelling;
  }

  /** Stops a run whose thread was deleted, and closes its readers. */
  drop(runId: string): void {
    this.#stop(runId, 'cancelled');
    this.events.end(runId);
  }

  /** Stops executing. Runs under way are left as `queued` for the next engine. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#maintaining;
    const executing = [...this.#executing];
    for (const [, { stop }] of executing) stop.abort('closed' satisfies StopReason);
    await Promise.all(executing.map(([, { done }]) => done));
    // If a release fails, the next engine ends the run, since the process that owns it is gone.
    for (const [runId] of executing) this.#attempt(() => this.#release(runId));
  }

  #release(runId: string): void {
    this.store.transaction(() => {
      const run = this.store.runs.get(runId);
      if (!run || this.store.runs.ownerOf(runId) !== this.#id) return;
      if (run.status === 'in_progress') this.store.runs.update({ ...run, status: 'queued' });
      this.store.runs.setOwner(runId, null);
    });
    this.events.end(runId);
  }

  #stop(runId: string, reason: StopReason): void {
    this.#executing.get(runId)?.stop.abort(reason);
  }

  #end(runId: string, status: 'cancelled' | 'expired'): void {
    if (this.#closed) return;
    this.#runStore.endRun(runId, { status }, () => this.store.runs.ownerOf(runId) === null);
  }

  #tick(alive: ReadonlySet<string>): void {
    if (this.#closed) return;
    this.#maintaining ??= this.#maintainAll(alive)
      .catch((error: unknown) => this.#logFailure(error))
      .finally(() => (this.#maintaining = undefined));
  }

  /** Between its pieces, runs may change: each kind of maintenance reads its run again where it writes. */
  async #maintainAll(alive: ReadonlySet<string>): Promise<void> {
    const slices = new TimeSlices();
    for (const { run, owner } of this.store.runs.allActive()) {
      if (slices.isOver) await slices.next();
      if (this.#closed) return;
      this.#attempt(() => this.#maintain(run, owner, alive));
    }
  }

  /** Runs `work`, which the next tick repeats if it fails. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#logFailure(error);
    }
  }

  #logFailure(error: unknown): void {
    const reason = this.store.storeErrorOf(error)?.message ?? String(error);
    this.log(`The maintenance of runs failed: ${reason}`);
  }

  #maintain(run: Run, owner: string | null, alive: ReadonlySet<string>): void {
    const expired = run.expires_at !== null && run.expires_at <= unixTime();
    if (owner === this.#id && !this.#executing.has(run.id)) {
      this.#endUnwritten(run);
    } else if (owner === this.#id) {
      if (run.status === 'cancelling') this.#stop(run.id, 'cancelled');
      else if (expired) this.#stop(run.id, 'expired');
    } else if (owner !== null) {
      if (!alive.has(owner)) this.#endOrphan(run, owner);
    } else if (run.status === 'in_progress') {
      this.#endOrphan(run, null);
    } else if (run.status === 'cancelling') {
      this.#end(run.id, 'cancelled');
    } else if (expired) {
      this.#end(run.id, 'expired');
    } else if (run.status === 'queued') {
      this.#resumeQueued(run);
    }
  }

  /** Claims and starts a run that no engine executes. */
  #resumeQueued(run: Run): void {
    const ours = this.store.transaction(() => {
      const current = this.store.runs.get(run.id);
      if (current?.status !== 'queued' || this.store.runs.ownerOf(run.id) !== null) return undefined;
      this.store.runs.setOwner(run.id, this.claim());
      return current;
    });
    if (ours) this.start(ours);
  }

  /** Ends a run whose engine died: what it wrote stays, and its thread takes new runs. */
  #endOrphan(run: Run, owner: string | null): void {
    // An engine that has started, or woken, since the living ones were counted is in the table.
    const isGone = (): boolean => owner === null || !this.store.engines.has(owner);
    this.#endAbandoned(run, owner, orphanMessage, isGone);
  }

  /** Ends a run of this engine that has stopped, but whose end could not be written, for example to a full disk. */
  #endUnwritten(run: Run): void {
    this.#endAbandoned(
      run,
      this.#id,
      'The result of this run could not be written to the disk. What was written by then is kept.',
    );
  }

  /** `isAbandoned` is called within the transaction. */
  #endAbandoned(
    run: Run,
    owner: string | null,
    message: string,
    isAbandoned: () => boolean = () => true,
  ): void {
    if (run.status === 'requires_action') {
      // It waits for the user and needs no engine.
      if (owner !== null) this.store.runs.release(run.id, owner);
      return;
    }
    this.#runStore.endRun(
      run.id,
      { status: 'failed', error: { code: 'server_error', message } },
      (now) => now.status === run.status && this.store.runs.ownerOf(run.id) === owner && isAbandoned(),
    );
  }
}

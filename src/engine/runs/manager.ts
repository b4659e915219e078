import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { unixTime } from '../ids';
import type { EngineRegistry } from '../engineRegistry';
import type { Store } from '../store/store';
import { RunEvents, runEvent, stepEvent } from './events';
import { executeRun, type ExecutionContext, type RunControl, type StopReason } from './execution';
import { RunStore } from './runStore';
import { orphanMessage } from './orphan';
import type { SubmittedRun } from './toolOutputs';

/** A run under way in this process. */
interface Executing {
  stop: AbortController;
  done: Promise<void>;
  /** Writes down what it has said so far. */
  checkpoint: () => void;
}

/**
 * Executes the runs of this process, and looks after those of others: takes up what an engine left
 * when it was closed, ends what one left when it died, and what has taken too long.
 */
export class RunManager {
  readonly events = new RunEvents();
  readonly #id: string;
  readonly #registry: EngineRegistry;
  readonly #runStore: RunStore;
  readonly #context: ExecutionContext;
  readonly #executing = new Map<string, Executing>();
  #closed = false;
  private readonly log: (message: string) => void;

  constructor(
    private readonly store: Store,
    registry: EngineRegistry,
    parts: Omit<ExecutionContext, 'store' | 'events' | 'runStore'>,
  ) {
    this.log = parts.log;
    this.#id = registry.id;
    this.#registry = registry;
    this.#runStore = new RunStore(store, this.events, this.#id);
    this.#context = { store, events: this.events, runStore: this.#runStore, ...parts };
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
    // On the next turn of the event loop, so that the answer that says `queued` is out first.
    const done = new Promise((resolve) => setImmediate(resolve))
      .then(() => executeRun(this.#context, run.id, control))
      .catch((error: unknown) => {
        this.log(`Run ${run.id}: ${String(error)}`);
        // Otherwise its end is written, and told, at one of the next ticks.
        if (this.store.isSealed) this.events.end(run.id);
      })
      .finally(() => this.#executing.delete(run.id));
    this.#executing.set(run.id, { stop, done, checkpoint: () => control.checkpoint() });
  }

  /** Goes on with a run whose function outputs came; it is `queued` and ours in the store. */
  resume({ run, step }: SubmittedRun): void {
    this.events.emit(run.id, stepEvent(step));
    this.start(run);
  }

  /** Writes down what a run executed here has said so far. */
  checkpoint(runId: string): void {
    this.#executing.get(runId)?.checkpoint();
  }

  /** Ends a run under way for a reason from outside; the one who executes it does the writing. */
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

  /** The thread of a run is gone: its readers are let go and its work is stopped. */
  drop(runId: string): void {
    this.#stop(runId, 'cancelled');
    this.events.end(runId);
  }

  /** Stops this engine's work. What is under way is left as `queued` for the next engine. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const executing = [...this.#executing];
    for (const [, { stop }] of executing) stop.abort('closed' satisfies StopReason);
    await Promise.all(executing.map(([, { done }]) => done));
    // What cannot be handed over, the next engine ends: the process that owned it is gone then.
    for (const [runId] of executing) this.#attempt(() => this.#handOver(runId));
  }

  #handOver(runId: string): void {
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
    for (const { run, owner } of this.store.runs.allActive()) {
      this.#attempt(() => this.#lookAfter(run, owner, alive));
    }
  }

  /** Does what is tried again at the next tick, should it fail. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      const fault = this.store.storeErrorOf(error);
      this.log(`Looking after runs failed: ${fault?.message ?? String(error)}`);
    }
  }

  #lookAfter(run: Run, owner: string | null, alive: ReadonlySet<string>): void {
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
      this.#adopt(run);
    }
  }

  /** Takes up a run that nobody executes. */
  #adopt(run: Run): void {
    const ours = this.store.transaction(() => {
      const current = this.store.runs.get(run.id);
      if (current?.status !== 'queued' || this.store.runs.ownerOf(run.id) !== null) return undefined;
      this.store.runs.setOwner(run.id, this.claim());
      return current;
    });
    if (ours) this.start(ours);
  }

  /** Nobody executes a run any more, as its engine died in the middle of it: what it wrote is kept, the thread is freed. */
  #endOrphan(run: Run, owner: string | null): void {
    // An engine that came, or came back, since the living were counted has its name in the table.
    const isGone = (): boolean => owner === null || !this.store.engines.has(owner);
    this.#endLeft(run, owner, orphanMessage, isGone);
  }

  /** A run of ours stopped, and its end could not be written down then: the disk was full, say. */
  #endUnwritten(run: Run): void {
    this.#endLeft(
      run,
      this.#id,
      'What became of this run could not be written to the disk. What was written by then is kept.',
    );
  }

  /** `isLeft` is asked under the lock. */
  #endLeft(run: Run, owner: string | null, message: string, isLeft: () => boolean = () => true): void {
    if (run.status === 'requires_action') {
      // It waits for the user, whoever ran it.
      if (owner !== null) this.store.runs.release(run.id, owner);
      return;
    }
    this.#runStore.endRun(
      run.id,
      { status: 'failed', error: { code: 'server_error', message } },
      (now) => now.status === run.status && this.store.runs.ownerOf(run.id) === owner && isLeft(),
    );
  }
}

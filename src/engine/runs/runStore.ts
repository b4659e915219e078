import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import { unixTime } from '../ids';
import type { Store } from '../store/store';
import { messageEvent, runEvent, type RunEvents, stepEvent } from './events';
import { endedRun, hasEnded, type RunEnd, totalUsage } from './state';

/** Another engine, or a request, has taken the run away: this one must not write to it any more. */
export class RunTakenError extends Error {
  override readonly name = 'RunTakenError';
}

/** Somebody was told that the run is being cancelled: it must not go on. */
export class RunCancelledError extends Error {
  override readonly name = 'RunCancelledError';
}

/** Writes what happens to runs: first to the store, then to those who read along. */
export class RunStore {
  constructor(
    private readonly store: Store,
    private readonly events: RunEvents,
    /** The engine that writes. */
    readonly owner: string,
  ) {}

  /** Runs `work` where the run is still ours and under way, in one transaction; throws RunTakenError otherwise. */
  guarded<R>(runId: string, work: (run: Run) => R): R {
    return this.store.transaction(() => {
      const run = this.store.runs.get(runId);
      if (!run || hasEnded(run) || this.store.runs.ownerOf(runId) !== this.owner) throw new RunTakenError();
      return work(run);
    });
  }

  /**
   * The run goes on to a status that is not its last; `also` writes in the same transaction. Throws
   * RunCancelledError where it is being cancelled, by another engine perhaps.
   */
  runChanged(runId: string, change: (run: Run) => Partial<Run>, also: () => void = () => undefined): Run {
    const run = this.guarded(runId, (old) => {
      if (old.status === 'cancelling') throw new RunCancelledError();
      also();
      return this.store.runs.update({ ...old, ...change(old) });
    });
    this.events.emit(runId, runEvent(run));
    return run;
  }

  /**
   * Ends a run, and with it whatever it left unfinished: a partial message is kept as `incomplete`,
   * an open step takes the run's status. One that is being cancelled ends as cancelled, whatever it
   * came to. Does nothing to a run that has ended already. `mayEnd` is asked under the lock.
   */
  endRun(runId: string, wanted: RunEnd, mayEnd: (run: Run) => boolean = () => true): Run | undefined {
    const written = this.store.transaction(() => {
      const run = this.store.runs.get(runId);
      if (!run || hasEnded(run) || !mayEnd(run)) return undefined;
      const end: RunEnd = run.status === 'cancelling' ? { status: 'cancelled' } : wanted;
      const steps = this.store.steps.ofRun(runId);
      const open = steps
        .filter((step) => step.status === 'in_progress')
        .map((step) => this.#endStep(step, end));
      const usage = totalUsage(steps.map((step) => this.store.steps.turn(step.id).usage));
      const ended = this.store.runs.update(endedRun(run, end, usage));
      this.store.runs.setOwner(runId, null);
      return { open, ended };
    });
    if (!written) return undefined;
    for (const { message, step } of written.open) {
      if (message) this.events.emit(runId, messageEvent(message));
      this.events.emit(runId, stepEvent(step));
    }
    this.events.emit(runId, runEvent(written.ended));
    this.events.end(runId);
    return written.ended;
  }

  /** Calls that were under way when an engine was closed are made anew; what there was of them is cancelled. */
  endOpenCalls(runId: string): void {
    const open = this.store.steps
      .ofRun(runId)
      .filter((step) => step.status === 'in_progress' && step.type === 'tool_calls');
    for (const step of open) {
      const { step: ended } = this.guarded(runId, () => this.#endStep(step, { status: 'cancelled' }));
      this.events.emit(runId, stepEvent(ended));
    }
  }

  #endStep(step: RunStep, end: RunEnd): { message?: Message; step: RunStep } {
    const now = unixTime();
    const status = end.status === 'incomplete' ? 'completed' : end.status;
    const ended = this.store.steps.update({
      ...step,
      status,
      completed_at: status === 'completed' ? now : null,
      failed_at: status === 'failed' ? now : null,
      cancelled_at: status === 'cancelled' ? now : null,
      expired_at: status === 'expired' ? now : null,
      last_error: end.status === 'failed' ? stepError(end.error) : null,
      usage: this.store.steps.turn(step.id).usage ?? null,
    });
    if (step.step_details.type !== 'message_creation') return { step: ended };
    const message = this.store.messages.get(step.step_details.message_creation.message_id);
    if (message?.status !== 'in_progress') return { step: ended };
    return { message: this.store.messages.update(endedMessage(message, end, now)), step: ended };
  }
}

function endedMessage(message: Message, end: RunEnd, now: number): Message {
  if (end.status === 'completed') return { ...message, status: 'completed', completed_at: now };
  const reason = (
    {
      incomplete: 'max_tokens',
      failed: 'run_failed',
      cancelled: 'run_cancelled',
      expired: 'run_expired',
    } as const
  )[end.status];
  return { ...message, status: 'incomplete', incomplete_at: now, incomplete_details: { reason } };
}

/** A step's error knows one code less than a run's. */
function stepError(error: Run.LastError): RunStep.LastError {
  return { ...error, code: error.code === 'rate_limit_exceeded' ? error.code : 'server_error' };
}

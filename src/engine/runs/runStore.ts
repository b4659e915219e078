import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import { unixTime } from '../ids';
import type { Store } from '../store/store';
import { messageEvent, runEvent, type RunEvents, stepEvent } from './events';
import { endedRun, hasEnded, type RunEnd, totalUsage } from './state';

/** Another engine or a request has claimed, ended or deleted the run: this engine must stop writing to it. */
export class RunTakenError extends Error {
  override readonly name = 'RunTakenError';
}

/** A client has requested the run's cancellation: it must not continue. */
export class RunCancelledError extends Error {
  override readonly name = 'RunCancelledError';
}

/** Writes changes of runs to the store, then reports them to their readers. */
export class RunStore {
  constructor(
    private readonly store: Store,
    private readonly events: RunEvents,
    /** The id of the engine that writes. */
    readonly owner: string,
  ) {}

  /** Runs `work` in a transaction; throws RunTakenError if the run has ended or is not this engine's. */
  guarded<R>(runId: string, work: (run: Run) => R): R {
    return this.store.transaction(() => {
      const run = this.store.runs.get(runId);
      if (!run || hasEnded(run) || this.store.runs.ownerOf(runId) !== this.owner) throw new RunTakenError();
      return work(run);
    });
  }

  /**
   * Changes a run to a status that is not final; `also` writes in the same transaction. Throws
   * RunTakenError as `guarded` does, and RunCancelledError if the run is being cancelled.
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
   * Ends a run and what it left unfinished: a partial message becomes `incomplete`, an open step gets
   * the run's status. A run that is being cancelled ends as `cancelled`, whatever `wanted` is. Does
   * nothing if the run has already ended, or if `mayEnd`, called within the transaction, returns false.
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
      const hidden = this.store.steps.hiddenOf(runId);
      const thought = hidden && this.#endStep(hidden, end).step;
      const usage = totalUsage(steps.map((step) => this.store.steps.usage(step)));
      const ended = this.store.runs.update(endedRun(run, end, usage));
      this.store.runs.setOwner(runId, null);
      this.store.usage.add(ended);
      return { open, thought, ended };
    });
    if (!written) return undefined;
    for (const { message, step } of written.open) {
      if (message) this.events.emit(runId, messageEvent(message));
      this.events.emit(runId, stepEvent(step));
    }
    if (written.thought) this.events.emitTurn(runId, stepEvent(written.thought));
    this.events.emit(runId, runEvent(written.ended));
    this.events.end(runId);
    return written.ended;
  }

  /** Cancels the steps of calls that were under way when an engine closed: the model makes these calls again. */
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

/** A step's error has one code less than a run's. */
function stepError(error: Run.LastError): RunStep.LastError {
  return { ...error, code: error.code === 'rate_limit_exceeded' ? error.code : 'server_error' };
}

import type OpenAI from 'openai';
import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import type { Message } from 'openai/resources/beta/threads/messages';
import type {
  Run,
  RunCreateParamsBase,
  RunSubmitToolOutputsParams,
} from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import * as vscode from 'vscode';
import { DisposableStore } from '../disposableStore';
import { isCancellation, isNotFound, isUnreachable } from '../errors/errors';
import { followRun, turnInclude } from './followRun';
import { LiveMessages } from './liveMessages';
import { LiveSteps } from './liveSteps';
import { awaitedCalls, isActive } from './runStatus';

/** An event of a run's stream. */
export interface RunEvent {
  threadId: string;
  event: AssistantStreamEvent;
}

/** Messages and steps that a followed run is writing. */
interface LiveRun {
  messages: LiveMessages;
  steps: LiveSteps;
}

/** A run whose events are being read. */
interface Tracking {
  threadId: string;
  /** Aborted when the run is no longer followed. */
  signal: AbortSignal;
  /** The latest known state of the run; undefined until its stream reports it. */
  run?: Run;
}

const ownRunsKey = 'ownRuns';
const maxOwnRuns = 50;

/** How many times an interrupted stream is resumed before the run is no longer followed. */
const maxResumptions = 3;

/**
 * Starts and follows the runs of this window, whether their thread is shown or not, and caches the
 * newest run of every thread it was asked about. One per window.
 */
export class RunMonitor implements vscode.Disposable {
  private readonly newest = new Map<string, Run>();
  private readonly following = new Map<string, Promise<void>>();
  private readonly live = new Map<string, LiveRun>();
  /** Ids of deleted threads: late events of their runs are ignored. */
  private readonly deleted = new Set<string>();
  /** Ids of the runs that this window started or resumed, the newest last. */
  private readonly own: Set<string>;
  private aborter = new AbortController();
  private readonly disposables = new DisposableStore();
  private readonly eventEmitter = this.disposables.add(new vscode.EventEmitter<RunEvent>());
  private readonly runEmitter = this.disposables.add(new vscode.EventEmitter<Run>());
  private readonly endEmitter = this.disposables.add(new vscode.EventEmitter<Run>());
  private readonly missEmitter = this.disposables.add(new vscode.EventEmitter<Run>());

  /** Fires for each event of the followed runs. */
  readonly onDidReceive = this.eventEmitter.event;
  /** Fires when a thread's newest run changes: another run, another status, or other calls it waits for. */
  readonly onDidChangeRun = this.runEmitter.event;
  /** Fires once for each followed run, when it has ended. */
  readonly onDidEnd = this.endEmitter.event;
  /** Fires for a run that progressed while it was not followed, so that its messages must be re-read. */
  readonly onDidMiss = this.missEmitter.event;

  constructor(
    private readonly client: OpenAI,
    private readonly report: (error: unknown) => void,
    /** Stores the ids of the window's own runs over a reload. */
    private readonly state?: vscode.Memento,
  ) {
    this.own = new Set(state?.get<string[]>(ownRunsKey));
  }

  /** Starts a run and returns it as soon as it is created; the run is then followed. */
  async start(threadId: string, params: RunCreateParamsBase): Promise<Run> {
    const before = this.newest.get(threadId)?.id;
    try {
      return await this.create(threadId, params);
    } catch (error) {
      const created = isUnreachable(error) ? await this.findCreated(threadId, before) : undefined;
      if (!created) throw error;
      return created;
    }
  }

  private async create(threadId: string, params: RunCreateParamsBase): Promise<Run> {
    const { signal } = this.aborter;
    const { runs } = this.client.beta.threads;
    const stream = await runs.create(threadId, { include: turnInclude, ...params, stream: true }, { signal });
    return new Promise((resolve, reject) => {
      const onRun = (run: Run): void => {
        if (!this.following.has(run.id)) this.following.set(run.id, ended);
        this.adopt(run.id);
        resolve(run);
      };
      const ended = this.track({ threadId, signal }, stream, onRun);
      ended.then(() => reject(new Error(vscode.l10n.t('The run ended before it started.'))), reject);
    });
  }

  /** The run that a request created although its response was lost; undefined if it created none. */
  private async findCreated(threadId: string, before: string | undefined): Promise<Run | undefined> {
    try {
      const run = await this.refresh(threadId);
      const [message] = (await this.client.beta.threads.messages.list(threadId, { limit: 1 })).data;
      if (!run || run.id === before || run.created_at < (message?.created_at ?? Infinity)) return undefined;
      this.adopt(run.id);
      return run;
    } catch {
      // Still no network: the caller reports the original error.
      return undefined;
    }
  }

  /**
   * Submits the outputs of all function calls that a run waits for, and follows the resumed run. Throws
   * if they were not accepted.
   */
  async submit(run: Run, outputs: RunSubmitToolOutputsParams.ToolOutput[]): Promise<Run> {
    // Waits until the stream that reported the calls has ended.
    await this.following.get(run.id);
    const { signal } = this.aborter;
    const stream = await this.client.beta.threads.runs.submitToolOutputs(
      run.id,
      { thread_id: run.thread_id, tool_outputs: outputs, stream: true },
      { signal, query: { include: turnInclude } },
    );
    const resumed: Run = { ...run, status: 'queued', required_action: null };
    this.adopt(run.id);
    const ended = this.track({ threadId: run.thread_id, signal, run: resumed }, stream);
    this.following.set(run.id, ended);
    ended.catch(this.report);
    this.remember(resumed);
    return resumed;
  }

  private adopt(runId: string): void {
    if (this.own.has(runId)) return;
    this.own.add(runId);
    this.saveOwnRuns();
  }

  private disown(runId: string): void {
    if (this.own.delete(runId)) this.saveOwnRuns();
  }

  private saveOwnRuns(): void {
    this.state?.update(ownRunsKey, [...this.own].slice(-maxOwnRuns)).then(undefined, this.report);
  }

  /** Whether this window started or last resumed a run: only that window acts on it automatically. */
  isOwn(runId: string): boolean {
    return this.own.has(runId);
  }

  /** Follows a run that was started elsewhere, or by the window before a reload. */
  follow(run: Run): void {
    // The stream of a followed run is more up to date than what was read.
    if (this.following.has(run.id)) return;
    const known = this.newest.get(run.thread_id);
    const hasMissedEvents = known?.id === run.id && stateOf(known) !== stateOf(run);
    // Before listeners are notified: another window answered the calls and now owns the run.
    if (hasMissedEvents && known.status === 'requires_action') this.disown(run.id);
    this.remember(run);
    if (hasMissedEvents) this.missEmitter.fire(run);
    if (isSettled(run)) return;
    const { signal } = this.aborter;
    const events = followRun(this.client, run.thread_id, run.id, signal);
    const ended = this.track({ threadId: run.thread_id, signal }, events);
    this.following.set(run.id, ended);
    ended.catch(this.report);
  }

  /** The newest known run of a thread; reads nothing. */
  newestRun(threadId: string): Run | undefined {
    return this.newest.get(threadId);
  }

  /**
   * Reads the newest run of a thread, and follows it if it is active. Forgets the thread if the service no
   * longer has it, and throws.
   */
  async refresh(threadId: string): Promise<Run | undefined> {
    const { signal } = this.aborter;
    const run = await this.readNewest(threadId, signal);
    // Ignored if another service became active meanwhile.
    if (run && !signal.aborted) {
      this.deleted.delete(threadId);
      this.follow(run);
    }
    return run;
  }

  private async readNewest(threadId: string, signal: AbortSignal): Promise<Run | undefined> {
    try {
      const page = await this.client.beta.threads.runs.list(threadId, { limit: 1, order: 'desc' });
      return page.data[0];
    } catch (error) {
      if (isNotFound(error) && !signal.aborted) this.forget(threadId);
      throw error;
    }
  }

  /**
   * Reads the active runs of threads again that are not among those listed: they were deleted elsewhere, or are
   * further down the list.
   */
  async recheck(listed: readonly string[]): Promise<void> {
    const missing = this.activeRuns().filter(({ thread_id: id }) => !listed.includes(id));
    await Promise.all(
      missing.map(async ({ thread_id: id }) => {
        try {
          await this.refresh(id);
        } catch (error) {
          if (!isNotFound(error)) throw error;
        }
      }),
    );
  }

  /** The known runs that are in progress or require action. */
  activeRuns(): Run[] {
    return [...this.newest.values()].filter(isActive);
  }

  /** A page of messages, in which those being written have their current content. */
  withLiveContent(threadId: string, page: readonly Message[]): Message[] {
    return this.live.get(threadId)?.messages.refresh(page) ?? [...page];
  }

  /** A message that is being written, with its content so far. */
  liveMessage(threadId: string, messageId: string): Message | undefined {
    return this.live.get(threadId)?.messages.get(messageId);
  }

  /** A step of a followed run, with its content so far. */
  liveStep(threadId: string, stepId: string): RunStep | undefined {
    return this.live.get(threadId)?.steps.get(stepId);
  }

  /** Cancels a run; it ends a moment later. */
  async stop(run: Run): Promise<Run> {
    const answer = await this.client.beta.threads.runs.cancel(run.id, { thread_id: run.thread_id });
    this.remember(answer);
    // A run that requires action is not followed until now.
    this.follow(answer);
    return answer;
  }

  /** Resolves when a run has ended or requires action. */
  async waitFor(run: Run): Promise<Run> {
    await this.following.get(run.id);
    return this.client.beta.threads.runs.retrieve(run.id, { thread_id: run.thread_id });
  }

  /** Forgets a deleted thread. */
  forget(threadId: string): void {
    const run = this.newest.get(threadId);
    this.deleted.add(threadId);
    this.newest.delete(threadId);
    this.live.delete(threadId);
    if (!run) return;
    this.disown(run.id);
    this.runEmitter.fire(run);
  }

  /** Stops following all runs, which continue on their service, because another service became active. */
  reset(): void {
    this.aborter.abort();
    this.aborter = new AbortController();
    for (const known of [this.newest, this.following, this.live, this.own, this.deleted]) known.clear();
  }

  dispose(): void {
    this.aborter.abort();
    this.disposables.dispose();
  }

  /**
   * Reads a run's events, resumes an interrupted stream, and resolves when the run has ended or requires
   * action. Rejects only if the run was never created.
   */
  private async track(
    tracking: Tracking,
    events: AsyncIterable<AssistantStreamEvent>,
    onRun: (run: Run) => void = () => {},
  ): Promise<void> {
    try {
      await this.consume(tracking, events, onRun);
      await this.resume(tracking);
    } catch (error) {
      if (!tracking.run) throw error;
      await this.resume(tracking, error);
    } finally {
      this.finish(tracking);
    }
  }

  /** Resumes a run whose stream ended before the run did. */
  private async resume(tracking: Tracking, cause?: unknown): Promise<void> {
    const { threadId, signal } = tracking;
    let lastError = cause;
    for (let attempt = 0; attempt < maxResumptions; attempt++) {
      const { run } = tracking;
      if (!run || signal.aborted || isSettled(run)) return;
      try {
        await this.consume(tracking, followRun(this.client, threadId, run.id, signal));
        lastError = undefined;
      } catch (error) {
        if (isNotFound(error) && !signal.aborted) return this.forget(threadId);
        lastError = error;
      }
    }
    if (lastError !== undefined && !signal.aborted) this.report(lastError);
  }

  private async consume(
    tracking: Tracking,
    events: AsyncIterable<AssistantStreamEvent>,
    onRun: (run: Run) => void = () => {},
  ): Promise<void> {
    const { threadId, signal } = tracking;
    try {
      for await (const event of events) {
        if (signal.aborted) return;
        if (isRun(event.data)) {
          tracking.run = event.data;
          onRun(event.data);
          this.remember(event.data);
        }
        const { messages, steps } = this.liveOf(threadId);
        messages.apply(event);
        steps.apply(event);
        this.eventEmitter.fire({ threadId, event });
      }
    } catch (error) {
      if (!signal.aborted || !isCancellation(error)) throw error;
    }
  }

  private finish({ threadId, signal, run }: Tracking): void {
    if (signal.aborted) return;
    this.live.delete(threadId);
    if (!run) return;
    this.following.delete(run.id);
    if (!isActive(run)) this.endEmitter.fire(run);
  }

  private remember(run: Run): void {
    if (this.deleted.has(run.thread_id)) return;
    const known = this.newest.get(run.thread_id);
    if (known && known.id !== run.id && known.created_at > run.created_at) return;
    this.newest.set(run.thread_id, run);
    if (known?.id !== run.id || stateOf(known) !== stateOf(run)) this.runEmitter.fire(run);
  }

  private liveOf(threadId: string): LiveRun {
    const live = this.live.get(threadId) ?? { messages: new LiveMessages(), steps: new LiveSteps() };
    this.live.set(threadId, live);
    return live;
  }
}

/** Whether there is nothing to follow: the run has ended or requires action. */
function isSettled(run: Run): boolean {
  return !isActive(run) || run.status === 'requires_action';
}

/** The state of a run, for comparison: its status and the calls it waits for. */
function stateOf(run: Run): string {
  return [run.status, ...awaitedCalls(run).map(({ id }) => id)].join();
}

function isRun(data: unknown): data is Run {
  return (data as { object?: unknown } | null)?.object === 'thread.run';
}

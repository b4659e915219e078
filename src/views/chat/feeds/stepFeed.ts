import type { Message } from 'openai/resources/beta/threads/messages';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import { isNotFound } from '../../../client/errors/errors';
import { turnInclude } from '../../../client/runs/followRun';
import { isStepEvent, reasoningDelta } from '../../../client/runs/liveSteps';
import type { Services } from '../../../client/services';
import type { HostMessage } from '../../../protocol/chat';
import { maxShownReasoning, turnOf, withTurn } from '../../../protocol/turns';
import { StepTimes } from './stepTimes';

type StepsMessage = Extract<HostMessage, { type: 'steps' }>;

/** Milliseconds for which changes of a growing step are collected. */
const interval = 100;
/** Runs whose steps are read concurrently. */
const concurrency = 4;
/** Runs per request. */
const runsPageSize = 30;

/** A run whose steps the chat shows. */
interface ShownRun {
  /** The newest version of each step, in order. */
  steps: Map<string, RunStep>;
  /** Whether its steps have been read; streamed steps are held back until then, to keep the order. */
  reading: 'wanted' | 'inProgress' | 'done';
  changed: Set<string>;
}

/** Sends the panel the steps of the runs in the thread shown, and updates them. */
export class StepFeed {
  private threadId: string | undefined;
  private runs = new Map<string, ShownRun>();
  /** The oldest run listed so far: the cursor of the next request. */
  private oldest: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Whether the page is loaded: a run first seen after that has no steps to read. */
  private isLoaded = false;
  private readonly times: StepTimes;

  constructor(
    private readonly services: Services,
    private readonly post: (message: StepsMessage) => void,
  ) {
    this.times = new StepTimes(services.service);
  }

  /** Clears all runs: the chat switches to another thread, or reloads this one. */
  reset(threadId: string | undefined): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.threadId = threadId;
    this.runs = new Map();
    this.oldest = undefined;
    this.isLoaded = false;
  }

  /**
   * Reads the steps of the runs of these messages, newest first, and of runs since the first message that
   * wrote no message. Runs that are already known are skipped.
   */
  load(messages: readonly Message[], newestRunId?: string): void {
    this.isLoaded = true;
    this.want([newestRunId, ...messages.map(({ run_id }) => run_id).reverse()]);
    const [first] = messages;
    if (first) this.loadSilent(first.created_at).catch(this.services.reporter.log);
  }

  /** Finds runs that wrote no message: a run that failed or was stopped may still have called functions. */
  private async loadSilent(since: number): Promise<void> {
    const { threadId = '', runs, oldest: after } = this;
    const query = { limit: runsPageSize, order: 'desc', after } as const;
    const found: string[] = [];
    for await (const { id, created_at } of this.services.client.beta.threads.runs.list(threadId, query)) {
      if (created_at < since) break;
      found.push(id);
    }
    if (runs !== this.runs) return;
    this.oldest = found.at(-1) ?? after;
    this.want(found);
  }

  private want(runIds: readonly (string | null | undefined)[]): void {
    for (const id of runIds) {
      if (id && !this.runs.has(id)) this.runs.set(id, newRun('wanted'));
    }
    const wanted = [...this.runs].filter(([, { reading }]) => reading === 'wanted');
    for (const [, run] of wanted) run.reading = 'inProgress';
    const waiting = wanted.map(([id]) => id);
    for (let reader = 0; reader < concurrency; reader++) void this.readNext(waiting, this.runs);
  }

  /** Applies an event of a run's stream to the steps shown. */
  apply(event: AssistantStreamEvent): void {
    if (isStepEvent(event)) {
      this.times.note(event);
      this.put(event.data);
      // Without delay: the panel must get the step before the message that follows it.
      this.flush();
      return;
    }
    const id = event.event === 'thread.run.step.delta' ? event.data.id : reasoningDelta(event)?.id;
    if (id !== undefined && this.threadId !== undefined) {
      const step = this.services.monitor.liveStep(this.threadId, id);
      if (step) this.put(step);
      this.timer ??= setTimeout(() => this.flush(), interval);
    }
  }

  dispose(): void {
    this.reset(undefined);
  }

  private put(step: RunStep): void {
    const run = this.runs.get(step.run_id) ?? newRun(this.isLoaded ? 'done' : 'wanted');
    this.runs.set(step.run_id, run);
    run.steps.set(step.id, step);
    run.changed.add(step.id);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const changed = [...this.runs.values()].flatMap(takeChanged);
    const steps = changed.map((step) => this.times.added(step));
    if (steps.length > 0 && this.threadId !== undefined) {
      this.post({ type: 'steps', threadId: this.threadId, steps });
    }
  }

  private async readNext(waiting: string[], runs: Map<string, ShownRun>): Promise<void> {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      try {
        const steps = await this.read(id);
        if (runs !== this.runs) return;
        this.mergeSteps(id, steps);
      } catch (error) {
        if (runs !== this.runs) return;
        this.mergeSteps(id, []);
        if (!isNotFound(error)) this.services.reporter.log(error);
      }
    }
  }

  private async read(runId: string): Promise<RunStep[]> {
    const steps: RunStep[] = [];
    const query = {
      thread_id: this.threadId ?? '',
      order: 'asc',
      limit: 100,
      include: turnInclude,
    } as const;
    for await (const step of this.services.client.beta.threads.runs.steps.list(runId, query))
      steps.push(step);
    return steps;
  }

  /** Adds the steps that were read before the streamed ones. */
  private mergeSteps(runId: string, read: readonly RunStep[]): void {
    const live = this.runs.get(runId)?.steps;
    const steps = new Map(read.map((step) => [step.id, step]));
    for (const step of live?.values() ?? []) steps.set(step.id, newer(steps.get(step.id), step));
    for (const step of steps.values()) {
      const now = this.services.monitor.liveStep(step.thread_id, step.id);
      if (now) steps.set(step.id, newer(step, now));
    }
    this.runs.set(runId, { steps, reading: 'done', changed: new Set(steps.keys()) });
    this.flush();
  }
}

function newRun(reading: ShownRun['reading']): ShownRun {
  return { steps: new Map(), reading, changed: new Set() };
}

/** The changed steps of a run; none if its messages show everything. */
function takeChanged({ steps, changed, reading }: ShownRun): RunStep[] {
  const isShown = [...steps.values()].some(
    (step) => step.type === 'tool_calls' || Object.keys(turnOf(step)).length > 0,
  );
  if (reading !== 'done' || !isShown) return [];
  const taken = [...steps.values()].filter(({ id }) => changed.has(id)).map(withShortReasoning);
  changed.clear();
  return taken;
}

/** A step whose reasoning is shortened to what the panel shows. */
function withShortReasoning(step: RunStep): RunStep {
  const turn = turnOf(step);
  if (!turn.reasoning || turn.reasoning.text.length <= maxShownReasoning) return step;
  const { seconds, text } = turn.reasoning;
  // While it grows, its end is what the user follows.
  const shown = seconds === undefined ? text.slice(-maxShownReasoning) : text.slice(0, maxShownReasoning);
  return withTurn(step, { ...turn, reasoning: { ...turn.reasoning, text: shown } });
}

/** The newer version of a step: the one read if it has ended, else the one of the stream. */
function newer(read: RunStep | undefined, live: RunStep): RunStep {
  return read && read.status !== 'in_progress' ? read : live;
}

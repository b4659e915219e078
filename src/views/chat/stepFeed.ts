import type { Message } from 'openai/resources/beta/threads/messages';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import { isNotFound } from '../../client/errors';
import { isStepEvent } from '../../client/runs/liveSteps';
import type { Services } from '../../client/services';
import type { HostMessage } from '../../protocol/chat';

type StepsMessage = Extract<HostMessage, { type: 'steps' }>;

/** Milliseconds the growth of a step is gathered for: ten times a second is live enough. */
const interval = 100;
/** Runs whose steps are read at a time: a page may hold the messages of many. */
const readAtOnce = 4;
/** Runs listed at a time: a page of messages seldom holds those of more. */
const runsAtOnce = 30;

/** A run whose steps the chat shows. */
interface ShownRun {
  /** Its steps in order, each as it was last seen. */
  steps: Map<string, RunStep>;
  /** Until they are read, what the stream says waits for its place among them. */
  reading: 'wanted' | 'underWay' | 'done';
  changed: Set<string>;
}

/** Sends a chat the steps of the runs it shows, and keeps them up to date. One thread at a time. */
export class StepFeed {
  private threadId: string | undefined;
  private runs = new Map<string, ShownRun>();
  /** The oldest run that was listed: the next ones are older. */
  private oldest: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Whether a run that is new from now on is new in truth: the page shown holds no message of it. */
  private isLoaded = false;

  constructor(
    private readonly services: Services,
    private readonly post: (message: StepsMessage) => void,
  ) {}

  /** Forgets what was shown; the chat turns to another thread, or reads this one again. */
  reset(threadId: string | undefined): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.threadId = threadId;
    this.runs = new Map();
    this.oldest = undefined;
    this.isLoaded = false;
  }

  /**
   * Reads the steps of the runs that wrote these messages, newest first, and of those since the first
   * of them that wrote none, as far as they are not known.
   */
  load(messages: readonly Message[], newestRunId?: string): void {
    this.isLoaded = true;
    this.want([newestRunId, ...messages.map(({ run_id }) => run_id).reverse()]);
    const [first] = messages;
    if (first) this.loadSilent(first.created_at).catch(this.services.reporter.log);
  }

  /** A run that failed or was stopped may have called functions, and written nothing. */
  private async loadSilent(since: number): Promise<void> {
    const { threadId = '', runs, oldest: after } = this;
    const query = { limit: runsAtOnce, order: 'desc', after } as const;
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
    for (const [, run] of wanted) run.reading = 'underWay';
    const waiting = wanted.map(([id]) => id);
    for (let reader = 0; reader < readAtOnce; reader++) void this.readNext(waiting, this.runs);
  }

  /** Takes in what the stream of a run of this thread says about its steps. */
  apply(event: AssistantStreamEvent): void {
    if (isStepEvent(event)) {
      this.put(event.data);
      // A card has its place before the message that follows, so it must not come after it.
      this.flush();
    } else if (event.event === 'thread.run.step.delta' && this.threadId !== undefined) {
      const step = this.services.monitor.liveStep(this.threadId, event.data.id);
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
    const steps = [...this.runs.values()].flatMap(takeChanged);
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
    const query = { thread_id: this.threadId ?? '', order: 'asc', limit: 100 } as const;
    for await (const step of this.services.client.beta.threads.runs.steps.list(runId, query))
      steps.push(step);
    return steps;
  }

  /** Puts the steps that were read before those that came meanwhile. */
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

/** The changed steps of a run, as far as it calls tools: the others say no more than their messages. */
function takeChanged({ steps, changed, reading }: ShownRun): RunStep[] {
  const callsTools = [...steps.values()].some(({ type }) => type === 'tool_calls');
  if (reading !== 'done' || !callsTools) return [];
  const taken = [...steps.values()].filter(({ id }) => changed.has(id));
  changed.clear();
  return taken;
}

/** A step that has ended does not begin again; else what the stream says is newer than what was read. */
function newer(read: RunStep | undefined, live: RunStep): RunStep {
  return read && read.status !== 'in_progress' ? read : live;
}

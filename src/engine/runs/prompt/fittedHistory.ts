import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { ModelMessage } from '../../models/modelProvider';
import type { LeftOut } from '../../store/runTables';
import type { Store } from '../../store/store';
import type { SentTurn, StepLimits, ThreadHistories, ThreadHistory, Turn } from './threadHistory';

/** A thread as it is sent to the model. */
export interface History {
  /** Oldest first. */
  messages: ModelMessage[];
  /** Their estimated tokens. */
  tokens: number;
  /** The number of messages of the thread that were left out. */
  messagesLeftOut: number;
  /** The number of tool outputs that were shortened, or left out with their calls. */
  outputsShortened: number;
  leftOut: LeftOut;
}

/** The limits of a history, in estimated tokens. */
export interface HistoryLimits {
  /** Of all messages together. */
  budget: number;
  /** Of each output of a tool. */
  output: number;
  /** Of each output that is shortened further because the history has outgrown its budget. */
  oldOutput: number;
  /**
   * What the thread's last request left out. This one leaves out the same, until that is too little: providers
   * cache the beginnings of requests, which therefore must not change with every turn.
   */
  last?: LeftOut;
  /** The model has rejected a longer request: the budget is used up, and only what it demands is left out. */
  isRetry?: boolean;
}

/** What remains of the budget when turns are left out: the larger the cut, the more turns until the next. */
const turnsCutTo = 0.6;
/** The part of the budget that a run's own steps have before their outputs are shortened, and what remains of it. */
const ownShare = { max: 0.5, cutTo: 0.3 };
/** What remains of the budget if the newest turn and the run's own steps alone have outgrown it. */
const lastResort = 0.75;

/** What is sent of a thread for a plan. */
interface Rendered {
  turns: Turn[];
  messages: ModelMessage[];
  tokens: number;
  shortened: number;
  /** Whether the walk ended because of the budget. */
  exceeded: boolean;
  /** Whether older turns may not have been read. */
  ended: boolean;
}

/**
 * The thread as it is sent to the model: its messages, the tool calls between them with their outputs,
 * and the steps of this run so far, within the run's `truncation_strategy` and these limits. What exceeds the
 * budget is reduced in this order: the outputs of earlier runs, the older outputs of this run if they are
 * much of it, the oldest turns, all outputs of this run, and its oldest calls. No tool call is sent without
 * its output; the newest turn is sent whatever its length.
 */
export function fittedHistory(
  { store, histories }: { store: Store; histories: ThreadHistories },
  run: Run,
  limits: HistoryLimits,
): History {
  const thread = histories.of(run);
  const fitting = new Fitting(store, thread, run, limits);
  fitting.fit();
  const result = fitting.result();
  thread.settle();
  return result;
}

class Fitting {
  readonly #maxMessages: number;
  /** The steps of the run with calls, oldest first. */
  readonly #ownCalls: readonly RunStep[];
  #plan: LeftOut;
  /** What is sent for the plan, once that fits. */
  #fitting: Rendered | undefined;
  /** The limit of the outputs of the run's newest step, if it differs. */
  #newestOutput: number | undefined;

  constructor(
    private readonly store: Store,
    private readonly thread: ThreadHistory,
    private readonly run: Run,
    private readonly limits: HistoryLimits,
  ) {
    const strategy = run.truncation_strategy;
    this.#maxMessages = strategy?.type === 'last_messages' ? (strategy.last_messages ?? Infinity) : Infinity;
    this.#ownCalls = thread.ownSteps().filter(({ type }) => type === 'tool_calls');
    this.#plan = limits.last ?? {};
  }

  /** Finds what to leave out. */
  fit(): void {
    const { run, limits } = this;
    const { budget, isRetry = false } = limits;
    if (this.#fits()) return;
    if (this.#plan.shortRun !== run.id) {
      this.#plan = { ...this.#plan, shortRun: run.id, shortStep: undefined, omittedStep: undefined };
      if (this.#fits()) return;
    }
    if (this.#own().tokens > budget * ownShare.max) {
      this.#shortenOwn((tokens) => tokens <= budget * ownShare.cutTo);
      if (this.#fits()) return;
    }
    // A model's error does not overrule a number of messages that the caller wants.
    if (!isRetry || this.#maxMessages === Infinity) this.#cutTurns(isRetry ? budget : budget * turnsCutTo);
    if (!this.#fits()) this.#reduceOwn(isRetry ? budget : budget * lastResort);
  }

  result(): History {
    const { turns, messages, tokens, shortened, ended } = this.#fitting ?? this.#render(this.#plan, Infinity);
    const [oldest] = turns;
    const messagesLeftOut =
      ended && oldest
        ? this.store.messages.countBefore(oldest.oldest.id, 'thread_id', this.run.thread_id)
        : 0;
    return { messages, tokens, messagesLeftOut, outputsShortened: shortened, leftOut: this.#plan };
  }

  #fits(): boolean {
    const rendered = this.#render(this.#plan, this.limits.budget);
    const fits = !rendered.exceeded && rendered.tokens <= this.limits.budget;
    this.#fitting = fits ? rendered : undefined;
    return fits;
  }

  /** Leaves out the oldest turns, so that `budget` is not exceeded if that is possible. */
  #cutTurns(budget: number): void {
    const { turns, exceeded } = this.#render({ ...this.#plan, from: undefined }, budget);
    if (!exceeded) return;
    // An answer makes no sense without its question, and some models reject histories that begin with one.
    while (this.#maxMessages === Infinity && turns.length > 1 && turns[0]?.role !== 'user') turns.shift();
    this.#plan = { ...this.#plan, from: turns[0]?.id };
  }

  /** The turns back to the planned one with the run's own steps; ends earlier if they exceed `budget`. */
  #render(plan: LeftOut, budget: number): Rendered {
    const own = this.#own(plan);
    // Newest first.
    const turns: Turn[] = [];
    const sent: SentTurn[] = [];
    let { tokens } = own;
    let count = 0;
    let exceeded = false;
    let ended = false;
    let isBeforeShort = plan.shortRun === this.run.id;
    for (const turn of this.thread.turnsBackwards()) {
      const isNewest = turns.length === 0;
      // Before its messages are read.
      ended = !isNewest && count + turn.count > this.#maxMessages;
      if (ended) break;
      const limits =
        turn.runId === plan.shortRun ? this.#limits(turn.runId, plan) : this.#sameLimit(isBeforeShort);
      isBeforeShort ||= turn.runId !== undefined && turn.runId === plan.shortRun;
      const next = this.thread.turnMessages(turn, limits);
      exceeded = !isNewest && tokens + next.tokens > budget;
      ended = exceeded;
      if (ended) break;
      turns.push(turn);
      sent.push(next);
      tokens += next.tokens;
      count += turn.count;
      ended = turn.id === plan.from;
      if (ended) break;
    }
    const shortened = sent.reduce((sum, one) => sum + one.shortened, own.shortened);
    const messages = sent.reverse().flatMap((one) => one.messages);
    return {
      turns: turns.reverse(),
      messages: [...messages, ...own.messages],
      tokens,
      shortened,
      exceeded,
      ended,
    };
  }

  #own(plan = this.#plan): SentTurn {
    return this.thread.ownMessages(this.#limits(this.run.id, plan));
  }

  #sameLimit(isShort: boolean): StepLimits {
    return { outputTokens: isShort ? this.limits.oldOutput : this.limits.output };
  }

  /** The limits of the steps of a run that a plan may have a step of. */
  #limits(runId: string | undefined, plan: LeftOut): StepLimits {
    if (runId === undefined) return this.#sameLimit(false);
    const steps = plan.shortRun === runId ? this.store.steps.ofRun(runId) : [];
    const places = new Map(steps.map(({ id }, at) => [id, at]));
    const isUpTo = (step: RunStep, last: string | undefined): boolean =>
      last !== undefined && (places.get(step.id) ?? Infinity) <= (places.get(last) ?? -1);
    const newest = runId === this.run.id ? this.#ownCalls.at(-1)?.id : undefined;
    return {
      outputTokens: (step) => {
        if (step.id === newest && this.#newestOutput !== undefined) return this.#newestOutput;
        return isUpTo(step, plan.shortStep) ? this.limits.oldOutput : this.limits.output;
      },
      isLeftOut: (step) => isUpTo(step, plan.omittedStep),
    };
  }

  /** Brings the run's own steps, and the turns that are sent with them, down to about `target`. */
  #reduceOwn(target: number): void {
    const isEnough = (): boolean => this.#render(this.#plan, Infinity).tokens <= target;
    this.#shortenOwn(isEnough);
    if (isEnough()) return;
    this.#newestOutput = this.limits.oldOutput;
    const rest = this.#render(this.#plan, Infinity).tokens;
    const details = this.#ownCalls.at(-1)?.step_details;
    const outputs = details?.type === 'tool_calls' ? details.tool_calls.length : 1;
    const each = this.limits.oldOutput + Math.floor((target - rest) / outputs);
    if (rest <= target) {
      this.#newestOutput = Math.min(each, this.limits.output);
      return;
    }
    this.#moveBack((step) => (this.#plan = { ...this.#plan, omittedStep: step }), isEnough);
  }

  /** Shortens the older outputs of the run, oldest first, until `isEnough`; never those of its newest step. */
  #shortenOwn(isEnough: (tokens: number) => boolean): void {
    const isDone = (): boolean => isEnough(this.#own().tokens);
    this.#moveBack((step) => (this.#plan = { ...this.#plan, shortStep: step }), isDone);
  }

  /** Sets the first step of the run with calls for which `isEnough`; at most the last but one. */
  #moveBack(set: (step: string) => void, isEnough: () => boolean): void {
    const steps = this.#ownCalls.slice(0, -1);
    let low = 0;
    let high = steps.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      set((steps[middle] as RunStep).id);
      if (isEnough()) high = middle;
      else low = middle + 1;
    }
    const step = steps[low];
    if (step) set(step.id);
  }
}

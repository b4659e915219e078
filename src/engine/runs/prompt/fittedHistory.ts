import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { ModelMessage } from '../../models/modelProvider';
import type { LeftOut } from '../../store/tables/runTables';
import type { Store } from '../../store/store';
import { TimeSlices } from '../../timeSlices';
import type { SentTurn, StepLimits, ThreadHistories, ThreadHistory, Turn } from './threadHistory';
import { BlockBuilder } from './turnBlocks';

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

interface HistorySources {
  store: Store;
  histories: ThreadHistories;
  signal?: AbortSignal;
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
 * its output; the newest turn is sent whatever its length. A long thread is read in pieces, between which the process
 * does other work.
 */
export async function fittedHistory(
  { store, histories, signal }: HistorySources,
  run: Run,
  limits: HistoryLimits,
): Promise<History> {
  const thread = histories.of(run);
  const fitting = new Fitting(store, thread, run, limits, new TimeSlices(signal));
  await fitting.fit();
  const result = await fitting.result();
  thread.settle(result.tokens);
  histories.keep(run, thread);
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
    private readonly slices: TimeSlices,
  ) {
    const strategy = run.truncation_strategy;
    this.#maxMessages = strategy?.type === 'last_messages' ? (strategy.last_messages ?? Infinity) : Infinity;
    this.#ownCalls = thread.ownSteps().filter(({ type }) => type === 'tool_calls');
    this.#plan = limits.last ?? {};
  }

  /** Finds what to leave out. */
  async fit(): Promise<void> {
    const { run, limits } = this;
    const { budget, isRetry = false } = limits;
    if (await this.#fits()) return;
    if (this.#plan.shortRun !== run.id) {
      this.#plan = { ...this.#plan, shortRun: run.id, shortStep: undefined, omittedStep: undefined };
      if (await this.#fits()) return;
    }
    if (this.#own().tokens > budget * ownShare.max) {
      await this.#shortenOwn(() => this.#own().tokens <= budget * ownShare.cutTo);
      if (await this.#fits()) return;
    }
    // A model's error does not overrule a number of messages that the caller wants.
    if (!isRetry || this.#maxMessages === Infinity)
      await this.#cutTurns(isRetry ? budget : budget * turnsCutTo);
    if (!(await this.#fits())) await this.#reduceOwn(isRetry ? budget : budget * lastResort);
  }

  async result(): Promise<History> {
    const rendered = this.#fitting ?? (await this.#render(this.#plan, Infinity));
    const { turns, messages, tokens, shortened, ended } = rendered;
    const [oldest] = turns;
    const messagesLeftOut =
      ended && oldest
        ? this.store.messages.countBefore(oldest.oldest.id, 'thread_id', this.run.thread_id)
        : 0;
    return { messages, tokens, messagesLeftOut, outputsShortened: shortened, leftOut: this.#plan };
  }

  async #fits(): Promise<boolean> {
    const rendered = await this.#render(this.#plan, this.limits.budget);
    const fits = !rendered.exceeded && rendered.tokens <= this.limits.budget;
    this.#fitting = fits ? rendered : undefined;
    return fits;
  }

  /** Leaves out the oldest turns, so that `budget` is not exceeded if that is possible. */
  async #cutTurns(budget: number): Promise<void> {
    const { turns, exceeded } = await this.#render({ ...this.#plan, from: undefined }, budget);
    if (!exceeded) return;
    // An answer makes no sense without its question, and some models reject histories that begin with one.
    while (this.#maxMessages === Infinity && turns.length > 1 && turns[0]?.role !== 'user') turns.shift();
    this.#plan = { ...this.#plan, from: turns[0]?.id };
  }

  /** The turns back to the planned one with the run's own steps; ends earlier if they exceed `budget`. */
  async #render(plan: LeftOut, budget: number): Promise<Rendered> {
    const own = this.#own(plan);
    // Newest first.
    const turns: Turn[] = [];
    const sent: SentTurn[] = [];
    const blocks = new BlockBuilder();
    let { tokens } = own;
    let count = 0;
    let exceeded = false;
    let ended = false;
    let isBeforeShort = plan.shortRun === this.run.id;
    while (!ended) {
      if (this.slices.isOver) await this.slices.next();
      const back = turns.length + 1;
      const sameLimit = this.#sameLimit(isBeforeShort);
      const block = back > 1 ? this.thread.block(back, sameLimit.outputTokens) : undefined;
      const isInPlan = [plan.from, plan.shortRun].some((id) => id !== undefined && block?.ids.has(id));
      if (block && !isInPlan && count + block.count <= this.#maxMessages && tokens + block.tokens <= budget) {
        this.thread.useBlock(back, block);
        blocks.restart();
        turns.push(...block.turns);
        sent.push(block);
        tokens += block.tokens;
        count += block.count;
        continue;
      }
      const turn = this.thread.turn(back);
      if (!turn) break;
      // Before its messages are read.
      ended = back > 1 && count + turn.count > this.#maxMessages;
      if (ended) break;
      const limits = turn.runId === plan.shortRun ? this.#limits(turn.runId, plan) : sameLimit;
      isBeforeShort ||= turn.runId !== undefined && turn.runId === plan.shortRun;
      const next = this.thread.turnMessages(turn, limits);
      exceeded = back > 1 && tokens + next.tokens > budget;
      ended = exceeded;
      if (ended) break;
      turns.push(turn);
      sent.push(next);
      tokens += next.tokens;
      count += turn.count;
      ended = turn.id === plan.from;
      // The newest turn may go on.
      const made = back > 1 ? blocks.add(turn, next) : undefined;
      if (made) this.thread.keepBlock(made);
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

  #sameLimit(isShort: boolean): { outputTokens: number } {
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
  async #reduceOwn(target: number): Promise<void> {
    const tokens = async (): Promise<number> => (await this.#render(this.#plan, Infinity)).tokens;
    const isEnough = async (): Promise<boolean> => (await tokens()) <= target;
    await this.#shortenOwn(isEnough);
    if (await isEnough()) return;
    this.#newestOutput = this.limits.oldOutput;
    const rest = await tokens();
    const details = this.#ownCalls.at(-1)?.step_details;
    const outputs = details?.type === 'tool_calls' ? details.tool_calls.length : 1;
    const each = this.limits.oldOutput + Math.floor((target - rest) / outputs);
    if (rest <= target) {
      this.#newestOutput = Math.min(each, this.limits.output);
      return;
    }
    await this.#moveBack((step) => (this.#plan = { ...this.#plan, omittedStep: step }), isEnough);
  }

  /** Shortens the older outputs of the run, oldest first, until `isEnough`; never those of its newest step. */
  async #shortenOwn(isEnough: () => boolean | Promise<boolean>): Promise<void> {
    await this.#moveBack((step) => (this.#plan = { ...this.#plan, shortStep: step }), isEnough);
  }

  /** Sets the first step of the run with calls for which `isEnough`; at most the last but one. */
  async #moveBack(set: (step: string) => void, isEnough: () => boolean | Promise<boolean>): Promise<void> {
    const steps = this.#ownCalls.slice(0, -1);
    let low = 0;
    let high = steps.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      set((steps[middle] as RunStep).id);
      if (await isEnough()) high = middle;
      else low = middle + 1;
    }
    const step = steps[low];
    if (step) set(step.id);
  }
}

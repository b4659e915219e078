import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { ModelMessage } from '../../models/modelProvider';
import type { Store } from '../../store/store';
import type { PlacedMessage, PromptStep } from '../../store/threadReader';
import type { EngineTools } from '../../tools/engineTool';
import { type BlockTurn, type TurnBlock } from './turnBlocks';
import {
  callsPiece,
  estimateTokens,
  joinPieces,
  messagePiece,
  modelMessages,
  type Piece,
  showsFiles,
} from './history';

/**
 * Messages that are read with the first query, and with the largest; they grow by what was read. The process does
 * nothing else during a query, so that one reads about as many characters at most.
 */
const pageSizes = { first: 100, max: 500, characters: 1_000_000 };

/** Of how many threads besides the present one histories are kept, and the most estimated tokens of them together. */
const maxKept = { threads: 8, tokens: 500_000 };

/** A message that a client has created, or all that one run added to the thread. */
export interface Turn {
  /** The message's or the run's. */
  readonly id: string;
  /** Undefined if it is a message that a client has created. */
  readonly runId?: string;
  readonly role: Message['role'];
  /** The number of its messages. */
  count: number;
  /** Its oldest message. */
  oldest: { readonly id: string; readonly seq: number };
}

/** How the steps of a run are sent. */
export interface StepLimits {
  /** The tokens that each output of a step may have, if it can be shortened: a number if it is the same for all. */
  outputTokens: number | ((step: RunStep) => number);
  /** Whether the calls of a step are left out. */
  isLeftOut?: (step: RunStep) => boolean;
}

/** What is sent of a turn. The messages are shared by prompts: do not change them. */
export interface SentTurn {
  messages: readonly ModelMessage[];
  /** Estimated. */
  tokens: number;
  /** The number of outputs that were shortened, or left out with their calls. */
  shortened: number;
}

/** A turn in memory. */
interface KnownTurn extends Turn {
  /** What was sent of it last. */
  sent?: KeptTurn;
  /** The turns from this one back to an older one, if they are sent in one piece. */
  block?: TurnBlock;
}

interface KeptTurn extends SentTurn {
  /** That of its outputs; undefined if it has none. */
  limit: number | undefined;
  /** Whether it stays the same for the next prompt. */
  isLasting: boolean;
}

/**
 * A thread before and in a run as messages for the model. It is kept for the later turns of the run and for later
 * runs: what has ended does not change any more, so that only what is new is read, and what was deleted is noticed
 * by the number of messages.
 */
export class ThreadHistory {
  readonly #store: Store;
  readonly #tools: EngineTools;
  /** Oldest first: the newest ones of the thread, without gaps. */
  #turns: KnownTurn[] = [];
  /** The last message that was read; 0 if none was. */
  #last = 0;
  /** Whether no older turns are stored. */
  #isComplete = false;
  /** How many of the newest turns the present prompt has asked for. */
  #used = 0;
  #run: Run;
  /** Of the steps of the run that have ended: what is sent of them, by id. */
  #pieces = new Map<string, { piece: Piece; limit?: number; isLeftOut?: boolean }>();
  /** The number of the messages of all turns. */
  #count = 0;
  #tokens = 0;
  /** The turns whose messages may be others in the next prompt. */
  readonly #passing = new Set<KnownTurn>();
  /** What the last queries have read for the present prompt. */
  readonly #messages = new Map<string, Message>();
  #steps = new Map<string, PromptStep[]>();
  readonly #sizes = { messages: new PageSize(), steps: new PageSize() };

  constructor(store: Store, tools: EngineTools, run: Run) {
    this.#store = store;
    this.#tools = tools;
    this.#run = run;
  }

  /** The estimated tokens of what is kept. */
  get tokens(): number {
    return this.#tokens;
  }

  /** Reads what is new in the thread. Call it before each prompt. */
  refresh(run: Run): void {
    if (run.id !== this.#run.id) this.#pieces = new Map();
    this.#run = run;
    this.#used = 0;
    const [first] = this.#turns;
    const { threadReader } = this.#store;
    if (first && threadReader.count(run.thread_id, first.oldest.seq, this.#last) !== this.#count)
      this.#clear();
    if (this.#last === 0) this.#isComplete = false;
    else this.#readNewer();
  }

  /**
   * Forgets what was read and is not needed for the present prompt, so that the next one reads it if it needs it.
   * `tokens`: the estimated tokens of that prompt.
   */
  settle(tokens: number): void {
    this.#tokens = tokens;
    this.#messages.clear();
    this.#steps.clear();
    for (const turn of this.#passing) turn.sent = undefined;
    this.#passing.clear();
    const unused = this.#turns.length - this.#used;
    if (unused <= 0) return;
    for (const { count } of this.#turns.splice(0, unused)) this.#count -= count;
    this.#isComplete = false;
  }

  /** The turn that is `back` turns before the run, 1 or more; older ones are read as they are asked for. */
  turn(back: number): Turn | undefined {
    // The oldest turn may have older messages.
    while (back >= this.#turns.length && !this.#isComplete) this.#readOlder();
    if (back > this.#turns.length) return undefined;
    this.#used = Math.max(this.#used, back);
    return this.#turns.at(-back);
  }

  /** The turns from `back` to an older one, if they were kept in one piece and were sent with this limit. */
  block(back: number, limit: number): TurnBlock | undefined {
    const block = back <= this.#turns.length ? this.#turns.at(-back)?.block : undefined;
    if (!block || (block.limit !== undefined && block.limit !== limit)) return undefined;
    const oldest = back + block.turns.length - 1;
    // Some of its turns may have been forgotten.
    if (oldest > this.#turns.length || this.#turns.at(-oldest) !== block.turns.at(-1)) return undefined;
    return block;
  }

  /** Marks the turns of a block as used. */
  useBlock(back: number, { turns }: TurnBlock): void {
    this.#used = Math.max(this.#used, back + turns.length - 1);
  }

  /** Keeps turns in one piece. */
  keepBlock(block: TurnBlock): void {
    const newest: KnownTurn | undefined = block.turns[0];
    if (newest) newest.block = block;
  }

  turnMessages(turn: Turn, limits: StepLimits): BlockTurn {
    const known: KnownTurn = turn;
    const { outputTokens, isLeftOut } = limits;
    const limit = typeof outputTokens === 'number' && !isLeftOut ? outputTokens : NaN;
    const { sent } = known;
    if (sent && isUsable(sent, limit)) return sent;
    const { pieces, hasOutputs, isLasting } = this.#read(turn, limits, limit);
    const messages = joinPieces(pieces);
    const made = { messages, tokens: estimateTokens(messages), shortened: shortenedIn(pieces) };
    if (!isLasting) this.#passing.add(known);
    return (known.sent = { ...made, limit: hasOutputs ? limit : undefined, isLasting });
  }

  /** The messages and calls of the run so far, in the order of its steps. */
  ownMessages(limits: StepLimits): SentTurn {
    const { threadReader, steps: table, messages: messageTable } = this.#store;
    const existing = threadReader.idsOfRun(this.#run.id);
    const pieces = this.ownSteps().flatMap((step): Piece[] => {
      const { step_details: details, id } = step;
      const known = this.#pieces.get(id);
      if (details.type === 'message_creation') {
        if (!existing.has(details.message_creation.message_id)) return [];
        if (known) return [known.piece];
        const message = messageTable.get(details.message_creation.message_id);
        const piece = messagePiece(this.#store, message, table.turn(id));
        if (step.status !== 'in_progress' && message && !showsFiles(message)) this.#pieces.set(id, { piece });
        return [piece];
      }
      const limit = tokensOf(limits, step);
      const isLeftOut = limits.isLeftOut?.(step) ?? false;
      if (known?.limit === limit && known.isLeftOut === isLeftOut) return [known.piece];
      const piece = callsPiece(this.#tools, step, () => table.turn(id), { tokens: limit, isLeftOut });
      if (step.status !== 'in_progress') this.#pieces.set(id, { piece, limit, isLeftOut });
      return [piece];
    });
    const messages = joinPieces(pieces);
    return { messages, tokens: estimateTokens(messages), shortened: shortenedIn(pieces) };
  }

  /** The steps of the run, oldest first. */
  ownSteps(): RunStep[] {
    return this.#store.steps.ofRun(this.#run.id);
  }

  #clear(): void {
    this.#turns = [];
    this.#count = 0;
    this.#last = 0;
    this.#isComplete = false;
  }

  #readNewer(): void {
    for (const { seq, message } of this.#store.threadReader.newer(
      this.#run.thread_id,
      this.#last,
      this.#run.id,
    )) {
      this.#messages.set(message.id, message);
      this.#count++;
      const turn = turnOf(message, seq);
      const newest = this.#turns.at(-1);
      if (newest && isSameRun(newest, turn)) {
        newest.count++;
        newest.sent = undefined;
      } else this.#turns.push(turn);
      this.#last = seq;
    }
  }

  #readOlder(): void {
    const { threadReader } = this.#store;
    const { thread_id, id } = this.#run;
    const [first] = this.#turns;
    const limit = this.#sizes.messages.next(this.#count);
    const page = threadReader.older(thread_id, first?.oldest.seq ?? Number.MAX_SAFE_INTEGER, limit, id);
    this.#sizes.messages.read(
      page.length,
      page.reduce((sum, { length }) => sum + length, 0),
    );
    this.#isComplete = page.length < limit;
    const [newest] = page;
    if (!newest) return;
    if (this.#last === 0) this.#last = newest.seq;
    for (const { message } of page) this.#messages.set(message.id, message);
    this.#count += page.length;
    this.#turns = [...this.#turnsOf(page), ...this.#turns];
  }

  /** The turns of a page, oldest first. The oldest known turn is joined with the messages of its run. */
  #turnsOf(page: readonly PlacedMessage[]): KnownTurn[] {
    const turns: KnownTurn[] = [];
    let [later] = this.#turns;
    for (const { seq, message } of page) {
      const turn = turnOf(message, seq);
      if (later && isSameRun(later, turn)) {
        later.count++;
        later.oldest = turn.oldest;
        later.sent = undefined;
      } else {
        turns.push(turn);
        later = turn;
      }
    }
    return turns.reverse();
  }

  #read(
    turn: Turn,
    limits: StepLimits,
    limit: number,
  ): { pieces: Piece[]; hasOutputs: boolean; isLasting: boolean } {
    const { id, runId } = turn;
    if (runId === undefined) {
      const message = this.#message(id);
      const messages = modelMessages(this.#store, message);
      return {
        pieces: [{ messages }],
        hasOutputs: false,
        isLasting: message !== undefined && !showsFiles(message),
      };
    }
    let isLasting = true;
    let hasOutputs = false;
    const steps = this.#stepsOf(runId, turn, limit);
    const pieces = steps.map((step): Piece => {
      const { turn } = step;
      if ('messageId' in step) {
        const message = this.#message(step.messageId);
        if (message && showsFiles(message)) isLasting = false;
        return messagePiece(this.#store, message, turn);
      }
      hasOutputs = true;
      const { calls } = step;
      const isLeftOut = limits.isLeftOut?.(calls) ?? false;
      return callsPiece(this.#tools, calls, () => turn, { tokens: tokensOf(limits, calls), isLeftOut });
    });
    return { pieces, hasOutputs, isLasting };
  }

  #stepsOf(runId: string, turn: Turn, limit: number): PromptStep[] {
    if (!this.#steps.has(runId)) this.#readSteps(turn, limit);
    const steps = this.#steps.get(runId) ?? [];
    this.#steps.set(runId, steps);
    return steps;
  }

  /** Reads the steps of a turn, and those of the older turns that are not known with this limit: they are asked for next. */
  #readSteps({ oldest: { seq } }: Turn, limit: number): void {
    const at = this.#turns.findLastIndex(({ oldest }) => oldest.seq <= seq);
    const end = at - this.#sizes.steps.next(pageSizes.max);
    let from = seq;
    for (const { sent, runId, oldest } of this.#turns.slice(Math.max(0, end + 1), at).reverse()) {
      if (sent && isUsable(sent, limit) && runId !== undefined) break;
      from = oldest.seq;
    }
    const { steps, length } = this.#store.threadReader.steps(this.#run.thread_id, from, seq);
    this.#sizes.steps.read(steps.size, length);
    this.#steps = steps;
  }

  #message(id: string): Message | undefined {
    return this.#messages.get(id) ?? this.#store.messages.get(id);
  }
}

/** How much a query may read, after what the last one has read. */
class PageSize {
  /** Characters of one, on average; 0 as long as nothing was read. */
  #average = 0;

  /** `known`: how many were read before. */
  next(known: number): number {
    const most = Math.min(Math.max(pageSizes.first, 2 * known), pageSizes.max);
    const fitting = this.#average > 0 ? Math.floor(pageSizes.characters / this.#average) : pageSizes.first;
    return Math.max(1, Math.min(most, fitting));
  }

  read(count: number, characters: number): void {
    if (count > 0) this.#average = characters / count;
  }
}

/** The histories of the threads that had runs last. */
export class ThreadHistories {
  readonly #histories = new Map<string, ThreadHistory>();

  constructor(
    private readonly store: Store,
    private readonly tools: EngineTools,
  ) {}

  /** The history of a run's thread, with all that is new in it. */
  of(run: Run): ThreadHistory {
    const { thread_id } = run;
    const history = this.#histories.get(thread_id) ?? new ThreadHistory(this.store, this.tools, run);
    this.keep(run, history);
    history.refresh(run);
    return history;
  }

  /** Keeps a history that took long to read, so that the others may have displaced it. */
  keep({ thread_id }: Run, history: ThreadHistory): void {
    this.#histories.delete(thread_id);
    this.#evict();
    this.#histories.set(thread_id, history);
  }

  /** Drops those that were not used for longest. */
  #evict(): void {
    let tokens = 0;
    for (const [at, [id, history]] of [...this.#histories].reverse().entries()) {
      tokens += history.tokens;
      if (at >= maxKept.threads || tokens > maxKept.tokens) this.#histories.delete(id);
    }
  }
}

function isUsable({ limit: sentLimit }: KeptTurn, limit: number): boolean {
  return sentLimit === undefined || sentLimit === limit;
}

function turnOf({ id, role, run_id }: Message, seq: number): KnownTurn {
  const oldest = { id, seq };
  if (role !== 'assistant' || run_id === null) return { id, role, count: 1, oldest };
  return { id: run_id, runId: run_id, role, count: 1, oldest };
}

function isSameRun(one: Turn, other: Turn): boolean {
  return one.runId !== undefined && one.runId === other.runId;
}

function tokensOf({ outputTokens }: StepLimits, step: RunStep): number {
  return typeof outputTokens === 'number' ? outputTokens : outputTokens(step);
}

function shortenedIn(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + ('shortened' in piece ? piece.shortened : 0), 0);
}

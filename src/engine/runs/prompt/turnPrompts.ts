import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { HostedRun } from '../../hosted/hostedRun';
import { fillText, wholeTexts } from '../../models/errorTexts';
import { resolveModel } from '../../models/connections';
import { type ModelConnection, ModelError, type ModelRequest } from '../../models/modelProvider';
import type { LeftOut, TurnContextDetails } from '../../store/tables/runTables';
import type { Store } from '../../store/store';
import { textTokens } from '../../text/tokens';
import type { EngineTools } from '../../tools/engineTool';
import { askWindow, type ConnectedModel, type KnownWindow, knownWindow, learnLimit } from './contextWindow';
import { fittedHistory, type History } from './fittedHistory';
import type { ThreadHistories } from './threadHistory';
import { modelMemory } from '../modelMemory';
import { modelRequest } from './modelRequest';

/** The tokens of a prompt for a model whose context window is not known; most of today's models accept that many. */
const defaultPromptTokens = 96_000;

/** Longer prompts wait until the context window is known. */
const shortPromptTokens = 3_000;

/** The part of a context window that is kept for the answer, and how much is enough for most answers. */
const answerShare = 0.25;
const usualAnswerTokens = 16_384;

/** Tokens are estimated: the part of the room for a prompt that is used. */
const estimateShare = 0.9;

/** The part of a prompt that one tool output may have, and the most tokens that it may have. */
const outputShare = 0.25;
const maxOutputTokens = 50_000;

/** The same for outputs that are shortened further, with the least. */
const oldOutputShare = 0.01;
const oldOutputTokens = { min: 100, max: 1_000 };

/** A prompt of more context windows than this is not sent. Lower numbers may be errors of the estimate. */
const maxWindows = 2;

/** What remains of a rejected prompt in the next attempt; the number of attempts, and their least tokens. */
const retryShare = 0.5;
const maxRetries = 6;
const minRetryTokens = 16;

interface PromptSources {
  store: Store;
  models: () => readonly ModelConnection[];
  tools: EngineTools;
  histories: ThreadHistories;
  hostedRun?: HostedRun;
}

/** The request of a turn. */
export interface Prompt {
  connection: ModelConnection;
  /** The provider's own id. */
  model: string;
  request: ModelRequest;
  /** The estimated tokens of its messages. */
  messageTokens: number;
  /** Whether anything of the thread was left out. */
  isTruncated: boolean;
  leftOut: LeftOut;
  context: TurnContextDetails;
}

/** The prompts of one turn of a run: the first one, and shorter ones if the model rejects it as too long. */
export class TurnPrompts {
  readonly #target: ConnectedModel;
  readonly #request: ModelRequest;
  /** The estimated tokens of all but the messages. */
  readonly #overhead: number;
  readonly #last: LeftOut | undefined;
  #retries = 0;

  constructor(
    private readonly sources: PromptSources,
    private readonly run: Run,
    /** Stops the making of a prompt, with its reason. */
    private readonly signal: AbortSignal,
  ) {
    const { connection, model } = resolveModel(sources.models(), run.model);
    this.#target = { connection, model, memory: modelMemory(sources.store, connection, model) };
    this.#request = modelRequest(sources, run, model, []);
    this.#overhead = textTokens(this.#request.instructions) + toolTokens(this.#request);
    this.#last = sources.store.steps.lastLeftOut(run.thread_id);
  }

  /** Throws ModelError for a prompt that is much too long for the model. */
  async first(): Promise<Prompt> {
    let window = knownWindow(this.#target);
    let prompt = await this.#prompt(window);
    // Short prompts fit into any window: they are sent without a question about it.
    if (window.isStale && this.#overhead + prompt.messageTokens > shortPromptTokens) {
      const asked = askWindow(this.#target);
      if (window.isUncertain) {
        await asked;
        this.signal.throwIfAborted();
        window = knownWindow(this.#target);
        prompt = await this.#prompt(window);
      }
    }
    if (!window.isUncertain) this.#checkLength(prompt);
    return prompt;
  }

  /** The prompt to send after one that was rejected with `error`. Throws that error if it cannot be shorter. */
  async shorter(rejected: Prompt, error: ModelError): Promise<Prompt> {
    learnLimit(this.#target, error, this.#overhead + rejected.messageTokens);
    if (this.#retries++ >= maxRetries) throw error;
    const window = knownWindow(this.#target);
    const half = Math.floor(rejected.messageTokens * retryShare);
    // The window that the error named, or half of what was sent: estimates may be too low.
    const named = this.#promptTokens({ ...window, tooMany: undefined }) - this.#overhead;
    const budget = named < rejected.messageTokens * estimateShare && named > 0 ? named : half;
    for (let tokens = budget; tokens >= minRetryTokens; tokens = Math.floor(tokens * retryShare)) {
      const prompt = await this.#prompt(window, { tokens, last: rejected.leftOut });
      if (prompt.messageTokens < rejected.messageTokens) return prompt;
    }
    throw error;
  }

  async #prompt(window: KnownWindow, retry?: { tokens: number; last: LeftOut }): Promise<Prompt> {
    const { sources, run } = this;
    const total = retry ? retry.tokens : this.#promptTokens(window);
    const output = Math.min(Math.floor(total * outputShare), maxOutputTokens);
    const old = Math.min(
      Math.max(Math.floor(total * oldOutputShare), oldOutputTokens.min),
      oldOutputTokens.max,
    );
    const key = `${run.model} ${total}`;
    const last = retry ? retry.last : this.#last?.for === key ? this.#last : undefined;
    const history = await fittedHistory({ ...sources, signal: this.signal }, run, {
      budget: retry ? retry.tokens : Math.max(total - this.#overhead, Math.floor(total * outputShare)),
      output,
      oldOutput: Math.min(old, output),
      last,
      isRetry: retry !== undefined,
    });
    return {
      connection: this.#target.connection,
      model: this.#target.model,
      request: { ...this.#request, messages: history.messages },
      messageTokens: history.tokens,
      isTruncated: history.messagesLeftOut > 0 || history.outputsShortened > 0,
      leftOut: { ...history.leftOut, for: key },
      context: contextDetails(window, this.#overhead + history.tokens, history),
    };
  }

  /** The estimated tokens that a prompt may have, with instructions and tools. */
  #promptTokens({ tokens, tooMany = Infinity }: KnownWindow): number {
    const { max_prompt_tokens } = this.run;
    const limits = [max_prompt_tokens ?? Infinity, Math.floor(tooMany * estimateShare)];
    if (tokens === null) return Math.min(defaultPromptTokens, ...limits);
    const wanted = this.#request.maxOutputTokens ?? usualAnswerTokens;
    const answer = Math.min(wanted, Math.floor(tokens * answerShare));
    return Math.min(Math.floor((tokens - answer) * estimateShare), ...limits);
  }

  #checkLength({ context, messageTokens, connection, model }: Prompt): void {
    const { window, tokens } = context;
    if (window === null || tokens <= window * maxWindows) return;
    const isOverhead = this.#overhead > messageTokens;
    const text = isOverhead ? wholeTexts.longInstructions : wholeTexts.longMessage;
    const length = number(isOverhead ? this.#overhead : messageTokens);
    throw new ModelError(fillText(text, connection.label, length, model, number(window)), 'invalid_prompt');
  }
}

function contextDetails(window: KnownWindow, tokens: number, history: History): TurnContextDetails {
  const { modelTokens } = window;
  return {
    window: window.tokens,
    tokens,
    ...(modelTokens !== undefined && { model_window: modelTokens }),
    ...(history.messagesLeftOut > 0 && { messages_left_out: history.messagesLeftOut }),
    ...(history.outputsShortened > 0 && { outputs_shortened: history.outputsShortened }),
  };
}

function toolTokens({ tools, responseFormat }: ModelRequest): number {
  return [...tools, ...(responseFormat ? [responseFormat] : [])].reduce(
    (sum, part) => sum + textTokens(JSON.stringify(part)),
    0,
  );
}

function number(count: number): string {
  return count.toLocaleString('en-US');
}

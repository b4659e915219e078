/** What is known of the context windows of models, and how it is learned. */
import { unixTime } from '../../ids';
import { resolveModel } from '../../models/connections';
import {
  type ContextLimit,
  type ContextWindow,
  type ModelConnection,
  ModelError,
  type ModelMemory,
  type ModelProvider,
} from '../../models/modelProvider';
import type { Store } from '../../store/store';
import { modelMemory } from '../modelMemory';

/** A model of a connection. */
export interface ConnectedModel {
  connection: ModelConnection;
  /** The provider's own id. */
  model: string;
  /** Undefined if the provider has no server. */
  memory?: ModelMemory;
}

/** The context window that prompts of a model are made for. */
export interface KnownWindow {
  /** Tokens of prompt and answer together; null if nothing is known. */
  tokens: number | null;
  /** The window that the model can have, if its server uses half of it or less. */
  modelTokens?: number;
  /** Estimated tokens that were too many for the model, if they are known. */
  tooMany?: number;
  /** Whether the server should be asked (again). */
  isStale: boolean;
  /** Whether nothing is known, or only what it is until the model is loaded. */
  isUncertain: boolean;
}

/** Seconds after which a server is asked again. A model of a local server may be loaded with another window. */
const maxAge = { remote: 24 * 60 * 60, local: 10 * 60 };
/** Seconds for which an error's limit is believed. */
const maxLimitAge = 24 * 60 * 60;
/** Smaller estimates do not show a window's size: the error may have had another reason. */
const minEstimate = 2_000;
/** Milliseconds. */
const askTimeout = 2_500;

/** Answers of the providers without a memory, and the questions under way. */
interface ProviderState {
  readonly answers: Map<string, { window?: ContextWindow; at: number }>;
  readonly asking: Map<string, Promise<void>>;
}

const states = new WeakMap<ModelProvider, ProviderState>();

/** The window of a model: the user's setting, or what its server has said; less if its errors say so. */
export function knownWindow({ connection, model, memory }: ConnectedModel): KnownWindow {
  const { answer, limit } = stored(connection.provider, model, memory);
  const set = connection.contextWindow?.(model);
  const known = set ?? answer?.window?.tokens ?? null;
  const isCurrent = answer && !answer.window?.isProvisional && !isOld(connection, answer.at);
  const isLimited = limit?.known === known && limit.at > unixTime() - maxLimitAge;
  const named = isLimited ? limit.tokens : undefined;
  const tokens = named !== undefined && (known === null || named < known) ? named : known;
  const modelTokens = set === undefined ? answer?.window?.modelTokens : undefined;
  return {
    tokens,
    ...(modelTokens !== undefined && tokens !== null && modelTokens >= tokens * 2 && { modelTokens }),
    ...(isLimited && limit.estimate !== undefined && { tooMany: limit.estimate }),
    isUncertain: tokens === null || (set === undefined && answer?.window?.isProvisional === true),
    isStale: set === undefined && !isCurrent && connection.provider.contextWindow !== undefined,
  };
}

/** Asks the server of a run's model for its window in the background, if what is known of it is old. */
export function refreshWindow(store: Store, models: readonly ModelConnection[], runId: string): void {
  const id = store.runs.field(runId, 'model');
  if (id === undefined) return;
  try {
    const { connection, model } = resolveModel(models, id);
    const target = { connection, model, memory: modelMemory(store, connection, model) };
    if (knownWindow(target).isStale) void askWindow(target);
  } catch (error) {
    // The connection does not exist any more.
    if (!(error instanceof ModelError)) throw error;
  }
}

/**
 * Asks the server of a model for its window, and remembers the answer. Takes a few seconds at most, and never
 * fails: a server that says nothing is asked again later. Several callers share one question.
 */
export function askWindow({ connection, model, memory }: ConnectedModel): Promise<void> {
  const { asking } = stateOf(connection.provider);
  const asked = asking.get(model) ?? ask(connection, model, memory).finally(() => asking.delete(model));
  asking.set(model, asked);
  return asked;
}

/** Remembers that a model has rejected a prompt of so many estimated tokens as too long. */
export function learnLimit(
  { connection, model, memory }: ConnectedModel,
  error: ModelError,
  estimate: number,
): void {
  const { answer } = stored(connection.provider, model, memory);
  const known = connection.contextWindow?.(model) ?? answer?.window?.tokens ?? null;
  const tokens = error.contextWindow;
  const isMeaningful = estimate >= minEstimate && error.status !== 413;
  if (!isMeaningful && tokens === undefined) return;
  const limit: ContextLimit = {
    ...(tokens !== undefined && { tokens }),
    ...(isMeaningful && { estimate }),
    known,
    at: unixTime(),
  };
  memory?.set({ contextLimit: limit });
}

async function ask(
  { provider }: ModelConnection,
  model: string,
  memory: ModelMemory | undefined,
): Promise<void> {
  const timeout = AbortSignal.timeout(askTimeout);
  try {
    const said = await provider.contextWindow?.(model, timeout);
    const { answer } = stored(provider, model, memory);
    // A local server unloads models that are not used; what it loads them with stays the same.
    const isKnown = said?.isProvisional && answer?.window && !answer.window.isProvisional;
    const window = isKnown ? answer.window : said;
    stateOf(provider).answers.set(model, { window, at: unixTime() });
    memory?.set({ contextWindow: window, contextWindowAskedAt: unixTime() });
  } catch {
    // Not needed to run the model. A server that is slow is not asked with every turn.
    const age = isLocal(provider) ? 0 : maxAge.remote - maxAge.local;
    if (timeout.aborted) tryTo(() => memory?.set({ contextWindowAskedAt: unixTime() - age }));
  }
}

/** The engine may have been closed in the meantime. */
function tryTo(write: () => void): void {
  try {
    write();
  } catch {
    // There is nobody left to use it.
  }
}

function stored(
  provider: ModelProvider,
  model: string,
  memory: ModelMemory | undefined,
): { answer?: { window?: ContextWindow; at: number }; limit?: ContextLimit } {
  if (!memory) return { answer: stateOf(provider).answers.get(model) };
  const { contextWindow, contextWindowAskedAt: at, contextLimit } = memory.get();
  return { answer: at === undefined ? undefined : { window: contextWindow, at }, limit: contextLimit };
}

function stateOf(provider: ModelProvider): ProviderState {
  let state = states.get(provider);
  if (!state) states.set(provider, (state = { answers: new Map(), asking: new Map() }));
  return state;
}

function isOld({ provider }: ModelConnection, at: number): boolean {
  return at < unixTime() - (isLocal(provider) ? maxAge.local : maxAge.remote);
}

function isLocal({ server = '' }: ModelProvider): boolean {
  return /\/\/(localhost|127\.|\[::1\]|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(server);
}

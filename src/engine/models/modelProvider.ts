/**
 * The engine's interface to models, independent of any provider. Each kind of model implements it in a file
 * of its own; the run loop is its only caller.
 */

import type { ModelPrice } from './prices';
import type { ReplayTraits } from './replay/replayTraits';

/** A model a connection offers. */
export interface ModelInfo {
  /** The provider's own id, without the connection's prefix. */
  id: string;
  /** A name to show; the id is shown if it is undefined. */
  label?: string;
  /** Maximum tokens of prompt and answer together, if the provider says. */
  contextWindow?: number;
}

export type ModelContentPart =
  | { type: 'text'; text: string }
  /** `url` is `https:` or `data:`; files are resolved to `data:` before they get here. */
  | {
      type: 'image';
      url: string;
      detail?: 'auto' | 'low' | 'high';
      /** Of its file. */
      name?: string;
    };

export interface ModelToolCall {
  /** The model's id of the call, or a generated one; unique within a run. */
  id: string;
  name: string;
  /** JSON as the model wrote it; it may be invalid. */
  arguments: string;
  /** Opaque JSON state of the call that the same provider wants back with it. */
  providerState?: unknown;
}

export type ModelMessage =
  | { role: 'user'; content: ModelContentPart[] }
  | {
      role: 'assistant';
      content: string;
      toolCalls?: ModelToolCall[];
      /**
       * Opaque JSON state of this turn that the same provider wants back: encrypted reasoning, the phases of messages.
       * Turns without calls have it as well.
       */
      providerState?: unknown;
    }
  | { role: 'tool'; toolCallId: string; name: string; output: string };

export interface ModelTool {
  name: string;
  description?: string;
  /** JSON Schema of the arguments. */
  parameters?: Record<string, unknown>;
  strict?: boolean;
}

/** The tools of a request that the provider answers itself. Ids are the provider's. */
export interface HostedTools {
  fileSearch?: {
    /** At least one. */
    storeIds: string[];
    maxResults?: number;
    /** 0–1. */
    scoreThreshold?: number;
  };
  codeInterpreter?: { fileIds: string[] };
}

export type HostedToolName = 'file_search' | 'code_interpreter';

/** A passage that the provider's file search found. */
export interface HostedPassage {
  /** The provider's id of the file. */
  fileId: string;
  filename: string;
  /** 0–1. */
  score: number;
  text: string;
}

export type HostedOutput =
  | { type: 'logs'; logs: string }
  /** `url` is as the provider sent it and may be anything. */
  | { type: 'image'; url: string };

export type ModelToolChoice = 'auto' | 'none' | 'required' | { name: string };

export type ModelResponseFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | {
      type: 'json_schema';
      json_schema: { name: string; description?: string; schema?: Record<string, unknown>; strict?: boolean };
    };

export interface ModelRequest {
  /** The provider's own id, without the connection's prefix. */
  model: string;
  instructions: string;
  /** Oldest first. The last is a user message or a tool output. */
  messages: ModelMessage[];
  tools: ModelTool[];
  /** Only for a provider with hosted tools. */
  hosted?: HostedTools;
  toolChoice?: ModelToolChoice;
  parallelToolCalls?: boolean;
  responseFormat?: ModelResponseFormat;
  /** 0–2. */
  temperature?: number;
  /** 0–1. */
  topP?: number;
  reasoningEffort?: string;
  maxOutputTokens?: number;
}

/** Tokens of one turn. */
export interface ModelUsage {
  promptTokens: number;
  completionTokens: number;
  cachedTokens?: number;
  reasoningTokens?: number;
}

export type ModelFinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/** A web page that an answer is based on, as the provider names it. */
export interface ModelSource {
  /** As the provider sent it; may be anything. */
  url: string;
  title?: string;
  /** The part of the turn's text that it belongs to, in UTF-16 units; undefined if it belongs to the whole answer. */
  start?: number;
  end?: number;
}

export type ModelEvent =
  | { type: 'text'; text: string }
  /** A piece of the model's reasoning, which is not part of the answer. */
  | { type: 'reasoning'; text: string }
  /** All text of the turn so far was reasoning: no part of the answer, which follows. */
  | { type: 'text_was_reasoning' }
  /** The pages that the answer is based on; the last such event of a turn counts. */
  | { type: 'sources'; sources: ModelSource[] }
  /** What the request was repeated without, because the server rejected it: names of parameters, `images`. */
  | { type: 'omitted'; parts: string[] }
  | { type: 'refusal'; text: string }
  /** A call begins; `index` identifies it within the turn. */
  | { type: 'tool_call'; index: number; id: string; name: string }
  | { type: 'tool_call_arguments'; index: number; arguments: string }
  /** Opaque JSON state of a call, which is sent back with it. */
  | { type: 'tool_call_state'; index: number; state: unknown }
  /** A call begins that the provider answers itself; `index` identifies it among the hosted calls of the turn. */
  | { type: 'hosted_call'; index: number; id: string; name: HostedToolName }
  /** A piece of the code of a hosted call, as it is streamed. */
  | { type: 'hosted_code'; index: number; code: string }
  /** A hosted call is answered. `state` is opaque and sent back with the call. */
  | { type: 'hosted_search'; index: number; queries: string[]; passages: HostedPassage[]; state: unknown }
  | { type: 'hosted_outputs'; index: number; outputs: HostedOutput[]; state: unknown }
  /** The preceding text cites a file of the provider's. */
  | { type: 'citation'; fileId: string }
  /** The text links to a file that hosted code wrote. */
  | { type: 'container_file'; containerId: string; fileId: string; name: string }
  | { type: 'provider_state'; state: unknown }
  | { type: 'usage'; usage: ModelUsage }
  | { type: 'finish'; reason: ModelFinishReason };

/**
 * What was learned about a model of a connection from its server's errors and descriptions. JSON. Each kind
 * of provider reads what it knows and ignores the rest.
 */
export interface ModelTraits {
  /** Parts of a request that the server rejects. */
  rejects?: string[];
  /** The context window that the server reported last; undefined if it reported none. */
  contextWindow?: ContextWindow;
  /** When it was asked for that. Unix time in seconds. */
  contextWindowAskedAt?: number;
  /** What an error of the server said of the context window. */
  contextLimit?: ContextLimit;
  /** What the server accepts of a thread's past. */
  replay?: ReplayTraits;
  [trait: string]: unknown;
}

/** The context window of a model as its server runs it. */
export interface ContextWindow {
  /** Maximum tokens of prompt and answer together. */
  tokens: number;
  /** The window that the model can have, if the server says that too. */
  modelTokens?: number;
  /** It may be another one once the model is loaded. */
  isProvisional?: boolean;
  /** What the model costs, if the server says that too. */
  price?: ModelPrice;
}

/** Learned from a request that was rejected as too long. */
export interface ContextLimit {
  /** The context window that the error named. */
  tokens?: number;
  /** The tokens of the request, as this engine estimates them, if they show the size of the window. */
  estimate?: number;
  /** The context window that was known at the time; the limit is forgotten when that changes. Null if none was. */
  known: number | null;
  /** Unix time in seconds. */
  at: number;
}

/**
 * The traits of the model of a request. They are kept across restarts, shared with other windows, and
 * forgotten when the connection's `server` changes.
 */
export interface ModelMemory {
  /** Re-read on each call. */
  get(): ModelTraits;
  /** Sets these traits; an undefined one is removed. */
  set(traits: ModelTraits): void;
}

/** Records what is sent to a server and what comes back, for users who debug an assistant. */
export interface ExchangeRecorder {
  /**
   * A request is sent; one that is retried or changed is sent again. Headers are not recorded. `secrets` are
   * removed from everything that is recorded; they may grow until the end of the turn.
   */
  request(url: string, body: string, secrets: Iterable<string>): void;
  /** Its response begins. */
  response(status: number): void;
  /** A piece of the response's body. */
  received(text: string): void;
}

/** What the engine provides for one turn. */
export interface TurnContext {
  memory?: ModelMemory;
  recorder?: ExchangeRecorder;
}

/** The paths of OpenAI's API, below the base URL, that can be forwarded. */
export type ForwardedPath = '/chat/completions' | '/embeddings';

export interface ModelProvider {
  /** The API and address of the server: learned traits are valid for it alone. Undefined if there is none. */
  readonly server?: string;
  /** Whether its answers cost nothing, as they are scripted. */
  readonly isFree?: boolean;
  /** The models that the provider offers now. Throws ModelError, whose message is for the user. */
  listModels(signal: AbortSignal): Promise<ModelInfo[]>;
  /**
   * Whether the provider has a model that it does not list. Undefined if it lists all of them. Throws ModelError, or
   * the signal's reason once that is aborted.
   */
  hasModel?(model: string, signal: AbortSignal): Promise<boolean>;
  /**
   * Streams one model turn. Ends with a `finish` event or throws ModelError, or the signal's reason once
   * that is aborted.
   */
  generate(request: ModelRequest, signal: AbortSignal, context?: TurnContext): AsyncIterable<ModelEvent>;
  /**
   * The context window of a model, as its server says now; undefined if it does not say. Throws ModelError, or
   * the signal's reason once that is aborted.
   */
  contextWindow?(model: string, signal: AbortSignal): Promise<ContextWindow | undefined>;
  /**
   * Embeds texts and returns a vector each, in their order. Undefined if the provider has no embeddings.
   * Throws ModelError, or the signal's reason once that is aborted.
   */
  embed?(model: string, texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]>;
  /**
   * Sends a JSON body, which names the provider's own model id, to the server as it is. Resolves with the status,
   * the content type and the bytes of its answer; errors that the server reports are in OpenAI's envelope.
   * Undefined if there is no server. Throws ModelError, or the signal's reason once that is aborted.
   */
  forward?(path: ForwardedPath, body: string, signal: AbortSignal): Promise<Response>;
  /** The provider's own files and vector stores. Undefined if it has no hosted tools. */
  hosted?: HostedFiles;
}

/** The settings of a file in a provider's vector store. */
export interface HostedFileSettings {
  attributes: Record<string, string | number | boolean>;
  chunking: { maxTokens: number; overlapTokens: number };
}

export interface HostedFileStatus {
  status: 'in_progress' | 'completed' | 'failed';
  /** The provider's message, if it failed. */
  reason?: string;
  /** Whether the failure is the provider's rather than the file's, so that another attempt may succeed. */
  retryable?: boolean;
}

/**
 * The files and vector stores of a provider, for its hosted tools. Ids are the provider's. All methods throw
 * ModelError, or the signal's reason once that is aborted.
 */
export interface HostedFiles {
  /** The host of the server. Ids are only valid on it. */
  readonly place: string;
  /** Returns the file's id. */
  uploadFile(path: string, name: string, signal: AbortSignal): Promise<string>;
  hasFile(fileId: string, signal: AbortSignal): Promise<boolean>;
  deleteFile(fileId: string, signal: AbortSignal): Promise<void>;
  /** Returns the store's id. */
  createStore(name: string, signal: AbortSignal): Promise<string>;
  /** Whether a store exists and has not expired. */
  hasStore(storeId: string, signal: AbortSignal): Promise<boolean>;
  deleteStore(storeId: string, signal: AbortSignal): Promise<void>;
  addFile(storeId: string, fileId: string, settings: HostedFileSettings, signal: AbortSignal): Promise<void>;
  fileStatus(storeId: string, fileId: string, signal: AbortSignal): Promise<HostedFileStatus>;
  removeFile(storeId: string, fileId: string, signal: AbortSignal): Promise<void>;
  /** The bytes of a file that hosted code wrote. */
  containerFile(containerId: string, fileId: string, signal: AbortSignal): Promise<Uint8Array>;
}

/** A source of models that the user has configured. */
export interface ModelConnection {
  /** Unique, no slash: the first part of `connection/model`. */
  id: string;
  /** The name to show: “OpenAI”, “Ollama”, “Demo – scripted replies, no AI”. */
  label: string;
  provider: ModelProvider;
  /** The context window of a model that the user has set, in tokens. Replaces what its server says. */
  contextWindow?: (model: string) => number | undefined;
  /**
   * Of the first connection: `org/model` is an id of its provider if `org` is no connection. For a server with
   * a single connection, whose clients send the provider's ids. By default, such an id is an error.
   */
  ownsUnknownPrefixes?: boolean;
}

/** The `code` of a run's `last_error`. */
export type ModelErrorCode = 'server_error' | 'rate_limit_exceeded' | 'invalid_prompt';

/** A model request failed. The message is for the user: which connection, what it answered, what to do. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  constructor(
    message: string,
    readonly code: ModelErrorCode = 'server_error',
    /** The HTTP status of the provider's response, if there was one. */
    readonly status?: number,
    options?: ErrorOptions & {
      /** The request exceeds the model's context window; a shorter one may succeed. */
      tooLong?: boolean;
      /** The body of the provider's error as it was sent. Not for users: it may contain secrets. */
      answer?: string;
      /** The model's context window in tokens, as far as an error of a request that was too long names it. */
      contextWindow?: number;
      /** The provider itself reported the error, rather than that the connection was lost or the answer unreadable. */
      reported?: boolean;
      /** Nothing was answered yet, and the same request may succeed later. */
      transient?: boolean;
    },
  ) {
    super(message, options);
    this.tooLong = options?.tooLong ?? false;
    this.answer = options?.answer;
    this.contextWindow = options?.contextWindow;
    this.reported = options?.reported ?? false;
    this.transient = options?.transient ?? false;
  }

  readonly tooLong: boolean;
  readonly answer: string | undefined;
  readonly contextWindow: number | undefined;
  readonly reported: boolean;
  readonly transient: boolean;
}

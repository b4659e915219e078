/**
 * What the engine asks of a model, in terms of no provider in particular. One file a kind of model
 * implements it; the run loop is its only caller.
 */

/** A model a connection offers. */
export interface ModelInfo {
  /** The provider's own id, without the connection's prefix. */
  id: string;
  /** A name for people; the id where there is none. */
  label?: string;
  /** Tokens that fit in one request, prompt and answer together, where the provider tells. */
  contextWindow?: number;
}

export type ModelContentPart =
  | { type: 'text'; text: string }
  /** `url` is `https:` or `data:`; files are resolved to `data:` before they get here. */
  | { type: 'image'; url: string; detail?: 'auto' | 'low' | 'high' };

export interface ModelToolCall {
  /** The id the model gave, or one made up for it; unique within a run. */
  id: string;
  name: string;
  /** JSON as the model wrote it, which may not parse. */
  arguments: string;
  /** A call that its provider has answered itself: what that provider gave with it and wants back; JSON. */
  providerState?: unknown;
}

export type ModelMessage =
  | { role: 'user'; content: ModelContentPart[] }
  | {
      role: 'assistant';
      content: string;
      toolCalls?: ModelToolCall[];
      /** What the same provider gave with this turn and wants back (encrypted reasoning); JSON. */
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

/** A passage that the provider's file search has found. */
export interface HostedPassage {
  /** The provider's. */
  fileId: string;
  filename: string;
  /** 0–1. */
  score: number;
  text: string;
}

export type HostedOutput =
  | { type: 'logs'; logs: string }
  /** `url` is whatever the provider gives. */
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
  /** Oldest first. The last is a user's message or tool outputs. */
  messages: ModelMessage[];
  tools: ModelTool[];
  /** Only for a provider that has them. */
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

export type ModelEvent =
  | { type: 'text'; text: string }
  | { type: 'refusal'; text: string }
  /** A call begins; `index` tells apart the calls of one turn. */
  | { type: 'tool_call'; index: number; id: string; name: string }
  | { type: 'tool_call_arguments'; index: number; arguments: string }
  /** The provider answers a call itself; `index` tells apart the hosted calls of one turn. */
  | { type: 'hosted_call'; index: number; id: string; name: HostedToolName }
  /** Code that the provider will run, as it is written. */
  | { type: 'hosted_code'; index: number; code: string }
  /** The call is answered. `state` goes back with it. */
  | { type: 'hosted_search'; index: number; queries: string[]; passages: HostedPassage[]; state: unknown }
  | { type: 'hosted_outputs'; index: number; outputs: HostedOutput[]; state: unknown }
  /** What was just said rests on a file of the provider's. */
  | { type: 'citation'; fileId: string }
  /** What is said links to a file that hosted code has written. */
  | { type: 'container_file'; containerId: string; fileId: string; name: string }
  | { type: 'provider_state'; state: unknown }
  | { type: 'usage'; usage: ModelUsage }
  | { type: 'finish'; reason: ModelFinishReason };

export interface ModelProvider {
  /** Models this provider offers now. Throws ModelError with a message fit for the user. */
  listModels(signal: AbortSignal): Promise<ModelInfo[]>;
  /**
   * One model turn, streamed. Ends with a `finish` event or throws ModelError; once the signal is
   * aborted, its reason.
   */
  generate(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
  /**
   * The vectors of texts, in their order; left out where the provider has none. Throws ModelError with
   * a message fit for the user; once the signal is aborted, its reason.
   */
  embed?(model: string, texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]>;
  /** The provider's own files and vector stores; left out where it has no hosted tools. */
  hosted?: HostedFiles;
}

/** How a file is put into a vector store of a provider. */
export interface HostedFileSettings {
  attributes: Record<string, string | number | boolean>;
  chunking: { maxTokens: number; overlapTokens: number };
}

export interface HostedFileStatus {
  status: 'in_progress' | 'completed' | 'failed';
  /** Why it failed, in the provider's words. */
  reason?: string;
  /** Whether it failed for the provider, not for the file: another time it may be read. */
  retryable?: boolean;
}

/**
 * The files and vector stores that a provider keeps for its hosted tools; ids are the provider's.
 * Everything throws ModelError with a message fit for the user; once the signal is aborted, its reason.
 */
export interface HostedFiles {
  /** The server that keeps them: what is known of one says nothing of another. */
  readonly place: string;
  /** Returns the file's id. */
  uploadFile(path: string, name: string, signal: AbortSignal): Promise<string>;
  hasFile(fileId: string, signal: AbortSignal): Promise<boolean>;
  deleteFile(fileId: string, signal: AbortSignal): Promise<void>;
  /** Returns the store's id. */
  createStore(name: string, signal: AbortSignal): Promise<string>;
  /** Whether a store is there and can be searched. */
  hasStore(storeId: string, signal: AbortSignal): Promise<boolean>;
  deleteStore(storeId: string, signal: AbortSignal): Promise<void>;
  addFile(storeId: string, fileId: string, settings: HostedFileSettings, signal: AbortSignal): Promise<void>;
  fileStatus(storeId: string, fileId: string, signal: AbortSignal): Promise<HostedFileStatus>;
  removeFile(storeId: string, fileId: string, signal: AbortSignal): Promise<void>;
  /** The bytes of a file that hosted code has written. */
  containerFile(containerId: string, fileId: string, signal: AbortSignal): Promise<Uint8Array>;
}

/** A place models come from, as the user set it up. */
export interface ModelConnection {
  /** Unique, no slash: the first part of `connection/model`. */
  id: string;
  /** For people: «OpenAI», «Ollama», «Demo – scripted replies, no AI». */
  label: string;
  provider: ModelProvider;
}

/** The `code` of a run's `last_error`. */
export type ModelErrorCode = 'server_error' | 'rate_limit_exceeded' | 'invalid_prompt';

/** A model turn that failed, in words for the user: which connection, what it answered, what to do. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  constructor(
    message: string,
    readonly code: ModelErrorCode = 'server_error',
    /** The HTTP status the provider answered with, if it answered. */
    readonly status?: number,
    options?: ErrorOptions & {
      /** The request was longer than what the model takes at once: a shorter one may do. */
      tooLong?: boolean;
    },
  ) {
    super(message, options);
    this.tooLong = options?.tooLong ?? false;
  }

  readonly tooLong: boolean;
}

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

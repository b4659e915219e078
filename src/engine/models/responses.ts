import type {
  FunctionTool,
  ResponseCreateParamsStreaming,
  ResponseFormatTextConfig,
  ResponseInputContent,
  ResponseInputItem,
} from 'openai/resources/responses/responses';
import { embedTexts } from './embeddings';
import { listModels } from './modelList';
import { ModelServer, type Send, type ModelServerOptions } from './modelServer';
import { readState, ResponseReader } from './responseReader';
import {
  ModelError,
  type ModelMessage,
  type ModelProvider,
  type ModelRequest,
  type ModelResponseFormat,
  type ModelTool,
} from './types';

/** The Responses API of OpenAI and Azure (v1). Nothing is stored there; what has to be kept is kept here. */
export function createResponsesModel(options: ModelServerOptions): ModelProvider {
  const server = new ModelServer(options);
  /** Models that have no encrypted reasoning to give. */
  const plainModels = new Set<string>();

  return {
    listModels: (signal) => listModels(server, signal),

    embed: (model, texts, signal) => embedTexts(server, model, texts, signal),

    async *generate(request, signal) {
      const origin = `${server.host}/${request.model}`;
      let withReasoning = true;
      for (;;) {
        const encrypted = !plainModels.has(request.model);
        const body = bodyOf(request, encrypted, withReasoning ? origin : undefined);
        const reader = new ResponseReader(server.place, origin);
        try {
          const send: Send = (client, sending) => client.responses.create(body, sending);
          const items = server.stream(signal, send, () => reader.finished);
          for await (const item of items) yield* reader.read(item);
        } catch (error) {
          if (signal.aborted) throw error;
          const refused = refusedPart(error);
          if (refused === 'include' && encrypted) plainModels.add(request.model);
          else if (refused === 'reasoning' && withReasoning) withReasoning = false;
          else throw error;
          continue;
        }
        yield* reader.end();
        return;
      }
    },
  };
}

/** What a server does not take and can do without: the wish for encrypted reasoning, or reasoning made under another key. */
function refusedPart(error: unknown): 'include' | 'reasoning' | undefined {
  if (!(error instanceof ModelError) || error.status !== 400) return undefined;
  if (/encrypted content is not supported|reasoning\.encrypted_content|\binclude\b/i.test(error.message))
    return 'include';
  return /encrypted|reasoning' (was|item)|\brs_/i.test(error.message) ? 'reasoning' : undefined;
}

function bodyOf(
  request: ModelRequest,
  encrypted: boolean,
  origin: string | undefined,
): ResponseCreateParamsStreaming {
  const { temperature, topP, maxOutputTokens, reasoningEffort, responseFormat } = request;
  return {
    model: request.model,
    input: request.messages.flatMap((message) => inputItems(message, origin)),
    stream: true,
    store: false,
    ...(encrypted ? { include: ['reasoning.encrypted_content'] } : {}),
    ...(request.instructions.trim() ? { instructions: request.instructions } : {}),
    ...toolParams(request),
    ...(responseFormat && responseFormat.type !== 'text'
      ? { text: { format: textFormat(responseFormat) } }
      : {}),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(maxOutputTokens === undefined ? {} : { max_output_tokens: maxOutputTokens }),
    ...(reasoningEffort === undefined
      ? {}
      : { reasoning: { effort: reasoningEffort } as ResponseCreateParamsStreaming['reasoning'] }),
  };
}

function inputItems(message: ModelMessage, origin: string | undefined): ResponseInputItem[] {
  if (message.role === 'user') return [{ role: 'user', content: message.content.map(inputContent) }];
  if (message.role === 'tool') {
    return [{ type: 'function_call_output', call_id: message.toolCallId, output: message.output }];
  }
  return turnItems(message, origin);
}

/** A turn of the model, with its reasoning where that came from the same model of the same server. */
function turnItems(
  { content, toolCalls = [], providerState }: Extract<ModelMessage, { role: 'assistant' }>,
  origin: string | undefined,
): ResponseInputItem[] {
  const text: ResponseInputItem[] = content ? [{ role: 'assistant', content }] : [];
  const calls = toolCalls.map(({ id, name, arguments: json }): ResponseInputItem => {
    return { type: 'function_call', call_id: id, name, arguments: json || '{}' };
  });
  const state = readState(providerState);
  if (!state || state.origin !== origin) return [...text, ...calls];

  // Reasoning is taken back only where it stood: right before what it led to.
  const rest = [...text, ...calls];
  const take = (wanted: (item: ResponseInputItem) => boolean) => {
    const at = rest.findIndex(wanted);
    return at < 0 ? [] : rest.splice(at, 1);
  };
  const ordered = state.items.flatMap((entry): ResponseInputItem[] => {
    if ('reasoning' in entry) return [entry.reasoning];
    if ('call' in entry) return take((item) => item.type === 'function_call' && item.call_id === entry.call);
    return take((item) => 'role' in item);
  });
  return [...ordered, ...rest];
}

type Part = Extract<ModelMessage, { role: 'user' }>['content'][number];

function inputContent(part: Part): ResponseInputContent {
  if (part.type === 'text') return { type: 'input_text', text: part.text };
  return { type: 'input_image', image_url: part.url, detail: part.detail ?? 'auto' };
}

function toolParams({
  tools,
  toolChoice,
  parallelToolCalls,
}: ModelRequest): Partial<ResponseCreateParamsStreaming> {
  if (tools.length === 0) return {};
  const choice = typeof toolChoice === 'object' ? { type: 'function' as const, ...toolChoice } : toolChoice;
  return {
    tools: tools.map(toolParam),
    ...(choice === undefined || choice === 'auto' ? {} : { tool_choice: choice }),
    ...(parallelToolCalls === undefined ? {} : { parallel_tool_calls: parallelToolCalls }),
  };
}

/** Left out, `strict` would be true here, and refuse schemas that Assistants take. */
function toolParam({ name, description, parameters, strict }: ModelTool): FunctionTool {
  const schema = parameters ?? { type: 'object', properties: {} };
  return { type: 'function', name, description, parameters: schema, strict: strict ?? false };
}

function textFormat(format: Exclude<ModelResponseFormat, { type: 'text' }>): ResponseFormatTextConfig {
  if (format.type === 'json_object') return format;
  const { schema = {}, ...named } = format.json_schema;
  return { type: 'json_schema', schema, ...named };
}

import type {
  FunctionTool,
  ResponseCreateParamsStreaming,
  ResponseFormatTextConfig,
  ResponseInputContent,
  ResponseIncludable,
  ResponseInputItem,
  Tool,
} from 'openai/resources/responses/responses';
import { embedTexts } from './embeddings';
import { listModels } from './modelList';
import { askContextWindow } from './server/contextWindow';
import { ModelServer, type Send, type ModelServerOptions } from './server/modelServer';
import { readState, ResponseReader } from './responses/responseReader';
import { createResponsesFiles } from './responses/responsesFiles';
import {
  type HostedTools,
  ModelError,
  type ModelMessage,
  type ModelProvider,
  type ModelRequest,
  type ModelResponseFormat,
  type ModelTool,
  type ModelToolCall,
} from './modelProvider';

/** The Responses API of OpenAI and Azure (v1). Used with `store: false`: all state is stored here. */
export function createResponsesModel(options: ModelServerOptions): ModelProvider {
  const server = new ModelServer(options);
  /** Models that do not support encrypted reasoning. */
  const plainModels = new Set<string>();

  return {
    server: `responses ${options.baseURL}`,

    listModels: (signal) => listModels(server, signal),

    contextWindow: (model, signal) => askContextWindow(server, model, signal),

    hosted: createResponsesFiles(server),

    embed: (model, texts, signal) => embedTexts(server, model, texts, signal),

    async *generate(request, signal) {
      const origin = `${server.host}/${request.model}`;
      let withReasoning = true;
      for (;;) {
        const encrypted = !plainModels.has(request.model);
        const body = bodyOf(request, encrypted, withReasoning ? origin : undefined);
        const reader = new ResponseReader(server.info, origin);
        try {
          const send: Send = (client, sending) => client.responses.create(body, sending);
          const items = server.stream(signal, send, () => reader.finished);
          for await (const item of items) yield* reader.read(item);
        } catch (error) {
          if (signal.aborted) throw error;
          const rejected = rejectedPart(error);
          if (rejected === 'include' && encrypted) plainModels.add(request.model);
          else if (rejected === 'reasoning' && withReasoning) withReasoning = false;
          else throw error;
          continue;
        }
        yield* reader.end();
        return;
      }
    },
  };
}

/**
 * The optional part of a request that a server rejected: `include` of encrypted reasoning, or reasoning made
 * under another key.
 */
function rejectedPart(error: unknown): 'include' | 'reasoning' | undefined {
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
    input: inputOf(request.messages, origin),
    stream: true,
    store: false,
    ...includeParam(request.hosted, encrypted),
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

function includeParam(
  hosted: HostedTools | undefined,
  encrypted: boolean,
): Pick<ResponseCreateParamsStreaming, 'include'> {
  const include: ResponseIncludable[] = [
    ...(encrypted ? (['reasoning.encrypted_content'] as const) : []),
    ...(hosted?.fileSearch ? (['file_search_call.results'] as const) : []),
    ...(hosted?.codeInterpreter ? (['code_interpreter_call.outputs'] as const) : []),
  ];
  return include.length > 0 ? { include } : {};
}

function inputOf(messages: readonly ModelMessage[], origin: string | undefined): ResponseInputItem[] {
  /** Ids of the hosted calls that are sent back as original items, which contain their outputs. */
  const replayed = new Set<string>();
  return messages.flatMap((message): ResponseInputItem[] => {
    if (message.role === 'user') return [{ role: 'user', content: message.content.map(inputContent) }];
    if (message.role === 'assistant') {
      for (const call of message.toolCalls ?? []) if (hostedItems(call, origin)) replayed.add(call.id);
      return turnItems(message, origin);
    }
    if (replayed.has(message.toolCallId)) return [];
    return [{ type: 'function_call_output', call_id: message.toolCallId, output: message.output }];
  });
}

/** The original items of a hosted call of the same model, with the reasoning that led to it; undefined for other calls. */
function hostedItems(
  { providerState }: ModelToolCall,
  origin: string | undefined,
): ResponseInputItem[] | undefined {
  const state = readState(providerState);
  if (!state || state.origin !== origin) return undefined;
  return state.items.flatMap((entry): ResponseInputItem[] => {
    if ('reasoning' in entry) return [entry.reasoning];
    return 'hosted' in entry ? [entry.hosted] : [];
  });
}

/** The items of a model turn, with its reasoning if that came from the same model on the same server. */
function turnItems(
  { content, toolCalls = [], providerState }: Extract<ModelMessage, { role: 'assistant' }>,
  origin: string | undefined,
): ResponseInputItem[] {
  const text: ResponseInputItem[] = content ? [{ role: 'assistant', content }] : [];
  const calls = toolCalls.flatMap((call): ResponseInputItem[] => {
    const { id, name, arguments: json } = call;
    return (
      hostedItems(call, origin) ?? [{ type: 'function_call', call_id: id, name, arguments: json || '{}' }]
    );
  });
  const state = readState(providerState);
  if (!state || state.origin !== origin) return [...text, ...calls];

  // The API accepts reasoning only in its original place: right before the item it led to.
  const rest = [...text, ...calls];
  const take = (wanted: (item: ResponseInputItem) => boolean) => {
    const at = rest.findIndex(wanted);
    return at < 0 ? [] : rest.splice(at, 1);
  };
  const ordered = state.items.flatMap((entry): ResponseInputItem[] => {
    if ('reasoning' in entry) return [entry.reasoning];
    if ('hosted' in entry) return [];
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
  hosted,
  toolChoice,
  parallelToolCalls,
}: ModelRequest): Partial<ResponseCreateParamsStreaming> {
  const offered = [...tools.map(toolParam), ...hostedToolParams(hosted)];
  if (offered.length === 0) return {};
  const choice = toolChoiceParam(toolChoice, hosted);
  return {
    tools: offered,
    ...(choice === undefined || choice === 'auto' ? {} : { tool_choice: choice }),
    ...(parallelToolCalls === undefined ? {} : { parallel_tool_calls: parallelToolCalls }),
  };
}

type ToolChoiceParam = ResponseCreateParamsStreaming['tool_choice'];

function toolChoiceParam(
  choice: ModelRequest['toolChoice'],
  hosted: HostedTools | undefined,
): ToolChoiceParam {
  if (typeof choice !== 'object') return choice;
  const { name } = choice;
  if (name === 'file_search' && hosted?.fileSearch) return { type: name };
  if (name === 'code_interpreter' && hosted?.codeInterpreter) return { type: name };
  return { type: 'function', name };
}

function hostedToolParams({ fileSearch, codeInterpreter }: HostedTools = {}): Tool[] {
  const tools: Tool[] = [];
  if (fileSearch) {
    const { storeIds, maxResults, scoreThreshold } = fileSearch;
    tools.push({
      type: 'file_search',
      vector_store_ids: storeIds,
      ...(maxResults === undefined ? {} : { max_num_results: maxResults }),
      ...(scoreThreshold === undefined ? {} : { ranking_options: { score_threshold: scoreThreshold } }),
    });
  }
  if (codeInterpreter) {
    const file_ids = codeInterpreter.fileIds;
    tools.push({ type: 'code_interpreter', container: { type: 'auto', file_ids } });
  }
  return tools;
}

/** `strict` is explicit because this API's default, true, rejects schemas that the Assistants API accepts. */
function toolParam({ name, description, parameters, strict }: ModelTool): FunctionTool {
  const schema = parameters ?? { type: 'object', properties: {} };
  return { type: 'function', name, description, parameters: schema, strict: strict ?? false };
}

function textFormat(format: Exclude<ModelResponseFormat, { type: 'text' }>): ResponseFormatTextConfig {
  if (format.type === 'json_object') return format;
  const { schema = {}, ...named } = format.json_schema;
  return { type: 'json_schema', schema, ...named };
}

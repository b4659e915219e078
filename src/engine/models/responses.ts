import type {
  FunctionTool,
  ResponseCreateParamsStreaming,
  ResponseFormatTextConfig,
  ResponseInputContent,
  ResponseIncludable,
  ResponseInputItem,
  Tool,
} from 'openai/resources/responses/responses';
import { argumentSchema } from './argumentSchema';
import { embedTexts } from './embeddings';
import { hasModel, listModels } from './modelList';
import { adaptRequest, tokenLimit } from './server/adaptedRequest';
import { accepted, Rejections, RequestParts, TransientMemories } from './server/requestParts';
import { joinedEvents, readTogether } from './joinedEvents';
import { Replay } from './replay/replay';
import { askContextWindow } from './server/contextWindow';
import { ModelServer, type Send, type ModelServerOptions } from './server/modelServer';
import { ResponseReader } from './responses/responseReader';
import { ThinkTags } from './reasoning/thinkTags';
import { asksForSummary, rejectsSummary, rememberReasoning } from './responses/reasoningSummary';
import { createResponsesFiles } from './responses/responsesFiles';
import { messageItems, readState } from './responses/turnState';
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
  const memories = new TransientMemories();

  return {
    server: `responses ${options.baseURL}`,

    listModels: (signal) => listModels(server, signal),

    hasModel: (model, signal) => hasModel(server, model, signal),

    contextWindow: (model, signal) => askContextWindow(server, model, signal),

    hosted: createResponsesFiles(server),

    embed: (model, texts, signal) => embedTexts(server, model, texts, signal),

    forward: (path, body, signal) => server.forward(path, body, signal),

    async *generate(request, signal, context) {
      const origin = `${server.host}/${request.model}`;
      const memory = context?.memory ?? memories.of(request.model);
      const rejections = new Rejections(memory);
      const replay = new Replay(memory);
      let withSummary = asksForSummary(request.reasoningEffort, memory);
      let withReasoning = true;
      for (;;) {
        const parts = new RequestParts(rejections);
        const prepared = replay.request(request);
        const body = bodyOf(prepared, parts, withReasoning ? origin : undefined, withSummary);
        const reader = new ResponseReader(server.info, origin);
        const tags = new ThinkTags();
        try {
          const send: Send = (client, sending) => client.responses.create(body, sending);
          const items = server.stream(signal, send, () => reader.finished, context?.recorder);
          for await (const some of items) {
            const events = tags.through(readTogether(reader, some));
            for (const event of replay.events(joinedEvents(events, !replay.begun))) yield event;
          }
        } catch (error) {
          if (signal.aborted || replay.begun) throw error;
          if (withSummary && rejectsSummary(error, memory)) withSummary = false;
          else if (rejections.learn(error, parts.sent)) continue;
          else if (withReasoning && rejectsReasoning(error)) withReasoning = false;
          else if (!replay.adapts(error)) throw error;
          continue;
        }
        if (reader.reasoned) rememberReasoning(memory);
        yield* accepted(replay, parts);
        yield* tags.through(reader.end());
        return;
      }
    },
  };
}

/** Whether a server rejected reasoning that was made under another key. */
function rejectsReasoning(error: unknown): boolean {
  if (!(error instanceof ModelError) || error.status !== 400) return false;
  return /encrypted|reasoning' (was|item)|\brs_/i.test(error.message);
}

function bodyOf(
  asked: ModelRequest,
  parts: RequestParts,
  origin: string | undefined,
  withSummary: boolean,
): ResponseCreateParamsStreaming {
  // `strict` is explicit because this API's default, true, rejects schemas that the Assistants API accepts.
  const tools = asked.tools.map((tool) => ({ ...tool, strict: tool.strict ?? false }));
  const request = adaptRequest({ ...asked, tools }, parts);
  const { temperature, topP, maxOutputTokens, reasoningEffort, responseFormat } = request;
  const body = {
    model: request.model,
    input: inputOf(request.messages, origin),
    ...(parts.sends('stream') && { stream: true }),
    ...(parts.sends('store') && { store: false }),
    ...includeParam(request.hosted, parts),
    ...(request.instructions.trim() ? { instructions: request.instructions } : {}),
    ...toolParams(request),
    ...(responseFormat && responseFormat.type !== 'text'
      ? { text: { format: textFormat(responseFormat) } }
      : {}),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...tokenLimit(maxOutputTokens, ['max_output_tokens'], parts),
    // A server that rejects the effort may reject the whole of `reasoning`.
    ...reasoningParam(reasoningEffort, withSummary && reasoningEffort === asked.reasoningEffort),
  };
  return body as ResponseCreateParamsStreaming;
}

function reasoningParam(
  effort: string | undefined,
  withSummary: boolean,
): Pick<ResponseCreateParamsStreaming, 'reasoning'> {
  if (effort === undefined && !withSummary) return {};
  const reasoning = { ...(effort !== undefined && { effort }), ...(withSummary && { summary: 'auto' }) };
  return { reasoning: reasoning as ResponseCreateParamsStreaming['reasoning'] };
}

function includeParam(
  hosted: HostedTools | undefined,
  parts: RequestParts,
): Pick<ResponseCreateParamsStreaming, 'include'> {
  const outputs: ResponseIncludable[] = [
    ...(hosted?.fileSearch ? (['file_search_call.results'] as const) : []),
    ...(hosted?.codeInterpreter ? (['code_interpreter_call.outputs'] as const) : []),
  ];
  const sent = outputs.length > 0 && parts.sends('include') ? outputs : [];
  const encrypted = 'reasoning.encrypted_content';
  const include = parts.sends(encrypted, undefined, 'include') ? [encrypted, ...sent] : sent;
  return include.length > 0 ? { include: include as ResponseIncludable[] } : {};
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
  const state = readState(providerState);
  const own = state?.origin === origin ? state : undefined;
  const text = messageItems(content, own?.items ?? []);
  const calls = toolCalls.flatMap((call): ResponseInputItem[] => {
    const { id, name, arguments: json } = call;
    return (
      hostedItems(call, origin) ?? [{ type: 'function_call', call_id: id, name, arguments: json || '{}' }]
    );
  });
  // Reasoning is only wanted back with the calls it led to.
  if (!own || calls.length === 0) return [...text, ...calls];

  // The API accepts reasoning only in its original place: right before the item it led to.
  const rest = [...text, ...calls];
  const take = (wanted: (item: ResponseInputItem) => boolean) => {
    const at = rest.findIndex(wanted);
    return at < 0 ? [] : rest.splice(at, 1);
  };
  const ordered = own.items.flatMap((entry): ResponseInputItem[] => {
    if ('reasoning' in entry) return [entry.reasoning];
    if ('hosted' in entry) return [];
    if ('call' in entry) {
      const original = take((item) => item.type === 'function_call' && item.call_id === entry.call);
      // A call that is sent with another id is the next one: their order is the same.
      return original.length > 0 ? original : take((item) => item.type === 'function_call');
    }
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

function toolParam({ name, description, parameters, strict }: ModelTool): FunctionTool {
  const schema = argumentSchema(parameters);
  return { type: 'function', name, description, parameters: schema, strict } as FunctionTool;
}

function textFormat(format: Exclude<ModelResponseFormat, { type: 'text' }>): ResponseFormatTextConfig {
  if (format.type === 'json_object') return format;
  const { schema = {}, ...named } = format.json_schema;
  return { type: 'json_schema', schema, ...named };
}

import type {
  ChatCompletionContentPart,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
  ChatCompletionTool,
} from 'openai/resources/chat/completions';
import { ChatCompletionReader } from './chatCompletions/chatCompletionReader';
import { embedTexts } from './embeddings';
import { listModels } from './modelList';
import { ModelServer, type Send, type ModelServerOptions } from './server/modelServer';
import {
  ModelError,
  type ModelMessage,
  type ModelProvider,
  type ModelRequest,
  type ModelTool,
} from './modelProvider';

/** What a server turned out not to support. Learned from its errors and kept for later requests. */
interface Quirks {
  noStreamOptions: boolean;
  oldTokenLimit: boolean;
}

/** Any server with an OpenAI-style `POST /chat/completions`: Ollama, vLLM, LM Studio, Azure, OpenAI. */
export function createChatCompletionsModel(options: ModelServerOptions): ModelProvider {
  const server = new ModelServer(options);
  const hosted = /(^|\.)(openai\.com|azure\.(com|us|cn))(:\d+)?$/i.test(server.host);
  const quirks: Quirks = { noStreamOptions: false, oldTokenLimit: !hosted };

  return {
    server: `chat-completions ${options.baseURL}`,

    listModels: (signal) => listModels(server, signal),

    embed: (model, texts, signal) => embedTexts(server, model, texts, signal),

    async *generate(request, signal) {
      for (;;) {
        const body = bodyOf(request, quirks);
        const reader = new ChatCompletionReader(server.info, callIdsOf(request.messages));
        try {
          const send: Send = (client, sending) => client.chat.completions.create(body, sending);
          const items = server.stream(signal, send, () => reader.done);
          for await (const item of items) yield* reader.read(item);
        } catch (error) {
          if (signal.aborted) throw error;
          if (adaptQuirks(quirks, body, error)) continue;
          // The answer is complete: how the connection ended does not matter, but what the provider says does.
          if (!reader.finished || (error instanceof ModelError && error.reported)) throw error;
        }
        yield* reader.end();
        return;
      }
    },
  };
}

function callIdsOf(messages: readonly ModelMessage[]): string[] {
  return messages.flatMap((message) => (message.role === 'tool' ? [message.toolCallId] : []));
}

/** Updates the quirks if the server rejected a parameter that can be omitted or renamed. Returns whether to try again. */
function adaptQuirks(quirks: Quirks, body: ChatCompletionCreateParamsStreaming, error: unknown): boolean {
  if (!(error instanceof ModelError) || (error.status !== 400 && error.status !== 422)) return false;
  if (body.stream_options && /stream_options|include_usage/.test(error.message)) {
    quirks.noStreamOptions = true;
    return true;
  }
  const rejectsNew =
    body.max_completion_tokens !== undefined && error.message.includes('max_completion_tokens');
  const rejectsOld =
    typeof body.max_tokens === 'number' && /max_tokens.*max_completion_tokens/.test(error.message);
  if (rejectsNew) quirks.oldTokenLimit = true;
  if (rejectsOld) quirks.oldTokenLimit = false;
  return rejectsNew || rejectsOld;
}

function bodyOf(request: ModelRequest, quirks: Quirks): ChatCompletionCreateParamsStreaming {
  const limit = quirks.oldTokenLimit ? 'max_tokens' : 'max_completion_tokens';
  return {
    model: request.model,
    messages: [...systemMessage(request.instructions), ...request.messages.flatMap(messageParams)],
    stream: true,
    ...(quirks.noStreamOptions ? {} : { stream_options: { include_usage: true } }),
    ...toolParams(request),
    ...(request.responseFormat && request.responseFormat.type !== 'text'
      ? { response_format: request.responseFormat }
      : {}),
    ...given('temperature', request.temperature),
    ...given('top_p', request.topP),
    ...given('reasoning_effort', request.reasoningEffort),
    ...given(limit, request.maxOutputTokens),
  };
}

function given(name: string, value: string | number | undefined): Record<string, string | number> {
  return value === undefined ? {} : { [name]: value };
}

function systemMessage(instructions: string): ChatCompletionMessageParam[] {
  return instructions.trim() ? [{ role: 'system', content: instructions }] : [];
}

function messageParams(message: ModelMessage): ChatCompletionMessageParam[] {
  if (message.role === 'tool')
    return [{ role: 'tool', tool_call_id: message.toolCallId, content: message.output }];
  if (message.role === 'user') return [{ role: 'user', content: userContent(message.content) }];
  const calls = message.toolCalls ?? [];
  // Servers reject an assistant message without content and calls.
  if (calls.length === 0) return message.content ? [{ role: 'assistant', content: message.content }] : [];
  const tool_calls = calls.map(({ id, name, arguments: json }) => {
    return { id, type: 'function' as const, function: { name, arguments: json || '{}' } };
  });
  return [{ role: 'assistant', content: message.content || null, tool_calls }];
}

type UserContent = Extract<ModelMessage, { role: 'user' }>['content'];

/** A plain string if there are no images: every server accepts that form. */
function userContent(parts: UserContent): string | ChatCompletionContentPart[] {
  if (parts.every((part) => part.type === 'text')) return parts.map(({ text }) => text).join('\n\n');
  return parts.map((part) => {
    if (part.type === 'text') return { type: 'text', text: part.text };
    return {
      type: 'image_url',
      image_url: { url: part.url, ...(part.detail ? { detail: part.detail } : {}) },
    };
  });
}

function toolParams({ tools, toolChoice, parallelToolCalls }: ModelRequest) {
  if (tools.length === 0) return {};
  const choice = typeof toolChoice === 'object' ? { type: 'function', function: toolChoice } : toolChoice;
  return {
    tools: tools.map(toolParam),
    ...(choice === undefined || choice === 'auto' ? {} : { tool_choice: choice }),
    ...(parallelToolCalls === undefined ? {} : { parallel_tool_calls: parallelToolCalls }),
  };
}

function toolParam({ name, description, parameters, strict }: ModelTool): ChatCompletionTool {
  return { type: 'function', function: { name, description, parameters, strict } };
}

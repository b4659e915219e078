import type {
  ChatCompletionContentPart,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
  ChatCompletionTool,
} from 'openai/resources/chat/completions';
import { argumentSchema } from './argumentSchema';
import { ChatCompletionReader } from './chatCompletions/chatCompletionReader';
import { embedTexts } from './embeddings';
import { adaptContents } from './chatCompletions/messageContents';
import { listModels } from './modelList';
import { adaptRequest, tokenLimit } from './server/adaptedRequest';
import type { TokenLimit } from './server/rejectedParts';
import { RequestParts, Rejections, TransientMemories } from './server/requestParts';
import { ModelServer, type Send, type ModelServerOptions } from './server/modelServer';
import { type ModelMessage, type ModelProvider, type ModelRequest, type ModelTool } from './modelProvider';

/** Any server with an OpenAI-style `POST /chat/completions`: Ollama, vLLM, LM Studio, Azure, OpenAI. */
export function createChatCompletionsModel(options: ModelServerOptions): ModelProvider {
  const server = new ModelServer(options);
  const hosted = /(^|\.)(openai\.com|azure\.(com|us|cn))(:\d+)?$/i.test(server.host);
  const memories = new TransientMemories();

  return {
    server: `chat-completions ${options.baseURL}`,

    listModels: (signal) => listModels(server, signal),

    embed: (model, texts, signal) => embedTexts(server, model, texts, signal),

    async *generate(request, signal, context) {
      const rejections = new Rejections(context?.memory ?? memories.of(request.model));
      for (;;) {
        const parts = new RequestParts(rejections);
        const body = bodyOf(request, parts, hosted);
        const reader = new ChatCompletionReader(server.info, callIdsOf(request.messages));
        let begun = false;
        try {
          const send: Send = (client, sending) => client.chat.completions.create(body, sending);
          const items = server.stream(signal, send, () => reader.done);
          for await (const item of items) {
            for (const event of reader.read(item)) {
              if (!begun) rejections.save();
              begun = true;
              yield event;
            }
          }
        } catch (error) {
          if (signal.aborted) throw error;
          if (!begun && rejections.learn(error, parts.sent)) continue;
          // The answer is complete; how the connection ended does not matter.
          if (!reader.finished) throw error;
        }
        if (parts.omitted.length > 0) yield { type: 'omitted', parts: parts.omitted };
        yield* reader.end();
        return;
      }
    },
  };
}

function callIdsOf(messages: readonly ModelMessage[]): string[] {
  return messages.flatMap((message) => (message.role === 'tool' ? [message.toolCallId] : []));
}

function bodyOf(
  asked: ModelRequest,
  parts: RequestParts,
  hosted: boolean,
): ChatCompletionCreateParamsStreaming {
  const request = adaptRequest(asked, parts);
  const messages = [...systemMessage(request.instructions), ...request.messages.flatMap(messageParams)];
  const stream = parts.sends('stream');
  const body = {
    model: request.model,
    messages: adaptContents(messages, parts),
    ...(stream && { stream }),
    ...(stream && parts.sends('stream_options') && { stream_options: { include_usage: true } }),
    ...toolParams(request),
    ...(request.responseFormat && request.responseFormat.type !== 'text'
      ? { response_format: request.responseFormat }
      : {}),
    ...given('temperature', request.temperature),
    ...given('top_p', request.topP),
    ...given('reasoning_effort', request.reasoningEffort),
    ...tokenLimit(request.maxOutputTokens, limitNames(hosted), parts),
  };
  // Without `stream`, the answer is one JSON object, which is read as well.
  return body as ChatCompletionCreateParamsStreaming;
}

/** OpenAI's models take the new name only, most other servers know the old one. */
function limitNames(hosted: boolean): [TokenLimit, TokenLimit] {
  return hosted ? ['max_completion_tokens', 'max_tokens'] : ['max_tokens', 'max_completion_tokens'];
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
      image_url: { url: part.url, ...(part.detail && part.detail !== 'auto' && { detail: part.detail }) },
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
  return {
    type: 'function',
    function: { name, description, parameters: argumentSchema(parameters), strict },
  };
}

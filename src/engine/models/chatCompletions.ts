import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionTool,
} from 'openai/resources/chat/completions';
import { argumentSchema } from './argumentSchema';
import { ChatCompletionReader } from './chatCompletions/chatCompletionReader';
import { messageParams, systemMessage } from './chatCompletions/messages';
import { turnStates } from './chatCompletions/turnState';
import { embedTexts } from './embeddings';
import { adaptContents } from './chatCompletions/messageContents';
import { joinedEvents, readTogether } from './joinedEvents';
import { hasModel, listModels } from './modelList';
import { adaptRequest, tokenLimit } from './server/adaptedRequest';
import type { TokenLimit } from './server/rejectedParts';
import { accepted, RequestParts, Rejections, TransientMemories } from './server/requestParts';
import { Replay } from './replay/replay';
import { ThinkTags } from './reasoning/thinkTags';
import { askContextWindow } from './server/contextWindow';
import { ModelServer, type Send, type ModelServerOptions } from './server/modelServer';
import {
  ModelError,
  type ModelMessage,
  type ModelProvider,
  type ModelRequest,
  type ModelTool,
} from './modelProvider';

/** Any server with an OpenAI-style `POST /chat/completions`: Ollama, vLLM, LM Studio, Azure, OpenAI. */
export function createChatCompletionsModel(options: ModelServerOptions): ModelProvider {
  const server = new ModelServer(options);
  const hosted = /(^|\.)(openai\.com|azure\.(com|us|cn))(:\d+)?$/i.test(server.host);
  const memories = new TransientMemories();

  return {
    server: `chat-completions ${options.baseURL}`,

    listModels: (signal) => listModels(server, signal),

    hasModel: (model, signal) => hasModel(server, model, signal),

    contextWindow: (model, signal) => askContextWindow(server, model, signal),

    embed: (model, texts, signal) => embedTexts(server, model, texts, signal),

    forward: (path, body, signal) => server.forward(path, body, signal),

    async *generate(request, signal, context) {
      const origin = `${server.host}/${request.model}`;
      const memory = context?.memory ?? memories.of(request.model);
      const rejections = new Rejections(memory);
      const replay = new Replay(memory, turnStates(origin));
      for (;;) {
        const parts = new RequestParts(rejections);
        const body = bodyOf(replay.request(request), parts, hosted);
        const functions = request.tools.map(({ name }) => name);
        const reader = new ChatCompletionReader(server.info, {
          usedIds: callIdsOf(request.messages),
          functions,
          origin,
        });
        const tags = new ThinkTags();
        try {
          const send: Send = (client, sending) => client.chat.completions.create(body, sending);
          const items = server.stream(signal, send, () => reader.done, context?.recorder);
          for await (const some of items) {
            const events = tags.through(readTogether(reader, some));
            for (const event of replay.events(joinedEvents(events, !replay.begun))) yield event;
          }
        } catch (error) {
          if (signal.aborted) throw error;
          if (!replay.begun && (rejections.learn(error, parts.sent) || replay.adapts(error))) continue;
          // The answer is complete: how the connection ended does not matter, but what the provider says does.
          if (!reader.finished || (error instanceof ModelError && error.reported)) throw error;
        }
        yield* accepted(replay, parts);
        yield* tags.through(reader.end());
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

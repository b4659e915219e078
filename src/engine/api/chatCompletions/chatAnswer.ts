/** Writes a model's turn as the answer of `POST /chat/completions`: whole, or in chunks. */
import { randomBytes } from 'node:crypto';
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionMessageFunctionToolCall,
} from 'openai/resources/chat/completions';
import type { CompletionUsage } from 'openai/resources/completions';
import type { ModelEvent, ModelFinishReason, ModelUsage } from '../../models/modelProvider';

/** An extension of many servers: reasoning that is not part of the answer. */
interface Reasoning {
  reasoning_content?: string;
}

type Delta = ChatCompletionChunk.Choice.Delta & Reasoning;

/** What all chunks of an answer have in common. `model` is the id that the client sent. */
function headOf(model: string) {
  const id = `chatcmpl-${randomBytes(16).toString('hex')}`;
  return { id, created: Math.floor(Date.now() / 1000), model };
}

/** The whole answer. */
export async function chatCompletion(
  model: string,
  events: AsyncIterable<ModelEvent>,
): Promise<ChatCompletion> {
  let text = '';
  let refusal = '';
  let reasoning = '';
  let reason: ModelFinishReason = 'stop';
  let usage: ModelUsage | undefined;
  const calls = new Map<number, ChatCompletionMessageFunctionToolCall>();
  for await (const event of events) {
    if (event.type === 'text') text += event.text;
    else if (event.type === 'refusal') refusal += event.text;
    else if (event.type === 'reasoning') reasoning += event.text;
    else if (event.type === 'text_was_reasoning') [reasoning, text] = [reasoning + text, ''];
    else if (event.type === 'tool_call') {
      const { index, id, name } = event;
      calls.set(index, { id, type: 'function', function: { name, arguments: '' } });
    } else if (event.type === 'tool_call_arguments') {
      const call = calls.get(event.index);
      if (call) call.function.arguments += event.arguments;
    } else if (event.type === 'usage') usage = event.usage;
    else if (event.type === 'finish') reason = event.reason;
  }
  const message: ChatCompletion.Choice['message'] & Reasoning = {
    role: 'assistant',
    content: text === '' && (calls.size > 0 || refusal !== '') ? null : text,
    refusal: refusal || null,
    ...(reasoning && { reasoning_content: reasoning }),
    ...(calls.size > 0 && { tool_calls: [...calls.values()] }),
  };
  return {
    ...headOf(model),
    object: 'chat.completion',
    choices: [{ index: 0, message, logprobs: null, finish_reason: reason }],
    ...(usage && { usage: usageOf(usage) }),
  };
}

/** The answer in chunks. With `includeUsage`, the last one has the usage and no choice. */
export async function* chatCompletionChunks(
  model: string,
  events: AsyncIterable<ModelEvent>,
  includeUsage: boolean,
): AsyncGenerator<ChatCompletionChunk, void, undefined> {
  const head = { ...headOf(model), object: 'chat.completion.chunk' as const };
  const more = includeUsage && { usage: null };
  let reason: ModelFinishReason = 'stop';
  let usage: ModelUsage | undefined;
  const chunk = (
    delta: Delta,
    finish_reason: ChatCompletionChunk.Choice['finish_reason'] = null,
  ): ChatCompletionChunk => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    ...more,
  });
  let first: Delta = { role: 'assistant', content: '', refusal: null };
  for await (const event of events) {
    if (event.type === 'usage') usage = event.usage;
    else if (event.type === 'finish') reason = event.reason;
    const delta = deltaOf(event);
    if (!delta) continue;
    const start = first.role && delta.tool_calls ? { ...first, content: null } : first;
    yield chunk({ ...start, ...delta });
    first = {};
  }
  yield chunk(first, reason);
  if (includeUsage && usage) yield { ...head, choices: [], usage: usageOf(usage) };
}

function deltaOf(event: ModelEvent): Delta | undefined {
  switch (event.type) {
    case 'text':
      return { content: event.text };
    case 'refusal':
      return { refusal: event.text };
    case 'reasoning':
      return { reasoning_content: event.text };
    case 'tool_call': {
      const { index, id, name } = event;
      const call = { index, id, type: 'function' as const, function: { name, arguments: '' } };
      return { tool_calls: [call] };
    }
    case 'tool_call_arguments': {
      const { index, arguments: piece } = event;
      return { tool_calls: [{ index, function: { arguments: piece } }] };
    }
    default:
      return undefined;
  }
}

function usageOf(usage: ModelUsage): CompletionUsage {
  const { promptTokens, completionTokens, cachedTokens, reasoningTokens } = usage;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    ...(cachedTokens !== undefined && { prompt_tokens_details: { cached_tokens: cachedTokens } }),
    ...(reasoningTokens !== undefined && {
      completion_tokens_details: { reasoning_tokens: reasoningTokens },
    }),
  };
}

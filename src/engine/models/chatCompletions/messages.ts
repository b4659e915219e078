import type {
  ChatCompletionContentPart,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { ModelMessage } from '../modelProvider';
import { stateFields } from './turnState';

export function systemMessage(instructions: string): ChatCompletionMessageParam[] {
  return instructions.trim() ? [{ role: 'system', content: instructions }] : [];
}

export function messageParams(message: ModelMessage): ChatCompletionMessageParam[] {
  if (message.role === 'tool')
    return [{ role: 'tool', tool_call_id: message.toolCallId, content: message.output }];
  if (message.role === 'user') return [{ role: 'user', content: userContent(message.content) }];
  const calls = message.toolCalls ?? [];
  const state = stateFields(message.providerState);
  // Servers reject an assistant message without content and calls.
  if (calls.length === 0)
    return message.content ? [{ role: 'assistant', content: message.content, ...state }] : [];
  const tool_calls = calls.map(({ id, name, arguments: json, providerState }) => ({
    id,
    type: 'function' as const,
    function: { name, arguments: json, ...stateFields(providerState, 'function') },
    ...stateFields(providerState),
  }));
  return [{ role: 'assistant', content: message.content || null, tool_calls, ...state }];
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

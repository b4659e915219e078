import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import type { RequestParts } from '../server/requestParts';

/**
 * The messages with what the server accepts as the content of a message that has none: null by default, as in
 * OpenAI's document, an empty text, or no content at all.
 */
export function adaptContents(
  messages: ChatCompletionMessageParam[],
  parts: RequestParts,
): ChatCompletionMessageParam[] {
  const nulls = indexesOf(messages, ({ content }) => content === null);
  const keepsNull = nulls.length === 0 || parts.keeps('null_content', nulls.join(' '));
  const filled = keepsNull
    ? messages
    : messages.map((message) => (message.content === null ? { ...message, content: '' } : message));
  const empty = indexesOf(filled, ({ content }) => content === '');
  if (empty.length === 0 || parts.keeps('empty_content')) return filled;
  const absent = parts.rejections.has('null_content') ? undefined : null;
  return filled.map((message) => {
    if (message.content !== '') return message;
    return message.role === 'assistant'
      ? { ...message, content: absent }
      : { ...message, content: '[Empty.]' };
  });
}

function indexesOf(
  messages: readonly ChatCompletionMessageParam[],
  matches: (message: ChatCompletionMessageParam) => boolean,
): number[] {
  return [...messages.entries()].flatMap(([index, message]) => (matches(message) ? [index] : []));
}

import type { Message } from 'openai/resources/beta/threads/messages';

/** The text of a message, without images. */
export function plainText(message: Message): string {
  const parts = message.content.map((part) => {
    if (part.type === 'text') return part.text.value;
    return part.type === 'refusal' ? part.refusal : '';
  });
  return parts.filter(Boolean).join('\n\n');
}

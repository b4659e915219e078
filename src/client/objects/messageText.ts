import type { Message } from 'openai/resources/beta/threads/messages';

/** The text of a message, without images; empty for one that a server sent without the shape of a message. */
export function plainText({ content }: Message): string {
  const parts = (Array.isArray(content) ? content : []).map((part) => {
    if (part?.type === 'text') return part.text?.value;
    return part?.type === 'refusal' ? part.refusal : '';
  });
  return parts.filter(Boolean).join('\n\n');
}

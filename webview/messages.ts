/** What can be said of a message without drawing it. */
import type { Message } from 'openai/resources/beta/threads/messages';
import type { AssistantOption } from '../src/protocol/chat';
import type { ChatStrings } from '../src/protocol/strings';

/** All its text, as it was written. */
export function messageText(message: Message): string {
  return message.content
    .map((part) => (part.type === 'text' ? part.text.value : part.type === 'refusal' ? part.refusal : ''))
    .filter((text) => text !== '')
    .join('\n\n');
}

/** Who wrote it. An assistant that was deleted has no name any more. */
export function authorOf(message: Message, assistants: AssistantOption[], strings: ChatStrings): string {
  if (message.role === 'user') return strings.you;
  return assistants.find(({ id }) => id === message.assistant_id)?.name ?? strings.assistant;
}

/** Why it is not whole, in words; undefined where it is, or may still become so. */
export function incompleteReason(message: Message, strings: ChatStrings): string | undefined {
  if (message.status !== 'incomplete') return undefined;
  const reasons = {
    max_tokens: strings.incompleteMaxTokens,
    content_filter: strings.incompleteContentFilter,
    run_cancelled: strings.incompleteRunCancelled,
    run_failed: strings.incompleteRunFailed,
    run_expired: strings.incompleteRunExpired,
  };
  const reason = message.incomplete_details?.reason;
  return (reason && reasons[reason]) ?? strings.incompleteUnknown;
}

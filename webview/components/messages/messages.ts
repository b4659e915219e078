/** What can be said of a message without drawing it. */
import type { Message } from 'openai/resources/beta/threads/messages';
import type { AssistantOption } from '../../../src/protocol/chat';
import type { Citation } from '../../../src/protocol/citations';
import type { ChatStrings } from '../../../src/protocol/strings';
import { citedName, citedPassages, placeInWords, uniquePassages, withNumbers } from '../citations/citations';

/** All its text, as it was written; citations as the numbers they are shown as. */
export function messageText(message: Message): string {
  const text = message.content
    .map((part) => (part.type === 'text' ? part.text.value : part.type === 'refusal' ? part.refusal : ''))
    .filter((text) => text !== '')
    .join('\n\n');
  return withNumbers(text, citedPassages(message));
}

/** Its text to be kept elsewhere: what the numbers of its citations stand for comes after it. */
export function copiedText(
  message: Message,
  known: readonly Citation[] | undefined,
  strings: ChatStrings,
): string {
  const sources = uniquePassages(citedPassages(message)).map((passage) => {
    const citation = known?.[passage.index];
    return `[${passage.number}] ${placeInWords(citedName(passage, citation), citation ?? {}, strings)}`;
  });
  const text = messageText(message);
  return sources.length === 0 ? text : `${text}\n\n${sources.join('\n')}`;
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

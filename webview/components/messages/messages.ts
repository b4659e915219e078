/** A message's text, author and status, apart from how it is rendered. */
import type { Message } from 'openai/resources/beta/threads/messages';
import type { AssistantOption } from '../../../src/protocol/chat';
import type { Citation } from '../../../src/protocol/text/citations';
import type { ChatStrings } from '../../../src/protocol/strings';
import { fill } from '../../context';
import { visible } from '../../hiddenCharacters';
import { citedName, citedPassages, placeInWords, uniquePassages, withNumbers } from '../citations/citations';
import { webSources } from '../citations/webCitations';

/** The Markdown of all text parts, with citations as numbers. */
export function messageText(message: Message): string {
  const text = message.content
    .map((part) => (part.type === 'text' ? part.text.value : part.type === 'refusal' ? part.refusal : ''))
    .filter((text) => text !== '')
    .join('\n\n');
  return withNumbers(text, citedPassages(message));
}

/** The text of a message as the user wrote it. */
export function plainText({ content }: Message): string {
  return content.flatMap((part) => (part.type === 'text' ? [part.text.value] : [])).join('\n\n');
}

/** Whether a message has neither text nor pictures nor files. */
export function isEmpty({ content, attachments }: Message): boolean {
  const isBlank = content.every((part) => part.type === 'text' && part.text.value.trim() === '');
  return isBlank && (attachments ?? []).length === 0;
}

/** The text for the clipboard, followed by a list of the citations. */
export function copiedText(
  message: Message,
  known: readonly Citation[] | undefined,
  strings: ChatStrings,
): string {
  const sources = uniquePassages(citedPassages(message)).map((passage) => {
    const citation = known?.[passage.index];
    return `[${passage.number}] ${placeInWords(citedName(passage, citation), citation ?? {}, strings)}`;
  });
  sources.push(
    ...webSources(message).map(({ mark, name, url }) => [mark, name, url].filter(Boolean).join(' ')),
  );
  const text = messageText(message);
  return sources.length === 0 ? text : `${text}\n\n${sources.join('\n')}`;
}

/** The author's name; generic if the assistant was deleted. */
export function authorOf(message: Message, assistants: AssistantOption[], strings: ChatStrings): string {
  if (message.role === 'user') return strings.you;
  return assistants.find(({ id }) => id === message.assistant_id)?.name ?? strings.assistant;
}

/** Why the message is incomplete; undefined if it is complete or in progress. */
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

/** Parts that we send by ourselves: nobody misses them. */
const ownParts = new Set(['stream', 'stream_options', 'store', 'include', 'strict']);

/** What a run was sent without, as sentences. `omitted`: names of parameters, `images`; separated by commas. */
export function omittedInWords(omitted: string, strings: ChatStrings): string[] {
  const parts = omitted
    .split(',')
    .filter((part) => part !== '' && !ownParts.has(part) && !part.includes('.'));
  const formats = parts.filter((part) => ['json_schema', 'response_format'].includes(part));
  const names = parts.filter((part) => part !== 'images' && !formats.includes(part)).map(visible);
  const template = names.length === 1 ? strings.sentWithout : strings.sentWithoutSeveral;
  return [
    ...(names.length > 0 ? [fill(template, names.join(', '))] : []),
    ...(formats.length > 0 ? [fill(strings.sentFormatInWords, formats.join(', '))] : []),
    ...(parts.includes('images') ? [strings.seesNoPictures] : []),
  ];
}

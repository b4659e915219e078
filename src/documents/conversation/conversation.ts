import type { Assistant } from 'openai/resources/beta/assistants';
import type { Message, MessageContent } from 'openai/resources/beta/threads/messages';
import type { Thread } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';
import { assistantName, formatTime, threadTitle } from '../../client/objects/titles';
import { callMarkdown } from './callMarkdown';
import { fileLinkScheme } from './conversationLinks';
import {
  attachedTo,
  noParts,
  picturesOf,
  type ConversationFile,
  type ConversationParts,
} from './conversationParts';
import { safeName } from '../files';

/**
 * A whole conversation as one Markdown document, oldest message first: with its tool calls, pictures and files. A
 * preview of it loads nothing.
 */
export function conversationMarkdown(...conversation: Parameters<typeof conversationText>): string {
  return conversationText(...conversation).text;
}

export interface ConversationText {
  text: string;
  /** The line of the heading of the last answer, or else of the last message, from 0. */
  lastAnswerLine: number;
}

/** The same, and where the last answer begins. */
export function conversationText(
  thread: Thread,
  messages: readonly Message[],
  assistantOf: (id: string) => Assistant | undefined,
  { calls, files }: ConversationParts = noParts,
): ConversationText {
  const lastAnswer = messages.findLast(({ role }) => role === 'assistant') ?? messages.at(-1);
  const inert = new InertMarkdown();
  /** Of our own making, so that it need not be made inert. */
  const filesOf = (ids: readonly string[]) =>
    ids.map((id) => fileMarkdown(files.get(id) ?? { id, name: id }));
  const callParts = (messageId: string) =>
    (calls.get(messageId) ?? []).flatMap((call) => {
      const { text, pictures } = callMarkdown(call);
      return [inert.part(text), ...filesOf(pictures)];
    });
  const parts = [inert.part(`# ${threadTitle(thread)}`)];
  let partsBefore = 0;
  for (const message of messages) {
    parts.push(...callParts(message.id));
    if (message === lastAnswer) partsBefore = parts.length;
    parts.push(
      ...messageParts(message, assistantOf).map((part) => inert.part(part)),
      ...filesOf([...picturesOf(message), ...attachedTo(message)]),
    );
  }
  const before = parts.slice(0, partsBefore).join('\n\n');
  const lastAnswerLine = partsBefore === 0 ? 0 : before.split('\n').length + 1;
  return { text: `${[...parts, ...callParts('')].join('\n\n')}\n`, lastAnswerLine };
}

/** The heading and the text of a message, which may lack what its type says. */
function messageParts(message: Message, assistantOf: (id: string) => Assistant | undefined): string[] {
  try {
    const time = Number.isFinite(message.created_at)
      ? formatTime(message.created_at)
      : String(message.created_at);
    const texts = message.content.flatMap(contentMarkdown);
    return [`## ${speaker(message, assistantOf)} – ${time}`, ...texts];
  } catch {
    return [`*${vscode.l10n.t('This message cannot be shown.')}*`];
  }
}

function speaker(message: Message, assistantOf: (id: string) => Assistant | undefined): string {
  if (message.role === 'user') return vscode.l10n.t('You');
  const assistant = message.assistant_id ? assistantOf(message.assistant_id) : undefined;
  return assistant ? assistantName(assistant) : vscode.l10n.t('Assistant');
}

function contentMarkdown(part: MessageContent): string[] {
  switch (part.type) {
    case 'text':
      return [String(part.text.value)];
    case 'refusal':
      return [String(part.refusal)];
    case 'image_url':
      return [vscode.l10n.t('Image: {0}', part.image_url.url)];
    case 'image_file':
      return [];
    default:
      return [`*${vscode.l10n.t('A part of this message cannot be shown.')}*`];
  }
}

/** A link to a file, which `ConversationLinks` opens, and the picture itself if it is small. */
function fileMarkdown({ id, name, dataUrl }: ConversationFile): string {
  const shown =
    safeName({ id, filename: name })
      .replace(/[[\]\\`*_<>!&]/g, ' ')
      .trim() || id;
  const path = [id, shown].map((part) => encodeURIComponent(part).replace(/[()]/g, '_')).join('/');
  const link = `[${shown}](${fileLinkScheme}:/${path})`;
  return dataUrl === undefined ? link : `![${shown}](${dataUrl})\n\n${link}`;
}

/**
 * Turns Markdown into Markdown without images and HTML, which VS Code's preview would load from wherever a
 * model says: an invisible word joiner makes text of them. To be called with the parts of a document in their
 * order.
 *
 * Fenced code stays as it is, so that it can be copied, as long as there is no doubt that the preview takes it
 * for code, too: that is over once there was a block of mathematics, which may hold a fence.
 */
class InertMarkdown {
  private hasMathBlock = false;

  part(markdown: string): string {
    let fence = '';
    const lines = markdown.split(/\r\n?|\n/).map((line) => {
      if (fence !== '') {
        const [, end = ''] = /^ {0,3}(`{3,}|~{3,})[ \t]*$/.exec(line) ?? [];
        if (end.startsWith(fence)) fence = '';
        return line;
      }
      this.hasMathBlock ||= /\$\$|\\begin/.test(line);
      if (!this.hasMathBlock) [, fence = ''] = /^(`{3,}(?=[^`]*$)|~{3,})/.exec(line) ?? [];
      return line.replaceAll('![', '!\u2060[').replace(/<(?=[a-z/!?])/gi, '<\u2060');
    });
    // Otherwise the rest of the conversation would be code.
    return (fence === '' ? lines : [...lines, fence]).join('\n');
  }
}

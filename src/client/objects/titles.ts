import type { Assistant } from 'openai/resources/beta/assistants';
import type { Thread } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';

/** Maximum number of characters of a title made from a message. */
const maxTitleLength = 60;

/** A thread's own title, if it has one. */
export function storedTitle(thread: Thread): string | undefined {
  const title = thread.metadata?.['title']?.trim();
  return title || undefined;
}

/** The display name of a thread: its title, else its creation time. */
export function threadTitle(thread: Thread): string {
  return storedTitle(thread) ?? vscode.l10n.t('Thread from {0}', formatTime(thread.created_at));
}

/** A localized date and time, from seconds since the epoch. */
export function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toLocaleString(vscode.env.language, {
    dateStyle: 'medium',
    timeStyle: 'short',
  });
}

/** The display name of an assistant: its name, else its id. */
export function assistantName(assistant: Assistant): string {
  return assistant.name?.trim() || assistant.id;
}

/** A thread's title from its first message: the first line, cut between words; empty if there is no text. */
export function titleFrom(message: string): string {
  const line = message
    .split('\n')
    .filter((text) => !text.startsWith('```'))
    .map((text) => text.replaceAll('`', '').trim())
    .find(Boolean);
  if (!line) return '';
  const characters = Array.from(line);
  if (characters.length <= maxTitleLength) return line;
  const space = characters.lastIndexOf(' ', maxTitleLength - 1);
  // Text without spaces, such as Chinese, is cut between any two characters.
  const end = space > 0 ? space : maxTitleLength - 1;
  return `${characters.slice(0, end).join('')}…`;
}

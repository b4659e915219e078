import type { Assistant } from 'openai/resources/beta/assistants';
import type { Thread } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';

export { titleFrom } from '../../agentTools/titleFrom';

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

import type { Assistant } from 'openai/resources/beta/assistants';
import type { Message, MessageContent } from 'openai/resources/beta/threads/messages';
import type { Thread } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';
import { assistantName, formatTime, threadTitle } from '../client/titles';

/** A whole conversation as one Markdown document, oldest message first. */
export function conversationMarkdown(
  thread: Thread,
  messages: readonly Message[],
  assistantOf: (id: string) => Assistant | undefined,
): string {
  const parts = messages.map((message) => {
    const heading = `## ${speaker(message, assistantOf)} – ${formatTime(message.created_at)}`;
    return [heading, ...message.content.map(contentMarkdown)].join('\n\n');
  });
  return `${[`# ${threadTitle(thread)}`, ...parts].join('\n\n')}\n`;
}

function speaker(message: Message, assistantOf: (id: string) => Assistant | undefined): string {
  if (message.role === 'user') return vscode.l10n.t('You');
  const assistant = message.assistant_id ? assistantOf(message.assistant_id) : undefined;
  return assistant ? assistantName(assistant) : vscode.l10n.t('Assistant');
}

function contentMarkdown(part: MessageContent): string {
  switch (part.type) {
    case 'text':
      return part.text.value;
    case 'refusal':
      return part.refusal;
    case 'image_url':
      return `![](${part.image_url.url})`;
    case 'image_file':
      return `\`${part.image_file.file_id}\``;
  }
}

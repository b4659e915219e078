import type { Assistant } from 'openai/resources/beta/assistants';
import type { Message, MessageContent } from 'openai/resources/beta/threads/messages';
import type { Thread } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';
import { assistantName, formatTime, threadTitle } from '../client/objects/titles';

/** A whole conversation as one Markdown document, oldest message first. A preview of it loads nothing. */
export function conversationMarkdown(
  thread: Thread,
  messages: readonly Message[],
  assistantOf: (id: string) => Assistant | undefined,
): string {
  const inert = new InertMarkdown();
  const title = inert.part(`# ${threadTitle(thread)}`);
  const parts = messages.map((message) => {
    const heading = `## ${speaker(message, assistantOf)} – ${formatTime(message.created_at)}`;
    return [heading, ...message.content.map(contentMarkdown)].map((part) => inert.part(part)).join('\n\n');
  });
  return `${[title, ...parts].join('\n\n')}\n`;
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
      return vscode.l10n.t('Image: {0}', part.image_url.url);
    case 'image_file':
      return `\`${part.image_file.file_id}\``;
  }
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

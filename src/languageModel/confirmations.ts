import * as vscode from 'vscode';
import type { ToolId } from '../agentTools/inputs';

/** The message that VS Code shows while a tool runs. */
export function progressOf(id: ToolId, input: unknown): string {
  switch (id) {
    case 'runPython':
      return vscode.l10n.t('Running Python');
    case 'searchFiles':
      return vscode.l10n.t('Searching knowledge files');
    case 'askAssistant': {
      const assistant = fieldOf(input, 'assistant');
      return assistant
        ? vscode.l10n.t('Asking {0}', plain(assistant))
        : vscode.l10n.t('Asking the assistant');
    }
  }
}

/**
 * What the user is asked before a tool runs; undefined for code alone, which can reach nothing. What models write is
 * shown as text, without links.
 */
export function confirmationOf(
  id: ToolId,
  input: unknown,
): vscode.LanguageModelToolConfirmationMessages | undefined {
  const message = new vscode.MarkdownString();
  switch (id) {
    case 'runPython': {
      const files = filesOf(input);
      const saveTo = fieldOf(input, 'saveTo');
      if (files.length === 0 && !saveTo) return undefined;
      if (files.length > 0)
        message.appendText(vscode.l10n.t('The code gets a copy of these files: {0}', files.join(', ')));
      if (files.length > 0 && saveTo) message.appendMarkdown('\n\n');
      if (saveTo) message.appendText(vscode.l10n.t('What it writes is saved to this folder: {0}', saveTo));
      message.appendCodeblock(fieldOf(input, 'code'), 'python');
      return { title: vscode.l10n.t('Run Python with files of the workspace?'), message };
    }
    case 'searchFiles': {
      const store = fieldOf(input, 'vectorStore');
      message.appendText(
        store
          ? vscode.l10n.t('In the vector store “{0}”, for: {1}', store, fieldOf(input, 'query'))
          : vscode.l10n.t('In all vector stores, for: {0}', fieldOf(input, 'query')),
      );
      message.appendMarkdown('\n\n');
      message.appendText(vscode.l10n.t('The passages found are sent to the model of this chat.'));
      return { title: vscode.l10n.t('Search knowledge files?'), message };
    }
    case 'askAssistant': {
      const assistant = fieldOf(input, 'assistant');
      message.appendText(fieldOf(input, 'message'));
      const title = assistant
        ? vscode.l10n.t('Ask the assistant “{0}”?', plain(assistant))
        : vscode.l10n.t('Ask the assistant?');
      return { title, message };
    }
  }
}

/** A field of an input that may be anything. */
function fieldOf(input: unknown, name: string): string {
  const value = (input as Record<string, unknown> | null | undefined)?.[name];
  return typeof value === 'string' ? value : '';
}

function filesOf(input: unknown): string[] {
  const files = (input as Record<string, unknown> | null | undefined)?.['files'];
  return Array.isArray(files) ? files.map(String) : [];
}

/** A name on one line, in which VS Code finds no link. */
function plain(name: string): string {
  return name.replace(/\s+/g, ' ').slice(0, 100).replaceAll('](', ']\u200b(');
}

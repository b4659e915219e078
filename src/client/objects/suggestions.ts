import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import { quizName } from '../../protocol/quiz';

/** The key of an assistant's metadata with its suggested first messages, one a line. */
export const suggestionsKey = 'suggestions';

const maxSuggestions = 4;

/** First messages to suggest for an assistant: its own, else those that fit its subject, tools and files. */
export function suggestionsFor(assistant: Assistant): string[] {
  const own = ownSuggestions(assistant.metadata?.[suggestionsKey]);
  if (own.length > 0) return own;
  return teachesMathematics(assistant)
    ? [
        vscode.l10n.t('I need to solve the equation `3x + 11 = 14`. Can you help me?'),
        vscode.l10n.t('Could you explain linear algebra to me?'),
        vscode.l10n.t('I don’t like math. What can I do?'),
      ]
    : suggestionsForTools(assistant);
}

function ownSuggestions(written: unknown): string[] {
  if (typeof written !== 'string') return [];
  const lines = written.split('\n').map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== ''))].slice(0, maxSuggestions);
}

function teachesMathematics({ name, instructions, description }: Assistant): boolean {
  return [name, description, instructions].some((text) => /\bmath|\balgebra|数学|代数/i.test(text ?? ''));
}

function suggestionsForTools({ tools, tool_resources: resources }: Assistant): string[] {
  const has = (type: string): boolean => tools.some((tool) => tool.type === type);
  const asksQuiz = tools.some((tool) => tool.type === 'function' && tool.function.name === quizName);
  const hasStores = (resources?.file_search?.vector_store_ids?.length ?? 0) > 0;
  const hasFiles = (resources?.code_interpreter?.file_ids?.length ?? 0) > 0;
  return [
    ...(has('file_search') && hasStores ? [vscode.l10n.t('What are your files about?')] : []),
    ...(has('code_interpreter') && hasFiles ? [vscode.l10n.t('Describe the data in your files.')] : []),
    ...(asksQuiz ? [vscode.l10n.t('Give me a quiz.')] : []),
  ];
}

import * as vscode from 'vscode';
import { UserError } from '../../client/errors';

/** A part of a file that is sent to an assistant. */
export interface CodeExcerpt {
  /** The file's path, relative to the workspace. */
  file: string;
  language: string;
  /** Counted from 1. */
  firstLine: number;
  lastLine: number;
  code: string;
}

/** The non-empty selections of an editor. Throws a UserError if there are none. */
export function selectedCode(editor: vscode.TextEditor | undefined): CodeExcerpt[] {
  if (!editor) throw new UserError(vscode.l10n.t('Open a file and select some code first.'));
  const selections = editor.selections.filter((selection) => !selection.isEmpty);
  if (selections.length === 0) throw new UserError(vscode.l10n.t('Select some code first.'));
  const { document } = editor;
  return selections.map((selection) => ({
    file: vscode.workspace.asRelativePath(document.uri),
    language: document.languageId,
    firstLine: selection.start.line + 1,
    lastLine: lastLineOf(selection),
    code: document.getText(selection),
  }));
}

/** A message with a question and the code it is about, between fences. */
export function selectionMessage(question: string, excerpts: readonly CodeExcerpt[]): string {
  return [question.trim(), ...excerpts.map(fenced)].filter(Boolean).join('\n\n');
}

function fenced({ file, language, firstLine, lastLine, code }: CodeExcerpt): string {
  const fence = '`'.repeat(Math.max(3, longestRun(code, /`+/g) + 1));
  const info = language === 'plaintext' ? '' : language;
  return `${file} ${linesOf(firstLine, lastLine)}:\n\n${fence}${info}\n${code.replace(/\r?\n$/, '')}\n${fence}`;
}

function linesOf(first: number, last: number): string {
  return first === last ? vscode.l10n.t('line {0}', first) : vscode.l10n.t('lines {0}–{1}', first, last);
}

function longestRun(text: string, pattern: RegExp): number {
  return Math.max(0, ...Array.from(text.matchAll(pattern), ([run]) => run.length));
}

/** The last selected line, from 1. A selection that ends at the start of a line does not include it. */
function lastLineOf({ start, end }: vscode.Selection): number {
  return end.character === 0 && end.line > start.line ? end.line : end.line + 1;
}

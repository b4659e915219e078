import * as vscode from 'vscode';
import { UserError } from '../../client/errors/errors';
import { documentName } from '../../client/files/documentName';
import { textLimits } from '../../client/limits';
import { contextBlock, withContext } from '../../protocol/context';

/** A part of a file that is sent to an assistant. */
export interface CodeExcerpt {
  /** The file's path, relative to the workspace; of a notebook, with the number of the cell. */
  file: string;
  language: string;
  /** Counted from 1. */
  firstLine: number;
  lastLine: number;
  code: string;
}

/** The non-empty selections of an editor. Throws a UserError if there are none, or if they are too long to send. */
export function selectedCode(editor: vscode.TextEditor | undefined): CodeExcerpt[] {
  if (!editor) throw new UserError(vscode.l10n.t('Open a file and select some code first.'));
  const selections = editor.selections.filter((selection) => !selection.isEmpty);
  if (selections.length === 0) throw new UserError(vscode.l10n.t('Select some code first.'));
  const { document } = editor;
  const sizes = selections.map(({ start, end }) => document.offsetAt(end) - document.offsetAt(start));
  refuseLonger(sizes.reduce((a, b) => a + b, 0));
  const excerpts = selections.map((selection) => ({
    file: documentName(document),
    language: document.languageId,
    firstLine: selection.start.line + 1,
    lastLine: lastLineOf(selection),
    code: document.getText(selection),
  }));
  refuseLonger(selectionMessage('', excerpts).length);
  return excerpts;
}

/** A message with a question and the code it is about, between fences. */
export function selectionMessage(question: string, excerpts: readonly CodeExcerpt[]): string {
  const blocks = excerpts.map(({ file, language, firstLine, lastLine, code }) => {
    const info = language === 'plaintext' ? '' : language;
    return contextBlock({ kind: 'lines', name: file, firstLine, lastLine }, code, info);
  });
  return withContext(question, blocks);
}

function refuseLonger(length: number): void {
  if (length <= textLimits.message) return;
  const limit = textLimits.message.toLocaleString(vscode.env.language);
  throw new UserError(
    vscode.l10n.t('The selection is too long to send: a message can have at most {0} characters.', limit),
  );
}

/** The last selected line, from 1. A selection that ends at the start of a line does not include it. */
function lastLineOf({ start, end }: vscode.Selection): number {
  return end.character === 0 && end.line > start.line ? end.line : end.line + 1;
}

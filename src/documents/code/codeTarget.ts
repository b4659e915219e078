/** The change of a file by which a code block is applied to it. */
import * as vscode from 'vscode';
import type { Proposal } from './proposals';
import { isReadOnly, readOnlyError } from './writable';

/** A file that code can be applied to. */
export interface CodeTarget {
  uri: vscode.Uri;
  /** The selection that the code replaces; undefined: the whole file. */
  selection?: vscode.Selection;
  /** The file does not exist yet. */
  isNew?: boolean;
}

/** The change of a target by a code block. Throws a UserError for a file that cannot be written to. */
export async function proposalOf({ uri, selection, isNew }: CodeTarget, code: string): Promise<Proposal> {
  if (isNew) return { uri, before: undefined, after: withFinalBreak(code) };
  if (await isReadOnly(uri)) throw readOnlyError(uri);
  const document = await vscode.workspace.openTextDocument(uri);
  const before = document.getText();
  const [start, end] = selection
    ? [document.offsetAt(selection.start), document.offsetAt(selection.end)]
    : [0, before.length];
  const replaced = before.slice(start, end);
  const indentation = /^[^\S\r\n]*/.exec(document.lineAt(selection?.start.line ?? 0).text)?.[0] ?? '';
  const placed = selection ? indented(code, indentation, selection.start.character) : code;
  const isTerminated = replaced.endsWith('\n') || before === '';
  const text = isTerminated ? withFinalBreak(placed) : placed;
  const lineBreak = document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n';
  return {
    uri,
    before,
    after: before.slice(0, start) + text.replace(/\r?\n/g, lineBreak) + before.slice(end),
  };
}

/** Code for a place at this column of a line with this indentation, which is added unless the code has it. */
export function indented(code: string, indentation: string, column: number): string {
  const lines = code.split('\n');
  const isBlank = (line: string): boolean => line.trim() === '';
  const isIndented = lines.every((line) => isBlank(line) || line.startsWith(indentation));
  const placed = isIndented ? lines : lines.map((line) => (isBlank(line) ? line : indentation + line));
  const [first = ''] = placed;
  if (first.startsWith(indentation)) placed[0] = first.slice(Math.min(column, indentation.length));
  return placed.join('\n');
}

function withFinalBreak(code: string): string {
  return code === '' || code.endsWith('\n') ? code : `${code}\n`;
}

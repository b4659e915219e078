import * as vscode from 'vscode';
import { UserError } from '../../../client/errors/errors';
import { notebookPlaceOf } from '../../../client/files/documentName';
import { linesSource, type Source } from './contextSources';

/** The selections of the active editor, or else its whole file or cell. Throws a UserError if no editor is open. */
export function activeSources(): Source[] {
  const editor = vscode.window.activeTextEditor;
  return editor ? editorSources(editor) : [activeFile()];
}

/** The active editor's file, or cell of a notebook. Throws a UserError if no editor is open. */
export function activeFile(): Source {
  const editor = vscode.window.activeTextEditor;
  if (editor) return wholeSource(editor.document);
  const notebook = vscode.window.activeNotebookEditor;
  if (notebook) {
    const { uri } = notebook.notebook;
    return { kind: 'cell', uri: uri.toString(), cell: notebook.selection.start };
  }
  const shown = uriOfTab(vscode.window.tabGroups.activeTabGroup.activeTab);
  if (shown) return { kind: 'file', uri: shown.toString() };
  throw new UserError(vscode.l10n.t('Open a file first.'));
}

/** The selections of an editor; its whole document if nothing is selected. */
export function editorSources({ document, selections }: vscode.TextEditor): Source[] {
  const selected = selections.filter((selection) => !selection.isEmpty);
  if (selected.length === 0) return [wholeSource(document)];
  const place = placeOf(document);
  return selected.map((selection) => linesSource(document, selection, place));
}

function wholeSource(document: vscode.TextDocument): Source {
  const place = placeOf(document);
  return { kind: place.cell === undefined ? 'file' : 'cell', ...place };
}

/** A document, which may be a cell of a notebook. */
export function placeOf(document: vscode.TextDocument): { uri: string; cell?: number } {
  const place = notebookPlaceOf(document);
  return place ? { uri: place.notebook.toString(), cell: place.cell } : { uri: document.uri.toString() };
}

/** The file that a tab shows; undefined if it shows none, or two of them. */
export function uriOfTab(tab: vscode.Tab | undefined): vscode.Uri | undefined {
  const input = tab?.input;
  const isOfFile =
    input instanceof vscode.TabInputText ||
    input instanceof vscode.TabInputCustom ||
    input instanceof vscode.TabInputNotebook;
  if (isOfFile) return input.uri;
  return input instanceof vscode.TabInputTextDiff ? input.modified : undefined;
}

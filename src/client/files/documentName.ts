import * as vscode from 'vscode';

/** A cell of a notebook, by its place in it from 0 on. */
export interface NotebookPlace {
  notebook: vscode.Uri;
  cell: number;
}

/** Where a document stands in a notebook; undefined if it is no cell of an open notebook. */
export function notebookPlaceOf(document: vscode.TextDocument): NotebookPlace | undefined {
  for (const notebook of vscode.workspace.notebookDocuments) {
    const cell = notebook.getCells().find((one) => one.document === document);
    if (cell) return { notebook: notebook.uri, cell: cell.index };
  }
  return undefined;
}

/** A document for users and models: its path in the workspace, its title if it is not stored, or a cell of a notebook. */
export function documentName(document: vscode.TextDocument): string {
  const place = notebookPlaceOf(document);
  return place ? cellName(place) : vscode.workspace.asRelativePath(document.uri);
}

/** `notebooks/a.ipynb, cell 3`: in English, since models read it. */
export function cellName({ notebook, cell }: NotebookPlace): string {
  return `${vscode.workspace.asRelativePath(notebook)}, cell ${cell + 1}`;
}

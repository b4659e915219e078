import type { FileObject } from 'openai/resources/files';
import * as vscode from 'vscode';
import { runCommand } from '../client/commands';
import { describeError, isNotFound } from '../client/errors/errors';
import { showInformation } from '../client/errors/notices';
import { findBeginning, findPassage, type TextSpan } from './textSpan';
import type { Services } from '../client/services';
import { hasNoText, shownAsText } from '../client/files/documentFormats';
import { findStoreOf, storeFile } from '../client/files/storeList';
import { safeName } from './files';
import { canOpen, type SystemViewer } from './systemViewer';
import { uriOf } from './target';

/** A cited place in a file. Omitted fields are looked up or ignored. */
export interface CitedPlace {
  fileId: string;
  /** The name of the file, which may have been deleted. */
  fileName?: string;
  vectorStoreId?: string;
  /** Offsets into the extracted text, in UTF-16 units. */
  start?: number;
  end?: number;
  /** 1-based. */
  line?: number;
  page?: number;
  /** The text of the passage. */
  passage?: string;
}

/** The opened document. */
export interface OpenedCitation {
  uri: string;
  /** Whether it is the source file, and not the text extracted from it. */
  isSource: boolean;
}

/** Formats whose source differs from the extracted text: it has tags between the words. */
const htmlFormats = /\.x?html?$/i;
/** Maximum number of workspace files with the same name that are searched for a passage. */
const maxNamesakes = 20;

/** Opens cited files: the one in the workspace if it still contains the passage, else the extracted text. */
export class Citations {
  constructor(
    private readonly services: Services,
    private readonly viewer: SystemViewer,
  ) {}

  async open(place: CitedPlace): Promise<OpenedCitation> {
    const { client } = this.services;
    const file = await this.fileOf(place);
    if (!file) return this.openWithoutFile(place);
    const storeId = place.vectorStoreId ?? (await findStoreOf(client, file.id));
    const path = storeId && (await this.pathOf(storeId, file.id));
    const sources = await sourcesOf(path, file.filename);
    if (!shownAsText.test(file.filename)) {
      const opened = await openSource(sources, place, htmlFormats.test(file.filename));
      if (opened) return opened;
    }
    if (storeId === undefined) return this.openAlone(file);
    return this.openText(file, storeId, place, sources[0]);
  }

  /** The cited file; undefined if it was deleted and the passage can be shown without it. Otherwise throws. */
  private async fileOf({ fileId, passage }: CitedPlace): Promise<FileObject | undefined> {
    try {
      return await this.services.client.files.retrieve(fileId);
    } catch (error) {
      if (passage !== undefined && isNotFound(error)) return undefined;
      throw error;
    }
  }

  /**
   * For a deleted file, such as one that was replaced in a synced folder: searches the workspace for
   * the passage, else shows it alone.
   */
  private async openWithoutFile(place: CitedPlace): Promise<OpenedCitation> {
    const { fileId, fileName = fileId, passage = '' } = place;
    if (!shownAsText.test(fileName)) {
      const opened = await openSource(await sourcesOf(undefined, fileName), place, true);
      if (opened) return opened;
    }
    const name = textName({ id: fileId, filename: fileName });
    const document = await vscode.workspace.openTextDocument(uriOf({ kind: 'passage', text: passage, name }));
    await show(document, undefined);
    showInformation(
      vscode.l10n.t('{0} was replaced or deleted. This is the passage that was cited.', fileName),
    ).then(undefined, (error: unknown) => this.services.reporter.log(error));
    return { uri: document.uri.toString(), isSource: false };
  }

  private async pathOf(storeId: string, fileId: string): Promise<string | undefined> {
    const path = (await storeFile(this.services.client, storeId, fileId))?.attributes?.['path'];
    return typeof path === 'string' ? path : undefined;
  }

  /** Opens a file that is in no store, so that there is no extracted text of it. */
  private async openAlone(file: FileObject): Promise<OpenedCitation> {
    const { id, filename } = file;
    if (hasNoText(filename)) {
      this.offerViewer(file, vscode.l10n.t('VS Code cannot show {0}.', filename));
      return { uri: id, isSource: true };
    }
    await runCommand('openFile', { fileId: id });
    const uri = vscode.window.activeTextEditor?.document.uri.toString() ?? id;
    return { uri, isSource: true };
  }

  /** Opens the extracted text of a file, as a read-only document. */
  private async openText(
    file: FileObject,
    vectorStoreId: string,
    place: CitedPlace,
    source: vscode.Uri | undefined,
  ): Promise<OpenedCitation> {
    const target = { kind: 'fileText', vectorStoreId, id: file.id, name: textName(file) } as const;
    const document = await vscode.workspace.openTextDocument(uriOf(target));
    await show(document, spanOf(document, place));
    if (shownAsText.test(file.filename)) this.showPageNotice(file, place.page, source);
    return { uri: document.uri.toString(), isSource: false };
  }

  /** Names the page of the passage. */
  private showPageNotice(file: FileObject, page: number | undefined, source: vscode.Uri | undefined): void {
    const text =
      page === undefined
        ? vscode.l10n.t('This is the text of {0}.', file.filename)
        : vscode.l10n.t('This is the text of {0}. The passage is on page {1}.', file.filename, page);
    this.offerViewer(file, text, source);
  }

  /** Offers to open a file in another program, because VS Code cannot show PDFs, or to save it. */
  private offerViewer(file: FileObject, text: string, source?: vscode.Uri): void {
    const open = vscode.l10n.t('Open in System Viewer');
    const save = vscode.l10n.t('Save File As…');
    // The path may be a server's: the system must not be given a program to open.
    const isDocument = canOpen(file.filename) || (source !== undefined && canOpen(source.path));
    showInformation(text, ...(isDocument ? [open, save] : [save]))
      .then((answer) => {
        if (answer === open) return this.viewer.open(file, source);
        return answer === save ? runCommand('saveFileAs', { fileId: file.id }) : undefined;
      })
      .then(undefined, (error: unknown) => this.services.reporter.notify(new Error(describeError(error))));
  }
}

/** The workspace files that may be the uploaded one, the most likely first. */
async function sourcesOf(path: string | undefined, name: string): Promise<vscode.Uri[]> {
  const uris: vscode.Uri[] = [];
  for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
    if (path !== undefined && !path.split(/[\\/]/).includes('..')) uris.push(vscode.Uri.joinPath(uri, path));
  }
  const safe = name.split(/[\\/]/).at(-1) ?? '';
  const pattern = `**/${safe.replace(/[[\]{}*?]/g, '?')}`;
  if (safe) uris.push(...(await vscode.workspace.findFiles(pattern, undefined, maxNamesakes)));
  const there = await Promise.all(uris.map(async (uri) => ((await isFile(uri)) ? [uri] : [])));
  return [...new Map(there.flat().map((uri) => [uri.toString(), uri])).values()];
}

/**
 * Opens the first file that contains the passage or, with `allowPartialMatch`, its beginning; undefined
 * if none does.
 */
async function openSource(
  sources: readonly vscode.Uri[],
  place: CitedPlace,
  allowPartialMatch: boolean,
): Promise<OpenedCitation | undefined> {
  const { passage } = place;
  const matchers = [(document: vscode.TextDocument) => spanOf(document, place)];
  if (passage !== undefined && allowPartialMatch) {
    matchers.push((document) => findBeginning(document.getText(), passage));
  }
  for (const find of matchers) {
    for (const uri of sources) {
      const document = await vscode.workspace.openTextDocument(uri).then(undefined, () => undefined);
      const span = document && find(document);
      // Without the passage, it may be another file.
      if (!document || (passage !== undefined && !span)) continue;
      await show(document, span);
      return { uri: uri.toString(), isSource: true };
    }
  }
  return undefined;
}

async function show(document: vscode.TextDocument, span: TextSpan | undefined): Promise<void> {
  const editor = await vscode.window.showTextDocument(document, { preview: true });
  if (!span) return;
  const range = new vscode.Range(span.startLine, span.startColumn, span.endLine, span.endColumn);
  editor.selection = new vscode.Selection(range.start, range.end);
  editor.revealRange(range, vscode.TextEditorRevealType.AtTop);
}

/** The range of a passage in a document: by its text, else by its location in the extracted text. */
function spanOf(document: vscode.TextDocument, place: CitedPlace): TextSpan | undefined {
  return findPassage(document.getText(), place);
}

async function isFile(uri: vscode.Uri): Promise<boolean> {
  try {
    return ((await vscode.workspace.fs.stat(uri)).type & vscode.FileType.File) !== 0;
  } catch {
    return false;
  }
}

function textName(file: Pick<FileObject, 'id' | 'filename'>): string {
  const name = safeName(file);
  return shownAsText.test(name) ? `${name}.txt` : name;
}

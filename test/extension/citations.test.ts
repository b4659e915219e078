import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { textPdf } from '../engine/fileSearch/pdfFile';
import { findBeginning, findPassage } from '../../src/documents/textSpan';
import type { OpenedCitation } from '../../src/documents/citations';
import { catchMessages, writeFolder, type Uploaded } from './knowledgeSupport';
import { ask, client, command, createTutor, newThread, until } from './support';

const lines = ['# Tides', '', 'The moon pulls at the sea.', '', 'The tide turns twice a day.', '', 'End.'];

describe('the source that an answer cites', () => {
  let told: ReturnType<typeof catchMessages>;
  beforeEach(() => (told = catchMessages()));
  afterEach(async () => {
    told.release();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  /** A file of the workspace that an assistant has read. */
  async function given(folder: string, name: string, content: string | Uint8Array) {
    const uri = vscode.Uri.joinPath(await writeFolder(folder, { [name]: content }), name);
    const { id: assistantId } = await createTutor(`Reader of ${folder}`);
    const uploaded = await command<Uploaded>('uploadFiles', { uris: [uri], assistantId });
    return { uri, assistantId, fileId: uploaded.files[0]!.fileId, ...uploaded };
  }

  function selected(): string {
    const editor = vscode.window.activeTextEditor!;
    return editor.document.getText(editor.selection);
  }

  it('opens from a message, in the workspace, with the passage selected', async () => {
    const { uri, assistantId } = await given('seas', 'tides.md', lines.join('\r\n'));
    const { id: threadId } = await newThread('Tides');
    await ask(threadId, assistantId, 'How often does the tide turn?');
    const { data } = await (await client()).beta.threads.messages.list(threadId);
    const args = { threadId, messageId: data[0]!.id, index: 0 };
    const opened = await command<OpenedCitation>('openCitation', args);
    equal(opened.uri, uri.toString());
    equal(opened.isSource, true);
    match(selected(), /^# Tides[^]*The tide turns twice a day\./);
    await rejects(command('openCitation', { ...args, index: 7 }), /no citation 8/);
  });

  describe('and that has changed since', () => {
    /** An answer that cites a file which was edited, uploaded again and deleted since, as a synced folder does it. */
    async function citedBefore(folder: string, edited: string) {
      const { uri, assistantId, fileId } = await given(folder, `${folder}.md`, lines.join('\n'));
      const { id: threadId } = await newThread('Tides');
      await ask(threadId, assistantId, 'How often does the tide turn?');
      const api = await client();
      const { data } = await api.beta.threads.messages.list(threadId);
      await vscode.workspace.fs.writeFile(uri, Buffer.from(edited));
      await command('uploadFiles', { uris: [uri], assistantId });
      await api.files.delete(fileId);
      return { uri, args: { threadId, messageId: data[0]!.id, index: 0 } };
    }

    it('opens in the workspace where the passage still begins', async () => {
      const edited = ['Preface', ...lines, 'More.'].join('\n').replace('twice', 'two times');
      const { uri, args } = await citedBefore('revised', edited);
      deepEqual(await command('openCitation', args), { uri: uri.toString(), isSource: true });
      equal(selected(), 'The moon pulls at the sea.');
    });

    it('shows the passage itself if the workspace no longer contains it', async () => {
      const { args } = await citedBefore('rewritten', 'Nothing of it is left.');
      const opened = await command<OpenedCitation>('openCitation', args);
      equal(opened.isSource, false);
      const { document } = vscode.window.activeTextEditor!;
      equal(path.basename(document.uri.path), 'rewritten.md');
      match(document.getText(), /^# Tides[^]*The tide turns twice a day\./);
      match(told.messages.at(-1) ?? '', /rewritten\.md was replaced or deleted/);
    });

    it('is not found without a message or a passage', async () => {
      await rejects(command('openCitation', { fileId: 'file-gone' }), /No file found/);
    });
  });

  it('opens an HTML page at the passage, although there are tags between its words', async () => {
    const page = `<html><body><h1>Tides</h1>\n<p>The moon <b>pulls</b> at\n  the sea &amp; the land.</p>
      <p>The tide <i>turns</i>\n  twice a day.</p></body></html>`;
    const { uri, assistantId } = await given('pages', 'tides.html', page);
    const { id: threadId } = await newThread('Tides');
    await ask(threadId, assistantId, 'How often does the tide turn?');
    const { data } = await (await client()).beta.threads.messages.list(threadId);
    const opened = await command<OpenedCitation>('openCitation', { threadId, messageId: data[0]!.id });
    deepEqual(opened, { uri: uri.toString(), isSource: true });
    equal(selected(), 'The tide <i>turns</i>\n  twice a day.');
  });

  it('opens at the occurrence of the passage that is nearest to the given line', async () => {
    const { fileId } = await given('lines', 'tides.md', [...lines, ...lines].join('\n'));
    await command('openCitation', { fileId, passage: 'The tide turns twice a day.', line: 12 });
    equal(vscode.window.activeTextEditor?.selection.start.line, lines.length + 4);
    equal(selected(), 'The tide turns twice a day.');
  });

  it('opens as extracted text if the workspace file no longer contains the passage', async () => {
    const { uri, fileId } = await given('edited', 'report.md', lines.join('\n'));
    await vscode.workspace.fs.writeFile(uri, Buffer.from('Nothing of it is left.'));
    const passage = 'The moon pulls at the sea.';
    const opened = await command<OpenedCitation>('openCitation', { fileId, passage });
    equal(opened.isSource, false);
    const { document } = vscode.window.activeTextEditor!;
    equal(document.uri.scheme, 'assistants');
    equal(path.basename(document.uri.path), 'report.md');
    equal(document.languageId, 'markdown');
    equal(selected(), passage);
  });

  it('is found in another folder by its name and passage', async () => {
    const { fileId } = await given('moved', 'nomad.md', lines.join('\n'));
    await writeFolder('moved', {});
    const folder = await writeFolder('elsewhere', { 'deep/nomad.md': lines.join('\n') });
    const { uri } = await command<OpenedCitation>('openCitation', { fileId, passage: 'End.' });
    equal(uri, vscode.Uri.joinPath(folder, 'deep/nomad.md').toString());
  });

  it('of a PDF opens as its text, and the page is named', async () => {
    const pages = ['Gradient descent follows the slope.', 'Entropy measures surprise.'];
    const { fileId, vectorStoreId } = await given('papers', 'paper.pdf', textPdf(pages));
    const args = { fileId, vectorStoreId, page: 2, passage: 'Entropy measures surprise.' };
    const opened = await command<OpenedCitation>('openCitation', args);
    equal(opened.isSource, false);
    match(opened.uri, /paper\.pdf\.txt/);
    equal(selected(), 'Entropy measures surprise.');
    match(told.messages.at(-1) ?? '', /paper\.pdf.* page 2/);
  });

  it('of encoded mail opens as the text that was read from it', async () => {
    const mail =
      'Subject: =?utf-8?Q?Caf=C3=A9?=\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n';
    const { fileId } = await given(
      'mail',
      'menu.eml',
      mail + Buffer.from('Tea costs 3 €.').toString('base64'),
    );
    const opened = await command<OpenedCitation>('openCitation', { fileId, passage: 'Tea costs 3 €.' });
    match(opened.uri, /menu\.eml\.txt/);
    equal(selected(), 'Tea costs 3 €.');
  });

  it('of a PDF is opened by the system only if it is a document, whatever path a server gives', async () => {
    const { fileId, vectorStoreId, uri } = await given('kinds', 'paper.pdf', textPdf(['Entropy.']));
    const script = vscode.Uri.joinPath(uri, '../run.sh');
    await vscode.workspace.fs.writeFile(script, Buffer.from('#!/bin/sh\n'));
    const offered: string[][] = [];
    const { showInformationMessage } = vscode.window;
    const record = (_message: string, ...actions: string[]) => {
      offered.push(actions);
      return Promise.resolve(actions[0]);
    };
    const warned: string[] = [];
    const { showWarningMessage } = vscode.window;
    const warn = (message: string) => Promise.resolve(void warned.push(message));
    Object.assign(vscode.window, { showInformationMessage: record, showWarningMessage: warn });
    try {
      const args = { fileId, vectorStoreId, page: 1, passage: 'Entropy.' };
      await command('openCitation', args);
      const path = vscode.workspace.asRelativePath(script, false);
      const api = await client();
      await api.vectorStores.files.update(fileId, {
        vector_store_id: vectorStoreId,
        attributes: { path },
      });
      await command('openCitation', args);
      await command('openFile', { fileId });
      await until('it says why', () => warned.length === 3);
    } finally {
      Object.assign(vscode.window, { showInformationMessage, showWarningMessage });
    }
    const actions = ['Open in System Viewer', 'Save File As…'];
    deepEqual(offered, [actions, actions, actions]);
    // The tests' VS Code runs in a browser.
    equal(warned.length, 3);
    match(warned.at(-1)!, /runs in a browser and cannot open paper\.pdf/);
  });

  it('that is in no store opens as the uploaded file', async () => {
    const folder = await writeFolder('loner', { 'alone.txt': 'Alone' });
    const { files } = await command<Uploaded>('uploadFiles', {
      uris: [vscode.Uri.joinPath(folder, 'alone.txt')],
      withoutStore: true,
    });
    await writeFolder('loner', {});
    await command('openCitation', { fileId: files[0]!.fileId });
    equal(vscode.window.activeTextEditor?.document.getText(), 'Alone');
  });
});

describe('a passage in a text', () => {
  it('is found by its text, its offsets or its line', () => {
    const text = lines.join('\n');
    const words = findPassage(text, { passage: '  The tide turns\r\n' });
    equal(words?.startLine, 4);
    equal(words.endColumn, 'The tide turns'.length);
    equal(findPassage(text, { start: text.indexOf('moon'), end: text.indexOf('pulls') })?.startColumn, 4);
    equal(findPassage(text, { line: 99 })?.startLine, lines.length - 1);
  });

  it('begins at the first of its lines that occurs, whatever is between the words', () => {
    const passage = 'A line that is gone.\nThe tide (still) turns\ntwice';
    const text = 'One\nThe  <b>tide</b>\n(still) turns.';
    deepEqual(findBeginning(text, passage), { startLine: 1, startColumn: 0, endLine: 2, endColumn: 13 });
    equal(findBeginning('twice', passage), undefined, 'A few letters tell nothing.');
  });

  it('is not found if it does not occur', () => {
    equal(findPassage('abc', { passage: 'xyz', line: 1 }), undefined);
    equal(findPassage('abc', {}), undefined);
    ok(!findPassage('', { start: 4, end: 9 }));
  });
});

import { equal, ok, rejects } from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { indented } from '../../src/documents/code/codeTarget';
import { differenceOf } from '../../src/documents/code/proposals';
import { codeTargets, pathInWorkspace } from '../../src/documents/code/targets';
import { command, until } from './support';

const workspace = (): vscode.Uri => vscode.workspace.workspaceFolders![0]!.uri;
const folder = (): string => path.join(workspace().fsPath, 'applied');

function makeFile(name: string, text: string): vscode.Uri {
  mkdirSync(folder(), { recursive: true });
  const file = path.join(folder(), name);
  writeFileSync(file, text);
  return vscode.Uri.file(file);
}

async function open(uri: vscode.Uri, selection = new vscode.Range(0, 0, 0, 0)): Promise<vscode.TextEditor> {
  const document = await vscode.workspace.openTextDocument(uri);
  return vscode.window.showTextDocument(document, { selection, preview: false });
}

const textOf = async (uri: vscode.Uri): Promise<string> =>
  new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));

/** Runs the command, and answers its pick: the first item that is listed. */
async function apply(code: string, file: string): Promise<void> {
  const applied = command('applyCode', { code, file });
  const isShown = () =>
    vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputTextDiff;
  await until('the changes are shown', async () => {
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    return isShown();
  });
  await applied;
}

describe('the code of an answer', () => {
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    rmSync(folder(), { recursive: true, force: true });
  });

  it('is inserted at the cursor of the editor used last, behind the tab of a chat, too', async () => {
    const editor = await open(makeFile('a0.py', 'one\ntwo\n'), new vscode.Range(1, 0, 1, 0));
    await command('openChatInEditor', {});
    await until('the chat covers the editor', () => vscode.window.visibleTextEditors.length === 0);
    await command('insertCode', { code: 'print(1)\n' });
    equal(editor.document.getText(), 'one\nprint(1)\ntwo\n');
    await vscode.commands.executeCommand('workbench.action.files.revert');
  });

  it('is not inserted where no editor is open, or the editor is read-only', async () => {
    await until('no editor is visible', () => vscode.window.visibleTextEditors.length === 0);
    await rejects(command('insertCode', { code: '1' }), /Open a file first/);
    const document = await vscode.workspace.openTextDocument({ content: 'kept' });
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('workbench.action.files.setActiveEditorReadonlyInSession');
    await rejects(command('insertCode', { code: '1' }), /is read-only/);
    equal(document.getText(), 'kept');
    await vscode.commands.executeCommand('workbench.action.files.setActiveEditorWriteableInSession');
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  it('replaces a file once the user has accepted it, and not before', async () => {
    const uri = makeFile('a2.py', 'one\r\ntwo\r\n');
    await apply('one\nthree', 'applied/a2.py');
    equal(await textOf(uri), 'one\r\ntwo\r\n');
    await command('acceptChanges', {});
    equal(await textOf(uri), 'one\r\nthree\r\n');
    equal(vscode.window.activeTextEditor?.document.uri.fsPath, uri.fsPath);
    equal(vscode.window.activeTextEditor?.document.isDirty, false);
  });

  it('replaces a selection, with its indentation', async () => {
    const uri = makeFile('a3.py', 'def f():\n    one()\n    two()\n');
    await open(uri, new vscode.Range(1, 0, 2, 0));
    await apply('if x:\n    three()', '');
    await command('acceptChanges', {});
    equal(await textOf(uri), 'def f():\n    if x:\n        three()\n    two()\n');
  });

  it('creates the file that its fence names', async () => {
    await apply('print(1)', 'applied/new/a.py');
    const uri = vscode.Uri.file(path.join(folder(), 'new', 'a.py'));
    await rejects(async () => vscode.workspace.fs.stat(uri));
    await command('acceptChanges', {});
    equal(await textOf(uri), 'print(1)\n');
  });

  it('changes nothing once it is discarded, or its tab is closed', async () => {
    const uri = makeFile('a5.py', 'one\n');
    await apply('two', 'applied/a5.py');
    await command('discardChanges', {});
    await apply('three', 'applied/a5.py');
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    await until('the changes are forgotten', async () =>
      command('acceptChanges', {}).then(
        () => false,
        (error: Error) => error.message.includes('no proposed changes'),
      ),
    );
    equal(await textOf(uri), 'one\n');
  });

  it('overwrites no change that came after it was proposed', async () => {
    const uri = makeFile('a6.py', 'one\n');
    await apply('two', 'applied/a6.py');
    const edit = new vscode.WorkspaceEdit();
    edit.insert(uri, new vscode.Position(0, 0), 'mine ');
    await vscode.workspace.applyEdit(edit);
    await rejects(command('acceptChanges', {}), /was changed since/);
    equal((await vscode.workspace.openTextDocument(uri)).getText(), 'mine one\n');
    await command('discardChanges', {});
    await open(uri);
    await vscode.commands.executeCommand('workbench.action.files.revert');
  });

  it('is opened in a new file of its language', async () => {
    await command('openCode', { code: 'print(1)', language: 'py' });
    const { document } = vscode.window.activeTextEditor!;
    equal(document.languageId, 'python');
    ok(document.isUntitled);
    equal(document.getText(), 'print(1)');
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  it('is meant first for the file at its fence, then for open editors', async () => {
    const named = makeFile('named.py', '');
    const other = makeFile('other.py', 'x\n');
    const editor = await open(other, new vscode.Range(0, 0, 0, 1));
    const names = async (file: string) =>
      (await codeTargets(file, editor)).map(
        ({ uri, selection, isNew }) =>
          path.basename(uri.fsPath) + (selection ? ' selection' : '') + (isNew ? ' new' : ''),
      );
    equal((await names('applied/named.py')).join(), 'named.py,other.py selection,other.py');
    equal((await names('other.py')).join(), 'other.py selection,other.py');
    equal((await names('applied/absent.py'))[0], 'absent.py new');
    equal((await names('../../etc/passwd')).join(), 'other.py selection,other.py');
    equal((await names(named.fsPath))[0], 'named.py');
  });

  it('stays within the workspace', () => {
    const folders = [{ uri: vscode.Uri.file('/work/app'), name: 'app' }];
    for (const outside of [
      '../a.py',
      'src/../../a.py',
      '/etc/passwd',
      'C:\\a.py',
      '/work/app/../b.py',
      '.',
    ]) {
      equal(pathInWorkspace(outside, folders), undefined, outside);
    }
    equal(pathInWorkspace('./src\\a.py', folders), 'src/a.py');
    equal(pathInWorkspace('/work/app/src/a.py', folders), 'src/a.py');
  });

  it('keeps or takes the indentation of its place', () => {
    equal(indented('a\n  b', '    ', 0), '    a\n      b');
    equal(indented('a\nb', '    ', 4), 'a\n    b');
    equal(indented('    a\n\n    b', '    ', 4), 'a\n\n    b');
    equal(indented('a', '', 3), 'a');
  });

  it('replaces only what differs', () => {
    for (const [before, after] of [
      ['', 'a'],
      ['a', ''],
      ['abc', 'axc'],
      ['aa', 'aaa'],
      ['a\r\nb', 'a\r\n\r\nb'],
      ['x😀y', 'x😁y'],
    ] as const) {
      const { start, end, text } = differenceOf(before, after);
      equal(before.slice(0, start) + text + before.slice(end), after);
      ok(!/[\ud800-\udbff]$/.test(before.slice(0, start)) && !before.slice(0, start).endsWith('\r'));
    }
  });

  it('is not applied to a file of a kind that cannot be written to', async () => {
    const uri = vscode.Uri.parse('assistants:/a.json?{}');
    const { proposalOf } = await import('../../src/documents/code/codeTarget');
    await rejects(proposalOf({ uri }, 'x'), /is read-only/);
  });
});

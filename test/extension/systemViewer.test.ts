import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FileObject } from 'openai/resources/files';
import * as vscode from 'vscode';
import { deleteOldCopies, SystemViewer } from '../../src/documents/systemViewer';
import { client } from './support';

describe('the system viewer', () => {
  let folder: string;
  let opened: vscode.Uri[];

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'assistants-studio-viewer-'));
    opened = [];
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function viewer(answer = true): Promise<SystemViewer> {
    return new SystemViewer(await client(), path.join(folder, 'viewed'), {
      obstacle: () => undefined,
      open: (uri) => {
        opened.push(uri);
        return Promise.resolve(answer);
      },
    });
  }

  async function upload(name: string, content = '%PDF-1.4 text'): Promise<FileObject> {
    return (await client()).files.create({ file: new File([content], name), purpose: 'assistants' });
  }

  it('opens the bytes of an uploaded file, under its name, and writes them once', async () => {
    const file = await upload('Über 100%.pdf');
    const shown = await viewer();
    await shown.open(file);
    const { fsPath } = opened[0]!;
    equal(path.basename(fsPath), 'Über 100%.pdf');
    ok(fsPath.startsWith(folder));
    equal(readFileSync(fsPath, 'utf8'), '%PDF-1.4 text');
    await (await client()).files.delete(file.id);
    await shown.open(file);
    equal(String(opened[1]), String(opened[0]));
  });

  it('gives the system no program, and no name that leads elsewhere', async () => {
    const shown = await viewer();
    for (const name of ['run.sh', 'paper.pdf.exe', 'macro.xlsm', 'page.html', 'a.pdf\u202efdp.bat'])
      await rejects(shown.open(await upload(name)), /is not a document/);
    deepEqual(opened, []);
    const file = await upload('paper.pdf');
    for (const filename of [
      `${'long '.repeat(80)}.pdf`,
      'con.pdf',
      '../../../up.pdf',
      'C:\\up.pdf',
      '. .pdf',
    ])
      await shown.open({ ...file, filename });
    await shown.open({ ...file, bytes: 0, filename: 'paper.pdf' });
    for (const { fsPath } of opened) {
      equal(path.dirname(fsPath), path.join(folder, 'viewed', file.id));
      ok(path.basename(fsPath).length < 80 && !/^con\.|[. ]\.pdf$|^\./.test(path.basename(fsPath)), fsPath);
      ok(existsSync(fsPath));
    }
  });

  it('opens a document of the workspace where it is, and no other file there', async () => {
    const file = await upload('paper.pdf');
    const shown = await viewer();
    const source = vscode.Uri.file(path.join(folder, 'papers/paper.pdf'));
    await shown.open(file, source);
    await shown.open(file, vscode.Uri.file(path.join(folder, 'run.sh')));
    deepEqual(
      opened.map(({ fsPath }) => path.relative(folder, fsPath)),
      [path.join('papers', 'paper.pdf'), path.join('viewed', file.id, 'paper.pdf')],
    );
  });

  it('says so if the system cannot, and leaves no half of a file', async () => {
    await rejects((await viewer(false)).open(await upload('paper.pdf')), /could not open paper\.pdf/);
    const gone = await upload('gone.pdf');
    await (await client()).files.delete(gone.id);
    await rejects((await viewer()).open(gone), /No such File object|No file found/i);
    ok(!existsSync(path.join(folder, 'viewed', gone.id, 'gone.pdf')));
  });

  it('deletes its copies after a day', async () => {
    const shown = await viewer();
    await shown.open(await upload('old.pdf'));
    await shown.open(await upload('new.pdf'));
    const [old, recent] = opened.map(({ fsPath }) => path.dirname(fsPath));
    const before = new Date(Date.now() - 25 * 60 * 60 * 1000);
    utimesSync(old!, before, before);
    await deleteOldCopies(path.join(folder, 'viewed'));
    deepEqual([existsSync(old!), existsSync(recent!)], [false, true]);
    await deleteOldCopies(path.join(folder, 'nothing'));
  });
});

import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { MessageCreateParams } from 'openai/resources/beta/threads/messages';
import * as vscode from 'vscode';
import { pieceBytes, type Attachment } from '../../src/protocol/attachments';
import { until } from './support';
import { Panel, TestWindow } from './window';

/** One pixel. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const both = [{ type: 'file_search' }, { type: 'code_interpreter' }];

describe('the files of a message', () => {
  let window: TestWindow;
  let lastUpload = 0;

  beforeEach(() => (window = TestWindow.open()));
  afterEach(async () => {
    await window.close();
    deepEqual(window.reported, []);
  });

  const filesOf = (panel: Panel): Attachment[] => panel.of('attachments').at(-1)?.attachments ?? [];

  async function readyPanel(tools: ('file_search' | 'code_interpreter')[] = []): Promise<Panel> {
    const { id } = await window.createAssistant();
    await window.services.client.beta.assistants.update(id, { tools: tools.map((type) => ({ type })) });
    window.services.assistants.refresh();
    const panel = window.openChat({ assistantId: id });
    panel.post({ type: 'ready' });
    await until('the panel is ready', () => panel.state?.loaded && panel.of('attachments').length > 0);
    return panel;
  }

  /** Drops a file, and sends the pieces that the host requests. */
  async function drop(panel: Panel, name: string, content: Buffer): Promise<Attachment> {
    const uploadId = ++lastUpload;
    panel.post({ type: 'attachDropped', uploadId, name, bytes: content.length });
    let handedOver = 0;
    return until(`${name} is there`, () => {
      const asked = panel.asked('piece').filter(({ params }) => params.uploadId === uploadId);
      for (const { id, params } of asked.slice(handedOver)) {
        handedOver += 1;
        const result = new Uint8Array(content.subarray(params.offset, params.offset + pieceBytes));
        panel.post({ type: 'answer', id, result });
      }
      return filesOf(panel).find((file) => file.name === name && file.state !== 'uploading');
    });
  }

  /** What the service is asked to store; it is not stored, since this engine has no tools. */
  async function refusedMessage(panel: Panel, text: string): Promise<MessageCreateParams> {
    const { messages } = window.services.client.beta.threads;
    const asked: MessageCreateParams[] = [];
    messages.create = (_, body) => {
      asked.push(body);
      throw new Error('Not here.');
    };
    await rejects(panel.ask('send', { text }), /Not here/);
    return asked[0]!;
  }

  async function sentMessage(panel: Panel, text: string) {
    await panel.ask('send', { text });
    window.model.say('Fine.');
    window.model.finish();
    await panel.hasRun('completed');
    const threadId = panel.session.selection.threadId!;
    const { data } = await window.services.client.beta.threads.messages.list(threadId, { order: 'asc' });
    return data[0]!;
  }

  it('come from the panel in pieces, and go with the message to every tool that reads files', async () => {
    const panel = await readyPanel(['file_search', 'code_interpreter']);
    const content = Buffer.alloc(pieceBytes * 2 + 7, 'Roses are red. ');
    const { fileId, state, bytes } = await drop(panel, 'notes.txt', content);
    deepEqual([state, bytes], ['ready', content.length]);
    equal(panel.asked('piece').length, 3);
    const stored = await window.services.client.files.content(fileId!);
    ok(Buffer.from(await stored.arrayBuffer()).equals(content));
    const { attachments } = await refusedMessage(panel, 'Read this');
    deepEqual(attachments, [{ file_id: fileId, tools: both }]);
    equal(filesOf(panel).length, 1);
  });

  it('go to the code interpreter if it is the only tool that reads files', async () => {
    const panel = await readyPanel(['code_interpreter']);
    const { fileId } = await drop(panel, 'table.csv', Buffer.from('a,b\n1,2\n'));
    const { attachments } = await refusedMessage(panel, 'Sum it up');
    deepEqual(attachments, [{ file_id: fileId, tools: [{ type: 'code_interpreter' }] }]);
  });

  it('go to each tool that can use them: tables to both, archives to Python alone', async () => {
    const panel = await readyPanel(['file_search', 'code_interpreter']);
    const ids: Record<string, string> = {};
    for (const name of ['orders.csv', 'stock.xlsx', 'paper.pdf', 'data.parquet', 'all.zip']) {
      ids[name] = (await drop(panel, name, Buffer.from('a,b\n1,2\n'))).fileId!;
    }
    const code = [{ type: 'code_interpreter' }];
    const { attachments } = await refusedMessage(panel, 'Sum it up');
    deepEqual(
      attachments,
      Object.entries(ids).map(([name, file_id]) => ({
        file_id,
        tools: /parquet|zip/.test(name) ? code : both,
      })),
    );
  });

  it('go to file search whatever they are, if it is the only tool, or if there is none', async () => {
    for (const tools of [['file_search'], []] as const) {
      const panel = await readyPanel([...tools]);
      const { fileId } = await drop(panel, 'all.zip', Buffer.from('PK'));
      const { attachments } = await refusedMessage(panel, 'Read this');
      deepEqual(attachments, [{ file_id: fileId, tools: [{ type: 'file_search' }] }]);
      panel.post({ type: 'removeAttachment', id: filesOf(panel)[0]!.id });
      await until('it is removed', () => filesOf(panel).length === 0);
    }
  });

  it('that are images are shown to the model, and are files for Python too', async () => {
    const panel = await readyPanel(['code_interpreter', 'file_search']);
    const { fileId } = await drop(panel, 'picture.png', png);
    const { attachments, content } = await refusedMessage(panel, '');
    deepEqual(attachments, [{ file_id: fileId, tools: [{ type: 'code_interpreter' }] }]);
    deepEqual(content, [{ type: 'image_file', image_file: { file_id: fileId } }]);
  });

  it('go to file search alone when the thread has as many files for Python as it can have', async () => {
    const panel = await readyPanel(['file_search', 'code_interpreter']);
    const { client } = window.services;
    const upload = async () =>
      (await client.files.create({ file: new File(['x'], 'x.txt'), purpose: 'assistants' })).id;
    const file_ids = await Promise.all(Array.from({ length: 19 }, upload));
    const { id } = await client.beta.threads.create({ tool_resources: { code_interpreter: { file_ids } } });
    await panel.session.show(id);
    const first = await drop(panel, 'a.csv', Buffer.from('1'));
    const second = await drop(panel, 'b.csv', Buffer.from('2'));
    const { attachments } = await refusedMessage(panel, 'Sum it up');
    deepEqual(attachments, [
      { file_id: first.fileId, tools: both },
      { file_id: second.fileId, tools: [{ type: 'file_search' }] },
    ]);
  });

  it('are shown to the model if they are images, whatever their names', async () => {
    const panel = await readyPanel();
    const { fileId, isImage } = await drop(panel, 'picture.txt', png);
    equal(isImage, true);
    const { content, attachments } = await sentMessage(panel, '');
    deepEqual(attachments, []);
    deepEqual(filesOf(panel), []);
    deepEqual(content, [{ type: 'image_file', image_file: { file_id: fileId, detail: 'auto' } }]);
    equal((await window.services.client.files.retrieve(fileId!)).purpose, 'vision');
  });

  it('are kept with the draft over a reload', async () => {
    const panel = await readyPanel();
    const { fileId } = await drop(panel, 'notes.txt', Buffer.from('Roses'));
    const { selection } = panel.session;
    window = await window.reload();
    const second = window.openChat(selection);
    second.post({ type: 'ready' });
    const kept = await until('they are shown again', () => filesOf(second)[0]);
    deepEqual([kept.name, kept.bytes, kept.fileId, kept.state], ['notes.txt', 5, fileId, 'ready']);
  });

  it('are deleted when they are removed', async () => {
    const panel = await readyPanel();
    const { id } = await drop(panel, 'notes.txt', Buffer.from('Roses'));
    panel.post({ type: 'removeAttachment', id });
    await until('it is gone', async () => {
      const { data } = await window.services.client.files.list();
      return filesOf(panel).length === 0 && data.length === 0;
    });
  });

  it('that are empty, too large, unreadable or not of the announced size fail, and say why', async () => {
    const panel = await readyPanel();
    match((await drop(panel, 'empty.txt', Buffer.alloc(0))).error ?? '', /empty/);
    panel.post({ type: 'attachDropped', uploadId: 900, name: 'huge.bin', bytes: 2 ** 40 });
    await until('it is refused', () => problemOf(panel, 'huge.bin').includes('larger than 100 MB'));
    const answers = {
      'gone.txt': { error: 'Gone.' },
      'long.txt': { result: new Uint8Array(9) },
      'short.txt': { result: new Uint8Array(0) },
      'words.txt': { result: 'Roses' },
    };
    for (const [name, answer] of Object.entries(answers)) {
      const uploadId = ++lastUpload;
      panel.post({ type: 'attachDropped', uploadId, name, bytes: 5 });
      const { id } = await until('it is asked for', () =>
        panel.asked('piece').find(({ params }) => params.uploadId === uploadId),
      );
      panel.post({ type: 'answer', id, ...answer });
      await until(`${name} failed`, () => problemOf(panel, name).includes('could not be read'));
    }
  });

  it('that were being uploaded when the panel was reloaded have failed', async () => {
    const panel = await readyPanel();
    panel.post({ type: 'attachDropped', uploadId: 901, name: 'notes.txt', bytes: 5 });
    await until('it is asked for', () => panel.asked('piece').length > 0);
    panel.post({ type: 'ready' });
    await until('it has failed', () => problemOf(panel, 'notes.txt').includes('could not be read'));
  });

  it('that were on their way when the panel was closed have failed', async () => {
    const panel = await readyPanel();
    panel.post({ type: 'attachDropped', uploadId: 903, name: 'notes.txt', bytes: 5 });
    await until('it is asked for', () => panel.asked('piece').length > 0);
    panel.close();
    const reopened = new Panel(panel.session);
    await reopened.session.show(undefined);
    await until('it has failed', () => problemOf(reopened, 'notes.txt').includes('could not be read'));
  });

  it('keep the message back while they are on their way', async () => {
    const panel = await readyPanel();
    panel.post({ type: 'attachDropped', uploadId: 902, name: 'notes.txt', bytes: 5 });
    await until('it is on its way', () => filesOf(panel).length > 0);
    await rejects(panel.ask('send', { text: 'Read this' }), /still uploading/);
  });

  it('are twenty at most', async () => {
    const panel = await readyPanel();
    for (let count = 0; count < 21; count++) {
      panel.post({ type: 'attachDropped', uploadId: 1000 + count, name: `${count}.txt`, bytes: 5 });
    }
    await until('one was refused', () => window.reported.length > 0);
    match(String(window.reported.splice(0)), /at most 20 files/);
    equal(filesOf(panel).length, 20);
  });

  it('dragged from the explorer are read here; others only when the user agrees', async () => {
    const panel = await readyPanel();
    const folder = vscode.workspace.workspaceFolders![0]!.uri;
    const inside = vscode.Uri.joinPath(folder, 'attached.txt');
    await vscode.workspace.fs.writeFile(inside, Buffer.from('Roses'));
    const elsewhere = mkdtempSync(path.join(tmpdir(), 'attached-'));
    writeFileSync(path.join(elsewhere, 'secret.txt'), 'Violets');
    const outside = vscode.Uri.file(path.join(elsewhere, 'secret.txt'));
    const asked: unknown[] = [];
    const original = vscode.window.showWarningMessage;
    vscode.window.showWarningMessage = (...args: unknown[]) => {
      asked.push(args[1]);
      return Promise.resolve(undefined);
    };
    try {
      panel.post({ type: 'attachUris', list: `${inside.toString()}\r\n${outside.toString()}` });
      await until('it is there', () => filesOf(panel)[0]?.state === 'ready');
      deepEqual(
        filesOf(panel).map(({ name }) => name),
        ['attached.txt'],
      );
      deepEqual(asked, [{ modal: true, detail: outside.fsPath }]);
    } finally {
      vscode.window.showWarningMessage = original;
      await vscode.workspace.fs.delete(inside);
      rmSync(elsewhere, { recursive: true });
    }
  });

  it('are searched once file search is turned on', async () => {
    const panel = await readyPanel(['code_interpreter']);
    const { assistantId } = panel.session.selection;
    panel.post({ type: 'turnOnFileSearch' });
    await until('the panel knows it', () =>
      panel.state?.assistants
        .find(({ id }) => id === assistantId)
        ?.fileTools.join()
        .includes('code_interpreter,file_search'),
    );
  });

  it('have their names in the chat, unless they were deleted', async () => {
    const panel = await readyPanel();
    const { fileId } = await drop(panel, 'notes.txt', Buffer.from('Roses'));
    deepEqual(await panel.ask('fileInfo', { fileId: fileId! }), { fileId, name: 'notes.txt', bytes: 5 });
    deepEqual(await panel.ask('fileInfo', { fileId: 'file_gone' }), { fileId: 'file_gone' });
  });

  function problemOf(panel: Panel, name: string): string {
    return filesOf(panel).find((file) => file.name === name)?.error ?? '';
  }
});

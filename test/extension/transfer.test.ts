import { deepEqual, equal, match, ok, rejects, throws } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import OpenAI from 'openai';
import * as vscode from 'vscode';
import { rejectUsers } from '../../src/client/engine/restoreErrors';
import type { ExportReport, ImportReport } from '../../src/client/transfer';
import { processSpace } from '../../src/engine/process/processSpace';
import { Network, RemoteServer, serverKey, useServer } from './remote';
import { ask, client, command, conversation, createTutor, newThread, until } from './support';

describe('Export and import', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'assistants-studio-test-'));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it('write a thread with Markdown, and take it back', async () => {
    const api = await client();
    const tutor = await createTutor('Exported');
    const thread = await newThread('To be exported: a/b');
    await ask(thread.id, tutor.id, 'Hello?');
    const before = await conversation(thread.id);
    const target = path.join(folder, 'thread');
    const report = await command<ExportReport>('exportThread', { threadId: thread.id, path: target });
    equal(report.counts.thread, 1);
    const [name] = await vscode.workspace.fs
      .readDirectory(vscode.Uri.file(path.join(target, 'conversations')))
      .then((entries) => entries.map(([entry]) => entry));
    match(
      await readFile(path.join(target, 'conversations', name ?? ''), 'utf8'),
      /# To be exported[^]*Hello\?/,
    );
    await rejects(command('exportThread', { threadId: thread.id, path: target }), /is already there/);
    await api.beta.threads.delete(thread.id);
    const taken = await command<ImportReport>('importData', { path: target });
    deepEqual([taken.problems, taken.counts.thread?.created], [[], 1]);
    deepEqual(await conversation(thread.id), before);
    const again = await command<ImportReport>('importData', { path: target });
    deepEqual([again.counts.thread?.created, again.counts.thread?.exists], [0, 1]);
  });

  it('write everything to a zip file', async () => {
    await newThread('One of all');
    const target = path.join(folder, 'all.zip');
    const report = await command<ExportReport>('exportEverything', { path: target });
    ok(report.counts.thread > 0 && report.counts.assistant > 0);
    const again = await command<ImportReport>('importData', { path: target });
    ok(
      Object.values(again.counts).every(({ created }) => created === 0),
      JSON.stringify(again),
    );
  });

  it('report what cannot be read', async () => {
    const file = path.join(folder, 'odd.json');
    await writeFile(file, '[{"object":"invoice"}, {"object":"thread.message","id":"msg_x"}');
    const report = await command<ImportReport>('importData', { path: file });
    deepEqual(report.problems.map(({ reason }) => reason).sort(), ['noThread', 'notJson', 'unknownKind']);
  });

  it('say that a server does not take imports', async () => {
    const remote = await RemoteServer.start();
    const network = await Network.before(remote.baseUrl);
    network.hidden = /^POST \/v1\/imports/;
    const leave = await useServer(network.baseUrl);
    try {
      const file = path.join(folder, 'one.jsonl');
      await writeFile(file, '{"thread_id":"a","role":"user","text":"Hello"}');
      await rejects(command('importData', { path: file }), /“Elsewhere” does not offer to import/);
    } finally {
      await leave();
      await network.stop();
      await remote.stop();
    }
  });

  it('read another service while it runs', async () => {
    const api = await client();
    const remote = await RemoteServer.start();
    try {
      const there = new OpenAI({ baseURL: remote.baseUrl, apiKey: serverKey });
      const thread = await there.beta.threads.create({
        messages: [{ role: 'user', content: 'From afar' }],
        metadata: { title: 'Far' },
      });
      const connection = { id: 'far', kind: 'server', label: 'Far', baseUrl: remote.baseUrl };
      await command('addConnection', { ...connection, apiKey: serverKey });
      const report = await command<ImportReport>('importFromService', { connectionId: 'far' });
      deepEqual(report.error, undefined);
      equal(report.counts.thread?.created, 1);
      const [message] = (await api.beta.threads.messages.list(thread.id)).data;
      equal(message?.content[0]?.type === 'text' && message.content[0].text.value, 'From afar');
      const again = await command<ImportReport>('importFromService', { connectionId: 'far' });
      equal(again.counts.thread?.exists, 1);
    } finally {
      await command('removeConnection', { connectionId: 'far', confirm: false });
      await remote.stop();
    }
  });
});

describe('Backup and restore', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'assistants-studio-test-'));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  const restore = (file: string): Promise<unknown> =>
    command('restoreBackup', { path: file, confirm: false });

  it('bring back what was deleted, and take away what came since', async () => {
    const api = await client();
    const tutor = await createTutor('Backed up');
    const thread = await newThread('Backed up');
    await ask(thread.id, tutor.id, 'Hello?');
    const before = await conversation(thread.id);
    const file = path.join(folder, 'backup.zip');
    await command('backUpAllData', { path: file });
    await api.beta.threads.delete(thread.id);
    const later = await newThread('Later');
    await until('the backup is restored', () =>
      restore(file).then(
        () => true,
        (error: unknown) => {
          match(String(error), /while an assistant is working/);
          return false;
        },
      ),
    );
    deepEqual(await conversation(thread.id), before);
    await rejects(api.beta.threads.retrieve(later.id), /No thread found/);
    equal((await ask(thread.id, tutor.id, 'And now?')).status, 'completed');
  });

  it('are refused for what is no backup, and change nothing', async () => {
    const thread = await newThread('Stays');
    const file = path.join(folder, 'other.zip');
    await command('exportEverything', { path: file });
    await rejects(restore(file), /not a backup/);
    const broken = path.join(folder, 'broken');
    await mkdir(broken);
    await writeFile(path.join(broken, 'assistants.db'), 'x'.repeat(9000));
    const manifest = { format: 'assistants-studio-backup', version: 1 };
    await writeFile(path.join(broken, 'assistants-studio-backup.json'), JSON.stringify(manifest));
    await rejects(restore(broken), /damaged/);
    equal((await (await client()).beta.threads.retrieve(thread.id)).id, thread.id);
  });

  it('are refused while another process of this computer has the data open, which the error names', () => {
    const other = { pid: process.ppid, host: processSpace };
    throws(() => rejectUsers([other]), new RegExp(`other windows or programs .*${other.pid}`));
    const ended = spawnSync(process.execPath, ['-e', ''], { env: { ELECTRON_RUN_AS_NODE: '1' } });
    rejectUsers([
      { ...other, pid: ended.pid },
      { ...other, host: 'another container' },
      { ...other, pid: process.pid },
    ]);
  });
});

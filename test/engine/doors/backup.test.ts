import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type OpenAI from 'openai';
import { ZipFile } from 'yazl';
import { checkBackup, snapshotDatabase } from '../../../src/engine/store/maintenance/databaseTasks';
import { replaceData } from '../../../src/engine/store/maintenance/restore';
import {
  FolderTarget,
  openArchive,
  unpackBackup,
  writeBackup,
  ZipTarget,
  type ExportTarget,
} from '../../../src/transfer';
import { openSearch, upload } from '../fileSearchSupport';
import { collect, createTutor, executeSql, temporaryFolder, until } from '../support';
import { snapshot } from './support';

const script = resolve('dist/databaseWorker.js');

/** Backs up a data folder that is in use. */
async function backUp(dataDir: string, path: string) {
  const database = join(temporaryFolder(), 'copy.db');
  const copy = await snapshotDatabase({ dataDir, script, target: database });
  const target = path.endsWith('.zip') ? new ZipTarget(path) : new FolderTarget(path);
  return writeBackup({ ...copy, dataDir, database }, target);
}

async function unpack(path: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const archive = await openArchive(path, { anyRatio: true });
  await unpackBackup(archive, folder).finally(() => archive.close());
}

async function fill(client: OpenAI, name: string): Promise<void> {
  const file = await upload(client, `${name}.txt`, name);
  await createTutor(client, { name });
  await client.beta.threads.create({
    messages: [
      {
        role: 'user',
        content: name,
        attachments: [{ file_id: file.id, tools: [{ type: 'code_interpreter' }] }],
      },
    ],
  });
}

/** An engine that has no row of its own left when it is closed. */
async function filledFolder(name: string): Promise<{ dataDir: string; before: unknown }> {
  const dataDir = temporaryFolder();
  const { client, engine } = openSearch({ worker: null, dataDir });
  await fill(client, name);
  const before = await snapshot(client);
  await engine.close();
  return { dataDir, before };
}

async function contentOf(dataDir: string): Promise<unknown> {
  const { client, engine } = openSearch({ worker: null, dataDir });
  const content = await snapshot(client);
  await engine.close();
  return content;
}

describe('Backups', function () {
  this.timeout(60_000);

  for (const name of ['all.zip', 'all']) {
    it(`are written while the data is in use, and restored: ${name}`, async () => {
      const dataDir = temporaryFolder();
      const { client } = openSearch({ worker: null, dataDir });
      await fill(client, 'First');
      const thread = await client.beta.threads.create();
      let isDone = false;
      let written = 0;
      const writing = (async () => {
        while (!isDone) {
          await client.beta.threads.messages.create(thread.id, {
            role: 'user',
            content: `Message ${written}`,
          });
          written++;
          await nextTurn();
        }
      })();
      await until('it writes', () => written > 5);
      const before = written;
      const path = join(temporaryFolder(), name);
      const report = await backUp(dataDir, path).finally(() => (isDone = true));
      await writing;
      deepEqual([report.files, report.missing], [1, []]);
      const restored = temporaryFolder();
      await unpack(path, restored);
      deepEqual(await checkBackup({ dataDir: restored, script }), { missing: [] });
      const { client: other } = openSearch({ worker: null, dataDir: restored });
      const texts = (await collect(other.beta.threads.messages.list(thread.id, { order: 'asc' }))).map(
        ({ content }) => (content[0]?.type === 'text' ? content[0].text.value : ''),
      );
      ok(texts.length >= before && texts.length <= written, `${texts.length} of ${before} to ${written}`);
      deepEqual(
        texts,
        texts.map((_text, at) => `Message ${at}`),
      );
      const [file] = (await other.files.list()).data;
      equal(await (await other.files.content(file?.id ?? '')).text(), 'First');
    });
  }

  it('that are damaged, newer or of something else are recognised', async () => {
    const { dataDir } = await filledFolder('Good');
    const check = (folder: string) => checkBackup({ dataDir: folder, script });
    const copyOf = (): string => {
      const copy = temporaryFolder();
      cpSync(dataDir, copy, { recursive: true });
      return copy;
    };
    const newer = copyOf();
    executeSql(newer, 'PRAGMA user_version = 9999');
    equal((await check(newer)).error, 'newer');
    const damaged = copyOf();
    writeFileSync(join(damaged, 'assistants.db'), Buffer.alloc(20_000, 7));
    equal((await check(damaged)).error, 'damaged');
    const other = temporaryFolder();
    executeSql(other, 'CREATE TABLE invoices (id TEXT)');
    equal((await check(other)).error, 'notOurs');
    const incomplete = copyOf();
    for (const name of readdirSync(join(incomplete, 'files'))) rmSync(join(incomplete, 'files', name));
    equal((await check(incomplete)).missing.length, 1);
    equal((await check(temporaryFolder())).error, 'damaged');
  });

  it('that are damaged in their zip file are not unpacked', async () => {
    const { dataDir } = await filledFolder('unmistakable');
    const folder = join(temporaryFolder(), 'backup');
    await backUp(dataDir, folder);
    const zip = new ZipFile();
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile()) zip.addBuffer(readFileSync(path), relative(folder, path), { compress: false });
    }
    zip.end();
    const bytes = (await buffer(zip.outputStream)).toString('latin1');
    const path = join(temporaryFolder(), 'backup.zip');
    writeFileSync(path, bytes.replaceAll('unmistakable', 'UNMISTAKABLE'), 'latin1');
    await rejects(unpack(path, join(temporaryFolder(), 'new')), { name: 'BackupError', reason: 'damaged' });
  });

  it('have files that are deleted while they are written', async () => {
    const { dataDir } = await filledFolder('First');
    const target: ExportTarget = {
      async write(path, content) {
        rmSync(join(dataDir, path), { force: true });
        if (typeof content !== 'string') await buffer(content);
      },
      finish: () => Promise.resolve(),
      abandon: () => Promise.resolve(),
    };
    const database = join(temporaryFolder(), 'copy.db');
    const copy = await snapshotDatabase({ dataDir, script, target: database });
    deepEqual(await writeBackup({ ...copy, dataDir, database }, target), { files: 1, missing: [] });
  });

  it('are not unpacked if they are something else, or would leave their folder', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'assistants.db'), 'x');
    await rejects(unpack(folder, temporaryFolder()), { reason: 'notABackup' });
    writeFileSync(
      join(folder, 'assistants-studio-backup.json'),
      '{"format":"assistants-studio-backup","version":9}',
    );
    await rejects(unpack(folder, temporaryFolder()), { reason: 'newer' });
    writeFileSync(
      join(folder, 'assistants-studio-backup.json'),
      '{"format":"assistants-studio-backup","version":1}',
    );
    mkdirSync(join(folder, 'python-packages'));
    writeFileSync(join(folder, 'python-packages', 'evil.whl'), 'x');
    await rejects(unpack(folder, temporaryFolder()), { reason: 'unsafeName' });
  });

  it('replace the data, or leave it as it was, wherever a restore is killed', async () => {
    const old = await filledFolder('Old');
    const fresh = await filledFolder('New');
    let isWhole = false;
    let moves = 0;
    for (; !isWhole; moves++) {
      ok(moves < 30);
      const dataDir = temporaryFolder();
      cpSync(old.dataDir, dataDir, { recursive: true });
      cpSync(fresh.dataDir, join(dataDir, 'restoring'), { recursive: true });
      const { signal, status } = spawnSync(process.execPath, [
        resolve('out/test/engine/doors/restoreRun.js'),
        dataDir,
        String(moves),
      ]);
      isWhole = status === 0;
      ok(isWhole || signal === 'SIGKILL');
      // Before the journal is there, nothing has happened.
      const isBegun = existsSync(join(dataDir, 'restore.json'));
      deepEqual(await contentOf(dataDir), isBegun ? fresh.before : old.before, `killed at move ${moves}`);
      if (isBegun) await until('the old data is deleted', () => !existsSync(join(dataDir, 'before-restore')));
    }
    ok(moves > 5);
  });

  it('that cannot be opened after all give way to the data that was there', async () => {
    const { dataDir, before } = await filledFolder('Old');
    mkdirSync(join(dataDir, 'restoring'));
    writeFileSync(join(dataDir, 'restoring', 'assistants.db'), Buffer.alloc(20_000, 7));
    replaceData(dataDir);
    deepEqual(await contentOf(dataDir), before);
    deepEqual(await contentOf(dataDir), before);
  });
});

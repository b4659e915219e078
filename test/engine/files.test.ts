import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { APIError, toFile } from 'openai';
import type { FileObject } from 'openai/resources/files';
import { openSearch, upload, whenRead } from './fileSearchSupport';
import {
  collect,
  createTutor,
  executeSql,
  openEngine,
  says,
  ScriptedModel,
  temporaryFolder,
  until,
} from './support';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

describe('files', () => {
  it('are uploaded, listed, read byte by byte and deleted', async () => {
    const { client, dataDir } = openEngine();
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7) % 256));
    const file = await client.files.create({ file: await toFile(bytes, '数 据.bin'), purpose: 'assistants' });
    assert.deepEqual(
      { ...file, id: '', created_at: 0 },
      {
        id: '',
        object: 'file',
        bytes: 300_000,
        created_at: 0,
        filename: '数 据.bin',
        purpose: 'assistants',
        status: 'processed',
        status_details: null,
      },
    );
    assert.deepEqual(await client.files.retrieve(file.id), file);
    const content = Buffer.from(await (await client.files.content(file.id)).arrayBuffer());
    assert.ok(content.equals(bytes));
    assert.deepEqual(await client.files.delete(file.id), { id: file.id, object: 'file', deleted: true });
    await assert.rejects(client.files.retrieve(file.id), /No file found with id/);
    assert.deepEqual(readdirSync(join(dataDir, 'files')), []);
  });

  it('that came in part, when their process died, are deleted after an hour', async () => {
    const dataDir = temporaryFolder();
    const folder = join(dataDir, 'files');
    mkdirSync(folder);
    for (const [name, minutes] of [
      ['file-dead.part', 61],
      ['file-coming.part', 59],
      ['file-whole', 61],
    ] as const) {
      writeFileSync(join(folder, name), 'x');
      const then = new Date(Date.now() - minutes * 60_000);
      utimesSync(join(folder, name), then, then);
    }
    const { engine } = openEngine({ dataDir });
    await until('they are deleted', () => readdirSync(folder).length < 3);
    await engine.close();
    assert.deepEqual(readdirSync(folder).sort(), ['file-coming.part', 'file-whole']);
  });

  it('are listed by purpose, in pages', async () => {
    const { client } = openEngine();
    const files: FileObject[] = [];
    for (let i = 0; i < 5; i++) {
      files.push(
        await client.files.create({
          file: await toFile(Buffer.from(`${i}`), `${i}.txt`),
          purpose: i % 2 ? 'vision' : 'assistants',
        }),
      );
    }
    assert.deepEqual(await collect(client.files.list({ limit: 2, order: 'asc' })), files);
    const vision = await collect(client.files.list({ purpose: 'vision' }));
    assert.deepEqual(
      vision.map((file) => file.filename),
      ['3.txt', '1.txt'],
    );
  });

  it('with a name that is a path keep their name alone', async () => {
    const { client, dataDir } = openEngine();
    const file = await client.files.create({
      file: await toFile(Buffer.from('x'), '../../evil.txt'),
      purpose: 'assistants',
    });
    assert.equal(file.filename, 'evil.txt');
    assert.deepEqual(readdirSync(join(dataDir, 'files')), [file.id]);
  });

  it('are refused with the field that is wrong, and leave nothing behind', async () => {
    const { client, dataDir } = openEngine();
    const file = await toFile(Buffer.from('x'), 'x.txt');
    await assert.rejects(
      client.files.create({ file, purpose: 'fun' as never }),
      (error) => error instanceof APIError && error.param === 'purpose',
    );
    await assert.rejects(client.post('/files', { body: { purpose: 'assistants' } }), /multipart\/form-data/);
    await assert.rejects(
      client.files.create({
        file,
        purpose: 'assistants',
        expires_after: { anchor: 'created_at', seconds: 5 },
      }),
      (error) => error instanceof APIError && error.param === 'expires_after.seconds',
    );
    assert.deepEqual(readdirSync(join(dataDir, 'files')), []);
  });

  it('expire', async () => {
    const { client } = openEngine();
    const file = await client.files.create({
      file: await toFile(Buffer.from('x'), 'x.txt'),
      purpose: 'assistants',
      expires_after: { anchor: 'created_at', seconds: 3600 },
    });
    assert.equal(file.expires_at, file.created_at + 3600);
  });

  for (const swept of [false, true]) {
    it(`that have expired are gone, with their bytes and what stores know of them${swept ? '' : ', if they are deleted first'}`, async () => {
      // Without further ticks, the sweep does not come first.
      const tickInterval = swept ? 5 : 3_600_000;
      const { client, dataDir } = openSearch({ tickInterval });
      const [gone, kept] = [
        await upload(client, 'gone.txt', 'Whales.'),
        await upload(client, 'kept.txt', 'Cats.'),
      ];
      const { id } = await client.vectorStores.create({ file_ids: [gone.id, kept.id] });
      await whenRead(client, id);
      const past = `json_set(body, '$.expires_at', unixepoch() - 1)`;
      executeSql(dataDir, `UPDATE files SET body = ${past} WHERE id = '${gone.id}'`);

      assert.deepEqual(await collect(client.files.list()), [kept]);
      for (const request of [client.files.retrieve(gone.id), client.files.content(gone.id)])
        await assert.rejects(request, (error) => error instanceof APIError && error.status === 404);
      if (!swept)
        assert.deepEqual(await client.files.delete(gone.id), { id: gone.id, object: 'file', deleted: true });

      const folder = join(dataDir, 'files');
      await until('its bytes are gone', () => readdirSync(folder).length === 1);
      await until(
        'its entry is gone',
        async () => (await client.vectorStores.files.list(id)).data.length === 1,
      );
      assert.deepEqual(readdirSync(folder), [kept.id]);
      assert.deepEqual((await client.vectorStores.search(id, { query: 'Whales' })).data, []);
      await assert.rejects(client.files.delete(gone.id), /No file found with id/);
      assert.equal(await (await client.files.content(kept.id)).text(), 'Cats.');
    });
  }

  it('that are images reach the model', async () => {
    const model = new ScriptedModel([says('A dot.')]);
    const { client } = openEngine({ provider: model });
    const file = await client.files.create({ file: await toFile(png, 'dot.png'), purpose: 'vision' });
    const assistant = await createTutor(client);
    const thread = await client.beta.threads.create({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What?' },
            { type: 'image_file', image_file: { file_id: file.id } },
          ],
        },
      ],
    });
    await client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
    const url = `data:image/png;base64,${png.toString('base64')}`;
    const content = [
      { type: 'text', text: 'What?' },
      { type: 'image', url, detail: 'auto', name: 'dot.png' },
    ];
    assert.deepEqual(model.requests[0]?.messages, [{ role: 'user', content }]);
  });
});

import assert from 'node:assert/strict';
import { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StatementSync } from 'node:sqlite';
import { serialize } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { DocumentReader } from '../../../src/engine/tools/fileSearch/documentReader';
import { decodeDocument, encodeDocument } from '../../../src/engine/tools/fileSearch/encodedDocument';
import { openSearch, searchWorker, upload, whenRead } from '../fileSearchSupport';
import { afterTest, openEngine, ScriptedModel, temporaryFolder, until } from '../support';
import { addFiles, count, fileIds, open, tables, vectorOf } from './indexedFiles';
import { script } from './support';

const megabyte = 1024 * 1024;

/** Watches what this thread copies to and from worker threads and child processes. Returns the size of the largest message. */
function watchMessages(): () => number {
  let max = 0;
  const note = (message: unknown, transferred: readonly unknown[] = []) => {
    const moved = (transferred as ArrayBuffer[]).reduce((sum, { byteLength }) => sum + byteLength, 0);
    max = Math.max(max, serialize(message).length - moved);
  };
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const postMessage = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message: unknown, transfer?: never) {
    note(message, transfer);
    postMessage.call(this, message, transfer);
  };
  const stop = [Worker, ChildProcess].map(({ prototype }) => {
    // eslint-disable-next-line @typescript-eslint/unbound-method
    const original = prototype.emit;
    prototype.emit = function (this: Worker, name: string, ...values: unknown[]) {
      if (name === 'message') note(values[0]);
      return original.call(this, name, ...(values as []));
    } as never;
    return () => (prototype.emit = original as never);
  });
  afterTest(() => {
    Worker.prototype.postMessage = postMessage;
    for (const restore of stop) restore();
  });
  return () => max;
}

/** The statements that this thread runs on the tables whose size grows with the chunks. */
function watchStatements(): string[] {
  const found: string[] = [];
  const prototype = StatementSync.prototype as unknown as Record<string, (...values: unknown[]) => unknown>;
  for (const method of ['run', 'get', 'all', 'iterate']) {
    const original = prototype[method]!;
    prototype[method] = function (this: StatementSync, ...values) {
      if (/search_(chunks|words|chunk_vectors)\b|signs FROM search_signs/.test(this.sourceSQL))
        found.push(this.sourceSQL);
      return original.apply(this, values);
    };
    afterTest(() => void (prototype[method] = original));
  }
  return found;
}

describe('the thread of the engine', function () {
  this.timeout(120_000);

  for (const [what, isLatin] of Object.entries({
    'a large text': true,
    'a large text of another script': false,
  })) {
    it(`copies only small pieces while ${what} is indexed, with vectors`, async () => {
      const words = isLatin ? 'The tide turns, and the ships go out with it. ' : '潮が変わり、船が出て行く。';
      const embeddings = 'test/embed';
      const model = new ScriptedModel([]);
      const provider = Object.assign(model, {
        embed: (_model: string, texts: readonly string[]) =>
          Promise.resolve(texts.map((_, i) => vectorOf(i))),
      });
      const { client } = openEngine({
        models: () => [{ id: 'test', label: 'Test', provider }],
        embeddings: () => embeddings,
        tools: { fileSearch: { script, worker: searchWorker } },
      });
      const text = Array.from(
        { length: (megabyte / words.length) * (isLatin ? 3 : 1) },
        (_, i) => `${words}${i}\n`,
      ).join('');
      const file = await upload(client, 'large.txt', text);
      const largest = watchMessages();
      const { id } = await client.vectorStores.create({ file_ids: [file.id] });
      const store = await whenRead(client, id);
      assert.equal(store.file_counts.completed, 1);
      assert.deepEqual({ ...store, embedding_model: embeddings }, store);
      const { data } = await client.vectorStores.search(id, { query: words.slice(0, 20) });
      assert.ok(data.length > 0);
      assert.ok(largest() > 100_000, `only ${largest()} bytes were seen`);
      assert.ok(largest() < 1.5 * megabyte, `a message of ${(largest() / megabyte).toFixed(1)} MB`);
    });
  }
});

describe('the thread of the engine, with a large store', () => {
  it('neither reads nor writes its index while it is searched, added to and deleted', async () => {
    const provider = Object.assign(new ScriptedModel([]), {
      embed: (_model: string, texts: readonly string[]) => Promise.resolve(texts.map((_, i) => vectorOf(i))),
    });
    const { client, dataDir } = openSearch({
      models: () => [{ id: 'test', label: 'Test', provider }],
      embeddings: () => 'test/small',
    });
    const { id } = await client.vectorStores.create({});
    const addFile = open(dataDir).prepare(
      `INSERT INTO files (id, purpose, body) VALUES (?, 'assistants', ?)`,
    );
    for (const file of fileIds) addFile.run(file, JSON.stringify({ id: file, filename: `${file}.txt` }));
    addFiles(dataDir, id, fileIds);
    const statements = watchStatements();
    const { data } = await client.vectorStores.search(id, { query: 'tide number7' });
    assert.ok(data.length > 0);
    const { id: fileId } = await upload(client, 'more.txt', 'The tide turns. '.repeat(20_000));
    await client.vectorStores.files.create(id, { file_id: fileId });
    assert.equal((await whenRead(client, id)).file_counts.completed, fileIds.length + 1);
    await client.vectorStores.delete(id);
    const seen = statements.splice(0);
    const db = open(dataDir);
    await until('all is deleted', () => tables.every((table) => count(db, table) === 0));
    const own = statements.filter((sql) => !sql.startsWith('SELECT count(*) AS n FROM'));
    assert.deepEqual([...seen, ...own], []);
  });
});

describe('a document on its way between processes', () => {
  const pages = [
    { start: 0, number: 1 },
    { start: 40_000, number: 3 },
  ];

  for (const [what, text] of Object.entries({
    'of Latin letters': 'Straße, naïve; '.repeat(60_000),
    'of other scripts': '潮が変わる。'.repeat(90_000),
    'with characters of two units at the ends of pieces': `a${'🌊'.repeat(200_000)}`,
    'with half of such a character': `${'x'.repeat(300_000)}\ud83c`,
    'that is short': 'x',
  })) {
    it(`${what} stays as it is`, () => {
      const encoded = encodeDocument({ text, pages });
      for (const piece of encoded.pieces) {
        assert.ok(piece.byteLength <= megabyte / 2);
        assert.equal(piece.byteLength, piece.buffer.byteLength);
      }
      assert.deepEqual(decodeDocument(encoded), { text, pages });
      assert.deepEqual(decodeDocument(encodeDocument({ text })), { text });
    });
  }

  it('is read completely by the reader’s process', async () => {
    const reader = new DocumentReader({ script });
    afterTest(() => reader.close());
    const path = join(temporaryFolder(), 'text');
    const text = Array.from({ length: 80_000 }, (_, i) => `line ${i} 🌊`).join('\n');
    writeFileSync(path, text);
    for (let round = 0; round < 2; round++) {
      const read = decodeDocument(await reader.read(path, 'text.txt', new AbortController().signal));
      assert.equal(read.text, text);
    }
  });
});

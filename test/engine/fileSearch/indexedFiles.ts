/** Files with vectors in the index of a data folder, for tests of what becomes of them. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '../../../src/engine/store/database';
import { SearchIndex } from '../../../src/engine/tools/fileSearch/index/searchIndex';
import type { Store } from '../../../src/engine/store/store';
import type { TaskData } from '../../../src/engine/tools/fileSearch/service/searchTasks';
import { afterTest } from '../support';

export const fileIds = ['file-a', 'file-b', 'file-c', 'file-d', 'file-e', 'file-f'];
export const tables = [
  'search_files',
  'search_chunks',
  'search_chunk_vectors',
  'search_signs',
  'search_words_docsize',
];

export const chunksPerFile = 500;

/** Adds files of 500 chunks with vectors to a store of a data folder, past its engines. */
export function addFiles(dataDir: string, storeId: string, fileIds: readonly string[]): void {
  const db = openDatabase(dataDir);
  const index = new SearchIndex(db);
  db.exec('BEGIN');
  const add = db.prepare(
    `INSERT INTO vector_store_files (vector_store_id, id, status, body) VALUES (?, ?, 'completed', ?)`,
  );
  for (const [at, id] of fileIds.entries()) {
    const body = { id, vector_store_id: storeId, object: 'vector_store.file', status: 'completed' };
    const more = { created_at: 1, usage_bytes: 1, last_error: null, attributes: {} };
    add.run(storeId, id, JSON.stringify({ ...body, ...more }));
    const numbers = Array.from({ length: chunksPerFile }, (_, i) => at * chunksPerFile + i);
    index.put(
      storeId,
      id,
      numbers.map((n, i) => ({ text: `tide number${n}`, start: i * 20, end: i * 20 + 20, line: i + 1 })),
      { model: 'test/small', vectors: numbers.map(vectorOf) },
    );
  }
  db.exec('COMMIT');
  db.close();
}

/** What `SearchTasks` need of a store. */
export function dataOf(store: Store): TaskData {
  const { files, vectorStores, vectorStoreFiles, database } = store;
  return {
    ...{ files, vectorStores, vectorStoreFiles, database },
    transaction: (work) => store.transaction(work),
    canLock: () => true,
  };
}

/** A vector of its own for each number. */
export function vectorOf(number: number): Float32Array {
  let state = number + 1;
  return Float32Array.from({ length: 64 }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647 - 0.5;
  });
}

export function open(dataDir: string): DatabaseSync {
  const db = new DatabaseSync(join(dataDir, 'assistants.db'), { timeout: 5_000 });
  afterTest(() => db.close());
  return db;
}

export function count(db: DatabaseSync, table: string): number {
  return Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
}

/** Writes the vectors of all files as earlier versions did. */
export function toOldForm(db: DatabaseSync): void {
  const vectors = db.prepare(
    'SELECT scale, vector FROM search_chunk_vectors WHERE chunk / 1048576 = ? ORDER BY chunk',
  );
  const insert = db.prepare(
    'INSERT INTO search_vectors (file, dimensions, vectors, scales) VALUES (?, 64, ?, ?)',
  );
  for (const { number } of db.prepare('SELECT number FROM search_files').all()) {
    const rows = vectors.all(number!);
    const scales = Float32Array.from(rows, (row) => row['scale'] as number);
    const values = Buffer.concat(rows.map((row) => row['vector'] as Uint8Array));
    insert.run(number!, values, new Uint8Array(scales.buffer));
  }
  db.exec('DELETE FROM search_chunk_vectors; DELETE FROM search_signs');
}

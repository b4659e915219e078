import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { databaseName, openDatabase } from '../database';
import { openError } from '../storeErrors';
import { RunTable } from '../tables/runTables';
import { incrementalVacuum, numberOf, shrinkLog } from './vacuum';
import { VectorStoreFileTable } from '../tables/vectorStoreTables';

export interface DataSizes {
  /** Bytes of the database, also of what is still in its log. */
  bytes: number;
  /** Bytes of it that nothing is stored in. */
  unused: number;
  /** Whether an engine has something to do, which should not wait: a run, or a file to read. */
  isBusy: boolean;
}

export function sizes(dataDir: string): DataSizes {
  return withDatabase(dataDir, sizesOf);
}

/**
 * Rewrites the database without its unused pages, and so that later deletions shrink it in pieces. Does nothing if an
 * engine has something to do. A crash leaves the database as it was.
 */
export function compact(dataDir: string): DataSizes {
  return withDatabase(dataDir, (db) => {
    if (!sizesOf(db).isBusy) {
      db.exec(`PRAGMA auto_vacuum = ${incrementalVacuum}; VACUUM`);
      shrinkLog(db);
    }
    return sizesOf(db);
  });
}

function sizesOf(db: DatabaseSync): DataSizes {
  return {
    bytes: numberOf(db, 'page_count') * numberOf(db, 'page_size'),
    unused: numberOf(db, 'freelist_count') * numberOf(db, 'page_size'),
    isBusy: new RunTable(db).areUnderWay() || new VectorStoreFileTable(db).areToRead(),
  };
}

function withDatabase<R>(dataDir: string, work: (db: DatabaseSync) => R): R {
  const db = openDatabase(dataDir);
  try {
    return work(db);
  } catch (error) {
    throw openError(error, join(dataDir, databaseName), dataDir);
  } finally {
    db.close();
  }
}

import type { DatabaseSync } from 'node:sqlite';
import type { FileObject } from 'openai/resources/files';
import { Table } from './table';

/** The files. One that has expired is not read or listed any more, but stays until it is deleted. */
export class FileTable extends Table<FileObject> {
  constructor(db: DatabaseSync) {
    super(db, 'files', { purpose: (file) => file.purpose }, `NOT ${expired}`);
  }

  /** The ids of the files that have expired. */
  expired(): string[] {
    const rows = this.prepare(`SELECT id FROM files WHERE ${expired}`).all();
    return rows.map((row) => row['id'] as string);
  }
}

/** SQL: `expires_at` is in seconds, or undefined. */
const expired = "(body ->> '$.expires_at' IS NOT NULL AND body ->> '$.expires_at' <= unixepoch())";

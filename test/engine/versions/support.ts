import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { temporaryFolder } from '../support';

/** The file that each of the folders holds. */
export const upload = { id: 'file-nQm7GJvQIuxaVXZyYD7cqNML', content: 'a,b\n1,2\n' };

/** A data folder as that version left it. */
export function folderOf(version: number): string {
  const dataDir = temporaryFolder();
  const db = new DatabaseSync(join(dataDir, 'assistants.db'));
  const dump = join(process.cwd(), 'test', 'engine', 'versions', `version-${version}.sql`);
  db.exec(readFileSync(dump, 'utf8'));
  // The engine that wrote it ran on this machine and is dead.
  db.prepare('UPDATE engines SET host = ?').run(hostname());
  db.close();
  mkdirSync(join(dataDir, 'files'));
  writeFileSync(join(dataDir, 'files', upload.id), upload.content);
  return dataDir;
}

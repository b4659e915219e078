import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { temporaryFolder } from '../host/paths';
import { storageDir } from '../host/server';
import { openWorkbench, type Workbench } from '../host/workbench';
import { expandView, notice, patience } from './support';

function writeNewer(file: string): void {
  const db = new DatabaseSync(file);
  db.exec('PRAGMA user_version = 999; CREATE TABLE things_to_come (id TEXT)');
  db.close();
}

function writeDamaged(file: string): void {
  writeFileSync(file, `SQLite format 3\0${'This is no database. '.repeat(500)}`);
}

/** The files of a folder with their contents. */
function contents(folder: string): Record<string, string> {
  const hash = (name: string) =>
    createHash('sha256')
      .update(readFileSync(path.join(folder, name)))
      .digest('hex');
  return Object.fromEntries(readdirSync(folder).map((name) => [name, hash(name)]));
}

const cases = {
  'of a newer version': { write: writeNewer, words: 'was written by a newer version of Assistants Studio' },
  'that is damaged': { write: writeDamaged, words: 'is damaged' },
};

for (const [what, { write, words }] of Object.entries(cases)) {
  describe(`a database ${what}`, () => {
    const dataDir = temporaryFolder('data');
    const folder = storageDir(dataDir);
    const file = path.join(folder, 'assistants.db');
    let workbench: Workbench;
    let untouched: Record<string, string>;

    before(() => {
      mkdirSync(folder, { recursive: true });
      write(file);
      untouched = contents(folder);
    });

    before(async () => {
      workbench = await openWorkbench({ dataDir });
    });

    after(async () => {
      await workbench.close();
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 10 });
    });

    it('is reported in the views', async () => {
      await workbench.page.locator('.activitybar [aria-label^="Assistants Studio"]').first().click();
      await expandView(workbench, 'Assistants');
      await workbench.page.locator('.part.sidebar').getByText(words).first().waitFor(patience);
    });

    it('is reported once, with its path and where to find it', async () => {
      const notification = await notice(workbench, words);
      assert.ok((await notification.innerText()).includes(file), await notification.innerText());
      await notification.getByRole('button', { name: 'Show Folder' }).waitFor(patience);
      const all = workbench.page.locator('.notifications-center .monaco-list-row', { hasText: words });
      assert.equal(await all.count(), 1);
    });

    it('is reported by commands in the same words', async () => {
      await workbench.runCommand('Notifications: Clear All Notifications');
      await workbench.runCommand('Assistants: Create Math Tutor (Demo)');
      const notification = await notice(workbench, words);
      assert.match(await notification.innerText(), /^\s*The database /);
    });

    it('is not modified', () => {
      assert.deepEqual(contents(folder), untouched);
    });
  });
}

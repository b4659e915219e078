import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createEngine } from '../../../src/engine/engine';
import { StoreError } from '../../../src/engine/store/storeErrors';
import { needsNamespaces } from '../namespaces';
import { temporaryFolder } from '../support';

describe('a window on a machine without free inotify watches', () => {
  it('answers requests, and notices when another window deletes the data', async function () {
    needsNamespaces(this, '--user', '--map-root-user');
    const command = 'echo 0 > /proc/sys/user/max_inotify_watches && exec "$0" "$@"';
    const program = [process.execPath, join(__dirname, 'watchlessWindow.js'), temporaryFolder()];
    const child = spawn('unshare', ['--user', '--map-root-user', 'sh', '-c', command, ...program], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const sent: unknown[] = [];
    child.on('message', (message) => sent.push(message));
    await once(child, 'exit');
    assert.deepEqual(sent, [200, 'lost']);
  });
});

describe('an engine that cannot be opened', () => {
  it('because a part of it fails leaves nothing behind', () => {
    const dataDir = temporaryFolder();
    const fail = () => {
      throw new Error('No such tool.');
    };
    assert.throws(() => createEngine({ dataDir, models: () => [], tools: { more: [fail] } }), /No such tool/);
    const db = new DatabaseSync(join(dataDir, 'assistants.db'));
    assert.deepEqual(db.prepare('SELECT id FROM engines').all(), []);
    // Fails while another connection is open.
    db.exec('PRAGMA journal_mode = DELETE');
    db.close();
  });

  it('because its folder of files is a file names it, and closes the database', () => {
    const dataDir = temporaryFolder();
    const files = join(dataDir, 'files');
    writeFileSync(files, '');
    assert.throws(
      () => createEngine({ dataDir, models: () => [] }),
      (error) => error instanceof StoreError && error.path === files,
    );
    const db = new DatabaseSync(join(dataDir, 'assistants.db'));
    db.exec('PRAGMA journal_mode = DELETE');
    db.close();
  });
});

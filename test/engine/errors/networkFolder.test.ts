import assert from 'node:assert/strict';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { networkFileSystemOf } from '../../../src/engine/store/hostLease';
import { createTutor, openEngine, refused, temporaryFolder } from '../support';

const onNfs = () => 'NFS';

/** Writes the lease that the engines of another computer keep. */
function leaseOfOther(dataDir: string, ageSeconds = 0): void {
  const file = join(dataDir, 'used-by.json');
  writeFileSync(file, JSON.stringify({ host: 'another boot', name: 'desk-2' }));
  const time = Date.now() / 1000 - ageSeconds;
  utimesSync(file, time, time);
}

describe('a data folder on a network file system', () => {
  it('is only read while another computer uses it, and the error says which and why', async () => {
    const first = openEngine({ networkFileSystemOf: onNfs });
    const assistant = await createTutor(first.client);
    await first.engine.close();
    leaseOfOther(first.dataDir);
    const { client } = openEngine({ networkFileSystemOf: onNfs, dataDir: first.dataDir });
    assert.equal((await client.beta.assistants.retrieve(assistant.id)).name, 'Math Tutor');
    const words = /on a network file system \(NFS\), and the computer desk-2 is using it/;
    await refused(createTutor(client), 503, words);
    await refused(client.beta.assistants.delete(assistant.id), 503, words);
    assert.equal((await client.beta.assistants.list()).data.length, 1);
    assert.match(readFileSync(join(first.dataDir, 'used-by.json'), 'utf8'), /desk-2/);
  });

  it('is written to once the lease of the other computer has expired', async () => {
    const dataDir = temporaryFolder();
    leaseOfOther(dataDir, 120);
    const { client } = openEngine({ networkFileSystemOf: onNfs, dataDir });
    await createTutor(client);
    assert.doesNotMatch(readFileSync(join(dataDir, 'used-by.json'), 'utf8'), /desk-2/);
  });

  it('is shared by the engines of one computer, and given up by the last one', async () => {
    const one = openEngine({ networkFileSystemOf: onNfs });
    const other = openEngine({ networkFileSystemOf: onNfs, dataDir: one.dataDir });
    await createTutor(one.client);
    await createTutor(other.client);
    const lease = join(one.dataDir, 'used-by.json');
    await one.engine.close();
    assert.ok(existsSync(lease));
    await other.engine.close();
    assert.ok(!existsSync(lease));
  });

  it('with a database of another computer only, is not taken for an empty one', () => {
    const dataDir = temporaryFolder();
    leaseOfOther(dataDir);
    assert.throws(() => openEngine({ networkFileSystemOf: onNfs, dataDir }), { name: 'StoreError' });
  });

  it('is told from a local one, which needs no lease', async () => {
    const { client, dataDir } = openEngine();
    await createTutor(client);
    assert.equal(networkFileSystemOf(dataDir), undefined);
    assert.ok(!existsSync(join(dataDir, 'used-by.json')));
  });
});

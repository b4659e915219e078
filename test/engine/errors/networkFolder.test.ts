import assert from 'node:assert/strict';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { networkFileSystem, networkFileSystemOf } from '../../../src/engine/store/networkFileSystem';
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

describe('a network file system', () => {
  const unused = (): never => {
    throw new Error('Not asked on this system.');
  };

  it('is recognised on Linux by its number', () => {
    const on = (type: number) =>
      networkFileSystem('/data', {
        platform: 'linux',
        typeOf: () => type,
        realPathOf: unused,
        mounts: unused,
      });
    assert.deepEqual([on(0x6969), on(0xfe534d42), on(0xef53)], ['NFS', 'SMB', undefined]);
  });

  it('is recognised on Windows by its path, also behind a mapped drive', () => {
    const real: Record<string, string> = {
      'Z:\\data': '\\\\server\\share\\data',
      'Y:\\data': '\\\\?\\UNC\\server\\share\\data',
      'C:\\data': 'C:\\data',
    };
    const realPathOf = (path: string): string => real[path] ?? unused();
    const on = (path: string) =>
      networkFileSystem(path, { platform: 'win32', typeOf: unused, realPathOf, mounts: unused });
    for (const path of ['Z:\\data', 'Y:\\data', '\\\\server\\share', '//server/share', '\\\\?\\UNC\\s\\d'])
      assert.equal(on(path), 'a network share', path);
    for (const path of ['C:\\data', '\\\\?\\C:\\data', '\\\\.\\C:\\data', 'D:\\gone'])
      assert.equal(on(path), undefined, path);
  });

  it('is recognised on macOS by its mount', () => {
    const mounts = [
      '/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)',
      'map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)',
      '//me@nas/share on /Volumes/share (smbfs, nodev, nosuid, mounted by me)',
      'nas:/export on /Volumes/share (old) (nfs, nodev, nosuid)',
      '/dev/disk5 on /Volumes/share/disk (hfs, local)',
      '',
    ].join('\n');
    const on = (path: string) =>
      networkFileSystem(path, {
        platform: 'darwin',
        typeOf: unused,
        realPathOf: (folder) => (folder === '/link' ? '/Volumes/share/data' : folder),
        mounts: () => mounts,
      });
    assert.equal(on('/Volumes/share/data'), 'SMB');
    assert.equal(on('/link'), 'SMB');
    assert.equal(on('/Volumes/share (old)/data'), 'NFS');
    for (const path of ['/Users/me', '/Volumes/shared', '/Volumes/share/disk/data'])
      assert.equal(on(path), undefined, path);
  });
});

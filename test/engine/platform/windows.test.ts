import assert from 'node:assert/strict';
import { kilobytesIn, lastField, residentBytes } from '../../../src/engine/process/memory';
import { replaceFile, replaceFileSync } from '../../../src/engine/replaceFile';

describe('memory of a process', () => {
  for (const [language, memory] of [
    ['English', '"12,345 K"'],
    ['German', '"12.345 K"'],
    ['French', '"12\u202f345 Ko"'],
    ['Russian', '"12\u00a0345 КБ"'],
    ['Swiss', '"12’345 K"'],
  ]) {
    it(`is read from tasklist in ${language}`, () => {
      const line = `"node.exe","4711","Console","1",${memory}\r\n`;
      assert.equal(kilobytesIn(lastField(line)), 12_345);
    });
  }

  it('is unknown for a process that has ended', async () => {
    assert.ok(
      Number.isNaN(kilobytesIn(lastField('INFO: No tasks are running which match the criteria.\r\n'))),
    );
    assert.equal(await residentBytes(2 ** 22 + 1), undefined);
  });

  it('is about what the process itself reports', async () => {
    const bytes = (await residentBytes(process.pid)) ?? 0;
    const own = process.memoryUsage.rss();
    assert.ok(bytes > own / 2 && bytes < own * 2, `${bytes} bytes, itself ${own}`);
  });
});

describe('a file that is replaced', () => {
  /** Fails with the codes, one a call, and then succeeds. */
  const failing = (codes: string[]) => {
    const calls: string[] = [];
    const rename = (from: string, to: string): void => {
      calls.push(`${from} ${to}`);
      const code = codes.shift();
      if (code) throw Object.assign(new Error(code), { code });
    };
    return { calls, rename };
  };

  const later = (rename: (from: string, to: string) => void) => (from: string, to: string) =>
    Promise.resolve().then(() => rename(from, to));

  for (const code of ['EPERM', 'EBUSY', 'EACCES']) {
    it(`is tried again on Windows after ${code}`, async () => {
      const first = failing([code, code]);
      await replaceFile('a', 'b', { platform: 'win32', rename: later(first.rename) });
      assert.deepEqual(first.calls, ['a b', 'a b', 'a b']);
      const second = failing([code, code]);
      replaceFileSync('a', 'b', { platform: 'win32', rename: second.rename });
      assert.equal(second.calls.length, 3);
    });
  }

  it('is not tried again for another error, or on another system', async () => {
    for (const [platform, code] of [
      ['win32', 'ENOENT'],
      ['linux', 'EACCES'],
    ] as const) {
      const { calls, rename } = failing([code]);
      await assert.rejects(replaceFile('a', 'b', { platform, rename: later(rename) }), { code });
      const sync = failing([code]);
      assert.throws(() => replaceFileSync('a', 'b', { platform, rename: sync.rename }), { code });
      assert.deepEqual([calls.length, sync.calls.length], [1, 1]);
    }
  });

  it('fails with the error if the file stays held', () => {
    const { calls, rename } = failing(Array<string>(100).fill('EBUSY'));
    assert.throws(() => replaceFileSync('a', 'b', { platform: 'win32', rename }), { code: 'EBUSY' });
    assert.ok(calls.length > 2);
  });
});

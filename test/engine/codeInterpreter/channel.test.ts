import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFileName } from '../../../src/engine/tools/codeInterpreter/fileNames';
import { FolderUpdate } from '../../../src/engine/tools/codeInterpreter/folderUpdate';
import { FrameReader, packHead, sentBy } from '../../../src/engine/tools/codeInterpreter/host/frames';
import { realmMessage } from '../../../src/engine/tools/codeInterpreter/host/childMessages';
import { Outputs, type CodeOutput } from '../../../src/engine/tools/codeInterpreter/outputs';

function frame(sender: number, header: string, body: string): Buffer {
  return Buffer.concat([packHead(sender, header.length, body.length), Buffer.from(header + body)]);
}

describe('code interpreter: what a hostile child could send', () => {
  it('frames are assembled whatever the chunks they arrive in', () => {
    const bytes = Buffer.concat([frame(sentBy.realm, '{"a":1}', 'body'), frame(sentBy.child, '{}', '')]);
    for (const size of [1, 2, 5, 9, 100]) {
      const reader = new FrameReader();
      const frames = [];
      for (let at = 0; at < bytes.length; at += size)
        frames.push(...reader.add(bytes.subarray(at, at + size)));
      assert.deepEqual(
        frames.map(({ sender, header, body }) => [sender, header, Buffer.from(body).toString()]),
        [
          [sentBy.realm, '{"a":1}', 'body'],
          [sentBy.child, '{}', ''],
        ],
      );
    }
  });

  it('a frame that claims to be huge is refused at its head', () => {
    for (const [header, body] of [
      [0xffffffff, 0],
      [0, 0xffffffff],
      [2_000_000, 0],
    ] as const) {
      assert.throws(() => [...new FrameReader().add(packHead(sentBy.realm, header, body))], /too large/);
    }
  });

  it('a message of an unknown kind or shape is refused', () => {
    for (const message of [
      null,
      [],
      { type: 'idle' },
      { type: 'ended', ok: 'yes', files: [] },
      { type: 'ended', ok: true, files: [{ name: 'a', bytes: -1, changed: true }] },
      { type: 'ended', ok: true, files: Array(10_001).fill({ name: 'a', bytes: 0, changed: false }) },
      { type: 'file', name: 'a', at: 0.5 },
      { type: 'need', name: 'x'.repeat(201) },
    ]) {
      assert.equal(realmMessage.safeParse(message).success, false, JSON.stringify(message)?.slice(0, 80));
    }
  });

  it('names that lead out of the folder, or are not plain names on some system, are rejected', () => {
    const bad = [
      '',
      '.',
      '..',
      '../a',
      'a/../../b',
      '/etc/passwd',
      'a//b',
      'a/',
      'C:\\x',
      'C:x',
      'a\\b',
      'a:stream',
      'nul',
      'COM1.txt',
      'a/aux/b',
      'a\0b',
      'a\nb',
      'x ',
      'x.',
      '\ud800',
      'x'.repeat(201),
      'a/'.repeat(9) + 'b',
    ];
    for (const name of bad) assert.equal(isFileName(name), false, JSON.stringify(name));
    for (const name of ['a', '.hidden', 'a b.txt', 'ü/é.csv', '..a', 'a..b', 'console.log'])
      assert.ok(isFileName(name), name);
  });

  it('pieces of files that were not announced, overlap, leave gaps or go past the end are refused', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'folder-update-'));
    try {
      const announced = [
        { name: 'a.txt', bytes: 4, changed: true },
        { name: 'same.txt', bytes: 4, changed: false },
        { name: '../out.txt', bytes: 4, changed: true },
      ];
      const update = new FolderUpdate(folder, announced, 100);
      assert.deepEqual(update.rejected, ['../out.txt']);
      update.add('a.txt', 0, Buffer.from('ab'));
      for (const [name, at, piece] of [
        ['a.txt', 0, 'x'],
        ['a.txt', 3, 'x'],
        ['a.txt', 2, 'xxx'],
        ['same.txt', 0, 'x'],
        ['b', 0, ''],
      ] as const) {
        assert.throws(() => update.add(name, at, Buffer.from(piece)), /does not belong/);
      }
      await assert.rejects(update.complete(), /missing/);
      update.add('../out.txt', 0, Buffer.from('evil'));
      update.add('a.txt', 2, Buffer.from('cd'));
      assert.deepEqual(
        (await update.complete()).map(({ name }) => name),
        ['a.txt'],
      );
      assert.deepEqual(
        readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')),
        ['abcd'],
      );
      assert.throws(() => new FolderUpdate(folder, announced, 11), /12 bytes/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('text and images end at their limits, whatever is sent', () => {
    const seen: CodeOutput[] = [];
    const outputs = new Outputs(10, (output) => seen.push(output));
    for (let count = 0; count < 100; count++) outputs.text('out', Buffer.from('12345678'));
    for (let count = 0; count < 100; count++)
      outputs.image('x.png', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
    outputs.image('x.png', Buffer.from('<svg>'));
    const all = outputs.end();
    assert.deepEqual(all[0], {
      type: 'logs',
      logs: '1234567812\n[Output is truncated here: it is longer than 0 KB.]\n',
    });
    assert.equal(all.filter(({ type }) => type === 'image').length, 20);
    assert.deepEqual(all.at(-1), { type: 'logs', logs: '[No more than 20 images are shown.]\n' });
    assert.equal(all.length, 22);
    assert.ok(seen.length < 30);
  });
});

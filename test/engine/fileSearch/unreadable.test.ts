import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { docx, paragraph, xlsx } from './officeFile';
import { encryptedPdf, scannedPdf, textPdf } from './pdfFile';
import { useReader } from './support';

/** A compound file: the container of encrypted Office files, and of Office files up to 2003. */
function compoundFile(content: string): Buffer {
  return Buffer.concat([
    Buffer.from('d0cf11e0a1b11ae1', 'hex'),
    Buffer.alloc(504),
    Buffer.from(content, 'utf16le'),
  ]);
}

describe('file search: files that cannot be read', function () {
  this.timeout(60_000);
  const { read, errorOf, reader, folder } = useReader();

  const refused: [string, string, Uint8Array, string, RegExp][] = [
    [
      'a scanned PDF file',
      'scan.pdf',
      scannedPdf(),
      'invalid_file',
      /“scan\.pdf” has no text: it may be scanned/,
    ],
    ['an encrypted PDF file', 'secret.pdf', encryptedPdf(), 'invalid_file', /“secret\.pdf” is encrypted/],
    [
      'a damaged PDF file',
      'half.pdf',
      textPdf(['text']).subarray(0, 60),
      'invalid_file',
      /“half\.pdf” is damaged/,
    ],
    [
      'a text file named .pdf',
      'not.pdf',
      Buffer.from('hello'),
      'invalid_file',
      /“not\.pdf” is damaged: its name/,
    ],
    ['an empty file', 'empty.txt', Buffer.alloc(0), 'invalid_file', /“empty\.txt” is empty/],
    ['white space', 'blank.txt', Buffer.from(' \n\t\n'), 'invalid_file', /“blank\.txt” has no text/],
    ['an empty document', 'blank.docx', docx(''), 'invalid_file', /“blank\.docx” has no text/],
    [
      'an encrypted Office file',
      'plan.xlsx',
      compoundFile('EncryptedPackage'),
      'invalid_file',
      /“plan\.xlsx” is encrypted/,
    ],
    ['a file of Word 97', 'old.doc', compoundFile('WordDocument'), 'unsupported_file', /save it as \.docx/],
    [
      'a damaged Office file',
      'half.docx',
      docx(paragraph('text')).subarray(0, 120),
      'invalid_file',
      /“half\.docx” is damaged/,
    ],
    [
      'another archive',
      'some.zip',
      Buffer.from(zipSync({ 'a.xml': strToU8('<a/>') })),
      'invalid_file',
      /“some\.zip” is an archive/,
    ],
    ['an image', 'cat.txt', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), 'unsupported_file', /is an image/],
    [
      'binary data',
      'data.bin',
      Buffer.from(Array.from({ length: 4_096 }, (_, i) => (i * 7_919) % 256)),
      'unsupported_file',
      /“data\.bin” is a binary file/,
    ],
  ];
  for (const [what, name, content, code, words] of refused) {
    it(`gives a reason for ${what}`, async () => {
      const refusedFile = await errorOf(name, content);
      assert.equal(refusedFile.code, code);
      assert.match(refusedFile.message, words);
    });
  }

  it('include those larger than 512 MB', async () => {
    const path = join(folder, 'large');
    writeFileSync(path, 'x');
    truncateSync(path, 512 * 1024 * 1024 + 1);
    await assert.rejects(reader.read(path, 'large.txt', new AbortController().signal), {
      code: 'invalid_file',
      message: '“large.txt” is larger than 512 MB.',
    });
  });

  it('do not reveal the path of a missing file', async () => {
    await assert.rejects(reader.read(join(folder, 'none'), 'a.txt', new AbortController().signal), {
      code: 'server_error',
      message: '“a.txt” could not be opened: ENOENT.',
    });
  });

  it('do not keep the next file from being read', async () => {
    await errorOf('half.pdf', textPdf(['text']).subarray(0, 60));
    assert.equal((await read('whole.pdf', textPdf(['text']))).text.trim(), 'text');
  });

  describe('beyond the limits', () => {
    const limits = { unpackedBytes: 1_000_000, characters: 10_000 };
    const { errorOf } = useReader({ limits });

    it('rejects an archive that unpacks to too much', async () => {
      const { code, message } = await errorOf('bomb.docx', docx(paragraph(' '.repeat(2_000_000))));
      assert.equal(code, 'invalid_file');
      assert.match(message, /“bomb\.docx” is too large: unpacked/);
    });

    it('rejects a file with too much text', async () => {
      const row = '<row><c t="s"><v>0</v></c></row>';
      for (const [name, content] of [
        ['long.txt', 'word '.repeat(2_001)],
        ['longer.txt', 'word '.repeat(200_000)],
        ['long.html', `<p>${'word '.repeat(2_001)}`],
        ['long.docx', docx(paragraph('word '.repeat(2_001)))],
        ['long.xlsx', xlsx({ A: row.repeat(101) }, ['x'.repeat(100)])],
        ['long.pdf', textPdf(Array<string>(13).fill('x'.repeat(79).concat('\n').repeat(10)))],
      ] as const) {
        const { code, message } = await errorOf(name, content);
        assert.equal(code, 'invalid_file');
        assert.match(message, /has more text than can be searched: over 10,000 characters/, name);
      }
    });
  });

  describe('that block their reader', () => {
    /** A named pipe: reading it blocks until something is written. */
    const endless = (folder: string): string => {
      const path = join(folder, 'endless');
      execFileSync('mkfifo', [path]);
      return path;
    };
    const hasty = useReader({ timeMs: 500 });
    const patient = useReader();

    it('ends a read that takes too long, and reads the next file', async () => {
      await assert.rejects(
        hasty.reader.read(endless(hasty.folder), 'endless.txt', new AbortController().signal),
        { code: 'invalid_file', message: '“endless.txt” took longer than 0.5 seconds to read.' },
      );
    });

    it('ends a read that is cancelled, and reads the queued file', async () => {
      const stop = new AbortController();
      const held = patient.reader.read(endless(patient.folder), 'endless.txt', stop.signal);
      const waiting = patient.read('next.txt', 'next');
      stop.abort(new Error('not wanted'));
      await assert.rejects(held, { message: 'not wanted' });
      assert.equal((await waiting).text, 'next');
    });

    it('cancels a queued read, and leaves the others alone', async () => {
      const stop = new AbortController();
      const first = patient.read('first.txt', 'first');
      const second = patient.reader.read(join(patient.folder, 'none'), 'second.txt', stop.signal);
      stop.abort(new Error('not wanted'));
      await assert.rejects(second, { message: 'not wanted' });
      assert.equal((await first).text, 'first');
    });

    it('ends the current read when the reader is closed', async () => {
      const closing = patient.reader.read(
        join(patient.folder, 'endless'),
        'endless.txt',
        new AbortController().signal,
      );
      patient.reader.close();
      await assert.rejects(closing, { message: 'The reader was closed.' });
    });
  });

  describe('that need too much memory', () => {
    const { errorOf, read } = useReader({ memoryMb: 32, limits: { bytes: 64 * 1024 * 1024 } });

    it('ends the reader process, and reads the next file', async () => {
      const { code, message } = await errorOf(
        'heavy.xlsx',
        xlsx({ A: '' }, Array<string>(300_000).fill('x'.repeat(100))),
      );
      assert.equal(code, 'invalid_file');
      assert.match(message, /“heavy\.xlsx” needs more memory to read than allowed \(32 MB\)/);
      assert.equal((await read('light.txt', 'light')).text, 'light');
    });
  });
});

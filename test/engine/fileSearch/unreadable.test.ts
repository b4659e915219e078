import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { docx, officeFile, paragraph, xlsx } from './officeFile';
import { outlookMessage } from './outlookFile';
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

  /** The start of a file: some letters, and bytes that no text has. */
  const binary = (magic: string, at = 0) =>
    Buffer.concat([Buffer.alloc(at, '\0'), Buffer.from(magic, 'latin1'), Buffer.alloc(600)]);
  const zip = (...names: string[]) =>
    Buffer.from(zipSync(Object.fromEntries(names.map((name) => [name, strToU8('<a/>')]))));

  const advised: [name: string, content: Uint8Array, advice: RegExp][] = [
    ['old.doc', compoundFile('WordDocument'), /is a Word 97–2003 document \(\.doc\), .* save it as \.docx\./],
    ['old.xls', compoundFile('Workbook'), /is an Excel 97–2003 workbook \(\.xls\), .* save it as \.xlsx\./],
    ['old.ppt', compoundFile('PowerPoint Document'), /is a PowerPoint 97–2003 .* save it as \.pptx\./],
    ['plan.vsd', compoundFile('VisioDocument'), /is a Visio drawing, .* save it as a PDF file\./],
    ['other.xyz', compoundFile('Contents'), /is a binary file of an older program/],
    ['a.pages', zip('Index/Document.iwa'), /is a Pages document, .* export it as a Word or PDF file\./],
    ['a.numbers', zip('Index/Document.iwa'), /is a Numbers spreadsheet, .* export it as an Excel file\./],
    ['a.key', zip('index.apxl'), /is a Keynote presentation, .* export it as a PowerPoint or PDF file\./],
    ['app.jar', zip('META-INF/MANIFEST.MF'), /is an archive: add the files in it one by one\./],
    ['a.xlsb', officeFile('xl/workbook.bin', '', []), /is a binary Excel workbook .* save it as \.xlsx\./],
    ['a.vsdx', officeFile('visio/document.xml', '<VisioDocument/>', []), /is a Visio drawing/],
    [
      'cat.png',
      binary('\x89PNG\r\n\x1a\n'),
      /is an image, and only text can be searched: show it to a model/,
    ],
    ['cat.jpg', binary('\xff\xd8\xff\xe0'), /is an image/],
    ['cat.webp', binary('RIFF\0\0\0\0WEBP'), /is an image/],
    ['cat.heic', binary('\0\0\0\x18ftypheic'), /is an image/],
    ['cat.tiff', binary('II*\0'), /is an image/],
    [
      'cat.docx',
      binary('\x89PNG\r\n\x1a\n'),
      /is damaged: .* a Word document, but its content is an image\./,
    ],
    ['talk.mp3', binary('ID3\x03\0'), /is a sound file, .* add a transcript of it\./],
    ['talk.wav', binary('RIFF\0\0\0\0WAVE'), /is a sound file/],
    ['talk.mp4', binary('\0\0\0\x18ftypisom'), /is a video, .* add its subtitles/],
    ['talk.mkv', binary('\x1aE\xdf\xa3'), /is a sound file or a video/],
    ['a.7z', binary('7z\xbc\xaf\x27\x1c'), /is an archive: add the files in it one by one\./],
    ['a.rar', binary('Rar!\x1a\x07\0'), /is an archive/],
    ['a.tar', binary('ustar\0', 257), /is an archive/],
    ['a.gz', binary('\x1f\x8b\x08'), /is a compressed file: decompress it and add the result\./],
    ['a.zst', binary('\x28\xb5\x2f\xfd'), /is a compressed file/],
    ['a.mobi', binary('BOOKMOBI', 60), /is a Kindle book, which cannot be read: convert it to \.epub\./],
    ['a.exe', binary('MZ\x90\0'), /is a program/],
    ['a.db', binary('SQLite format 3\0'), /is a database, .* export its tables as \.csv files\./],
    ['a.parquet', binary('PAR1'), /is a binary data file, .* export it as a \.csv file\./],
    ['a.djvu', binary('AT&TFORM'), /is a DjVu document, .* save it as a PDF file\./],
    ['a.ttf', binary('\0\x01\0\0\0'), /is a font/],
  ];
  for (const [name, content, advice] of advised) {
    it(`says what ${name} is, and what to do instead`, async () => {
      assert.match((await errorOf(name, content)).message, advice);
    });
  }

  it('looks for the format of a compound file in its directory, not in files inside of it', async () => {
    const word = outlookMessage({
      properties: [{ id: '0037', value: 'Two plans' }],
      folders: {
        '__attach_version1.0_#00000000': {
          properties: [{ id: '37010102', value: compoundFile('WordDocument and EncryptedPackage') }],
        },
      },
    });
    assert.match((await read('plans.msg', word)).text, /Subject: Two plans/);
  });

  it('reads as text what only starts with the letters of a binary format', async () => {
    for (const text of [
      'MZ is a region',
      'BM and others: see',
      'Rar! said she',
      'the wide river',
      'PAR1 is a name',
    ]) {
      assert.equal((await read('note.txt', text)).text, text);
    }
  });

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

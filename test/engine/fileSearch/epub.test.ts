import assert from 'node:assert/strict';
import { archive } from './officeFile';
import { useReader } from './support';

const container =
  '<container><rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>';
const page = (title: string, body: string) =>
  `<html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="x.js"/></head><body><h1>${title}</h1>${body}</body></html>`;

/** A book whose chapters are listed in reverse order in its manifest. */
function epub(chapters: Record<string, string>, others: Record<string, string> = {}): Buffer {
  const names = Object.keys(chapters);
  const items = names.map(
    (name, i) => `<item id="c${i}" href="${encodeURI(name)}" media-type="application/xhtml+xml"/>`,
  );
  const book = `<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>The Sea</dc:title><dc:creator>Ana Ruiz</dc:creator></metadata>
    <manifest>${items.reverse().join('')}<item id="css" href="a.css" media-type="text/css"/></manifest>
    <spine>${names.map((_, i) => `<itemref idref="c${i}"/>`).join('')}</spine></package>`;
  const files = Object.fromEntries(names.map((name) => [`OEBPS/${name}`, chapters[name]!]));
  return archive({ 'META-INF/container.xml': container, 'OEBPS/book.opf': book, ...files, ...others });
}

describe('file search: reading EPUB books', function () {
  this.timeout(60_000);
  const { read, errorOf } = useReader({ limits: { characters: 10_000, unpackedBytes: 1_000_000 } });

  it('reads the title, the authors, and the chapters in reading order', async () => {
    const book = epub({
      'text/Kapitel 1.xhtml': page('Tides', '<p>The tide <a id="p1"/>turns.</p>'),
      'text/ch2.xhtml': page('Ships', '<ul><li>one</li><li>two</li></ul>'),
    });
    assert.equal(
      (await read('sea.epub', book)).text.trim(),
      'The Sea\nAna Ruiz\n\nTides\n\nThe tide turns.\n\nShips\n\n- one\n- two',
    );
    assert.match((await read('download', book)).text, /The tide turns/);
  });

  it('gives a reason for one that is protected, damaged or too large', async () => {
    const encryption =
      '<encryption><EncryptedData><CipherData><CipherReference URI="OEBPS/a.xhtml"/></CipherData></EncryptedData></encryption>';
    const locked = epub({ 'a.xhtml': page('A', '') }, { 'META-INF/encryption.xml': encryption });
    assert.match(
      (await errorOf('locked.epub', locked)).message,
      /“locked\.epub” is protected against copying/,
    );
    const empty = archive({ 'META-INF/container.xml': container, 'a.opf': '<package/>' });
    assert.match(
      (await errorOf('empty.epub', empty)).message,
      /“empty\.epub” is damaged: its list of chapters/,
    );
    assert.match((await errorOf('text.epub', 'hello')).message, /its name says that it is an EPUB book/);
    const long = epub({ 'a.xhtml': page('A', 'word '.repeat(3_000)) });
    assert.match((await errorOf('long.epub', long)).message, /has more text than can be searched/);
    const bomb = epub({ 'a.xhtml': page('A', ' '.repeat(2_000_000)) });
    assert.match((await errorOf('bomb.epub', bomb)).message, /is too large: unpacked/);
  });
});

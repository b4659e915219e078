import type { ReadDocument } from '../../searchTypes';
import { linkTarget } from '../links';
import { EncryptedFileError, UnreadablePartError } from '../readErrors';
import type { ReadLimits } from '../readerMessages';
import { TextWriter } from '../textWriter';
import { attribute, readXml } from '../xml';
import { partPath, unzip, ZipParts } from '../zip';
import { embeddedObject } from './openDocumentObjects';
import { TableWriter } from './openDocumentTables';

/** The text of an OpenDocument text, spreadsheet (a page per sheet), presentation or drawing (a page per slide). */
export function readOpenDocument(bytes: Uint8Array, limits: ReadLimits): ReadDocument {
  const parts = new ZipParts(unzip(bytes, /\.xml$/i, limits.unpackedBytes));
  const manifest = parts.get('META-INF/manifest.xml');
  if (Buffer.from(manifest ?? []).includes('encryption-data')) throw new EncryptedFileError();
  const content = parts.get('content.xml');
  if (!content) throw new UnreadablePartError('is damaged: its content is missing.');
  const out = new TextWriter(limits.characters);
  writeOpenDocument(out, content, parts.get('styles.xml'), (href) => {
    const path = partPath(href, '');
    return path === undefined ? '' : embeddedObject(parts.get(`${path.replace(/\/$/, '')}/content.xml`));
  });
  return out.document();
}

/** The text of an OpenDocument file that is one XML file. */
export function readFlatOpenDocument(bytes: Uint8Array, limits: ReadLimits): ReadDocument {
  const out = new TextWriter(limits.characters);
  writeOpenDocument(out, bytes, bytes, () => '');
  return out.document();
}

/** Elements whose text is not shown, or is not text. */
const leftOut = new Set([
  ...[
    'tracked-changes',
    'note-citation',
    'ruby-text',
    'script',
    'binary-data',
    'event-listeners',
    'styles',
    'page-number',
  ],
  ...['automatic-styles', 'master-styles', 'meta', 'settings', 'scripts', 'font-face-decls', 'dde-links'],
]);
/** Elements inside of which paragraphs have a text of their own, with the word that marks it. */
const marked: Readonly<Record<string, string>> = {
  'note-body': 'Footnote',
  annotation: 'Comment',
  notes: 'Notes',
};

/** Writes the headers, the body, and then the footers, notes and comments. */
function writeOpenDocument(
  out: TextWriter,
  content: Uint8Array,
  styles: Uint8Array | undefined,
  objectText: (href: string) => string,
): void {
  const isText = bodyOf(content) === 'text';
  if (isText) writeMasterTexts(out, styles, 'header', 'Header');
  writeBody(out, content, objectText);
  if (isText) writeMasterTexts(out, styles, 'footer', 'Footer');
}

/** The element in the body: `text`, `spreadsheet`, `presentation` or `drawing`. */
function bodyOf(content: Uint8Array): string {
  let inBody = false;
  let found = '';
  readXml(content, {
    open(name) {
      if (inBody) found ||= name;
      if (name === 'body') inBody = true;
    },
  });
  return found;
}

interface Text {
  mark?: string | undefined;
  out: TextWriter;
  /** The number of open paragraphs; text outside of them is none. */
  paragraphs: number;
}

function writeBody(out: TextWriter, content: Uint8Array, objectText: (href: string) => string): void {
  let pages = 0;
  let hidden = 0;
  let inBody = false;
  let inCreator = false;
  let creator = '';
  // Texts that are written elsewhere or later, innermost last; the main text is the first.
  const texts: Text[] = [{ out, paragraphs: 0 }];
  const later: string[] = [];
  const links: { url: string; text: string }[] = [];
  const tables: TableWriter[] = [];
  let isSheet = false;
  const current = () => texts.at(-1)!.out;
  const write = (text: string) => {
    current().write(text);
    const link = links.at(-1);
    if (link) link.text += text;
  };
  const begin = (mark?: string) => void texts.push({ mark, out: new TextWriter(Infinity), paragraphs: 0 });
  const end = () => texts.pop()!.out.document().text.trim();
  const flush = () => {
    for (const text of later.splice(0)) {
      out.line({ blank: true });
      out.write(text);
      out.line();
    }
  };

  readXml(content, {
    open(name, attributes) {
      if (leftOut.has(name)) hidden++;
      if (hidden > 0) return;
      if (name === 'body') inBody = true;
      else if (!inBody) return;
      else if (name === 'spreadsheet') isSheet = true;
      else if (name === 'page' || (name === 'table' && isSheet && tables.length === 0)) {
        flush();
        out.page(++pages);
        if (name === 'table') {
          out.write(attribute(attributes, 'name') ?? `Sheet ${pages}`);
          out.line();
        }
      }
      if (name === 'table') {
        current().line({ blank: !isSheet });
        tables.push(new TableWriter());
      } else if (name === 'table-row') tables.at(-1)?.openRow(repeats(attributes, 'number-rows-repeated'));
      else if (name === 'table-cell' || name === 'covered-table-cell') {
        tables.at(-1)?.openCell(repeats(attributes, 'number-columns-repeated'), attributes);
        begin();
      } else if (name === 'p' || name === 'h') {
        texts.at(-1)!.paragraphs++;
        if (name === 'h') current().line({ blank: true });
      } else if (name === 's') write(' '.repeat(Math.min(repeats(attributes, 'c'), 100)));
      else if (name === 'tab') write('\t');
      else if (name === 'line-break') write('\n');
      else if (name === 'list-item') current().line();
      else if (name === 'a') links.push({ url: attribute(attributes, 'href') ?? '', text: '' });
      else if (name === 'object') {
        const text = objectText(attribute(attributes, 'href') ?? '');
        if (text !== '') later.push(text);
      } else if (name === 'creator') inCreator = true;
      else if (name === 'frame' || name === 'custom-shape') current().line();
      else if (name in marked) {
        const cell = name === 'annotation' && isSheet ? tables.at(-1)?.cell : undefined;
        creator = '';
        begin(cell === undefined ? marked[name] : `${marked[name]} on ${cell}`);
      }
    },
    text(text) {
      if (hidden > 0 || !inBody) return;
      if (inCreator) creator += text;
      else if (texts.at(-1)!.paragraphs > 0) {
        // White space is written as elements; line ends in the file are none of the text.
        const words = text.replace(/\s+/g, ' ');
        write(current().atLineStart ? words.trimStart() : words);
      }
    },
    close(name) {
      if (leftOut.has(name)) hidden--;
      if (hidden > 0 || !inBody) return;
      if (name === 'p' || name === 'h') {
        texts.at(-1)!.paragraphs--;
        current().line();
      } else if (name === 'a') {
        const link = links.pop();
        if (link) write(linkTarget(link.url, link.text));
      } else if (name === 'creator') inCreator = false;
      else if (name === 'table-cell' || name === 'covered-table-cell') tables.at(-1)?.closeCell(end());
      else if (name === 'table-row') tables.at(-1)?.closeRow(current());
      else if (name === 'table') {
        tables.pop();
        current().line({ blank: true });
        if (isSheet) flush();
      } else if (name === 'frame' || name === 'custom-shape') current().line();
      else if (name === 'page' || name === 'body') flush();
      else if (name in marked) {
        const { mark } = texts.at(-1)!;
        const text = end();
        const by = name === 'annotation' && creator !== '' && !mark!.includes(' on ') ? ` by ${creator}` : '';
        if (text !== '') later.push(`${mark}${by}: ${text}`);
      }
    },
  });
}

function repeats(attributes: Record<string, string>, name: string): number {
  const count = Number(attribute(attributes, name));
  return Number.isInteger(count) && count > 0 ? count : 1;
}

/** Writes the texts of the headers or footers of all page styles, each once. */
function writeMasterTexts(
  out: TextWriter,
  styles: Uint8Array | undefined,
  element: string,
  mark: string,
): void {
  const written = new Set(['']);
  let inMasters = false;
  let inPart = false;
  let inParagraph = 0;
  let text = '';
  readXml(styles, {
    open(name) {
      if (name === 'master-styles') inMasters = true;
      else if (inMasters && (name === element || name.startsWith(`${element}-`))) inPart = true;
      else if (inPart && (name === 'p' || name === 'h')) inParagraph++;
      else if (inParagraph > 0 && (name === 's' || name === 'tab' || name === 'line-break')) text += ' ';
    },
    text(piece) {
      if (inParagraph > 0) text += piece;
    },
    close(name) {
      if (name === 'master-styles') inMasters = false;
      else if (inPart && (name === 'p' || name === 'h')) {
        inParagraph--;
        text += '\n';
      } else if (inMasters && (name === element || name.startsWith(`${element}-`))) {
        inPart = false;
        const whole = text.trim();
        text = '';
        if (written.has(whole)) return;
        written.add(whole);
        out.line({ blank: true });
        out.write(`${mark}: ${whole}`);
        out.line({ blank: true });
      }
    },
  });
}

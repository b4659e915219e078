import type { ReadDocument } from '../../searchTypes';
import { fieldTarget, linkTarget } from '../links';
import { TextWriter } from '../textWriter';
import { codePageLabel } from './codePages';
import { decodeAs } from './legacyEncoding';

/** Groups of rich text whose text is not part of the document. */
const leftOut = new Set([
  ...['colortbl', 'stylesheet', 'info', 'pict', 'nonshppict', 'filetbl', 'xe', 'tc', 'tcn', 'rxe', 'private'],
  ...['nonesttables', 'atnid', 'atnref', 'atndate', 'fontemb', 'falt', 'sp', 'do', 'bkmkstart', 'bkmkend'],
  ...['ftnsep', 'ftnsepc', 'ftncn', 'aftnsep', 'aftnsepc', 'aftncn', 'listtable', 'revtbl', 'rsidtbl', 'upr'],
]);
/** Groups that older programs skip, but whose text is part of the document. */
const alwaysRead = new Set(['shpinst', 'shptxt', 'fldinst', 'annotation', 'atnauthor', 'ud', 'mmath']);
/** Groups whose text is written once, with what it is. */
const marks: Readonly<Record<string, string>> = {
  header: 'Header',
  headerl: 'Header',
  headerr: 'Header',
  headerf: 'Header',
  footer: 'Footer',
  footerl: 'Footer',
  footerr: 'Footer',
  footerf: 'Footer',
  footnote: 'Footnote',
  annotation: 'Comment',
};
const characters: Readonly<Record<string, string>> = {
  emdash: '—',
  endash: '–',
  lquote: '‘',
  rquote: '’',
  ldblquote: '“',
  rdblquote: '”',
  bullet: '•',
  emspace: ' ',
  enspace: ' ',
  qmspace: ' ',
  tab: '\t',
  '~': ' ',
  _: '-',
};
const lineEnds = new Set(['line', 'sect', 'page', 'column', 'softline']);

/** Code pages by the character sets of fonts. */
const charsets: Readonly<Record<number, number>> = {
  77: 10000,
  128: 932,
  129: 949,
  134: 936,
  136: 950,
  161: 1253,
  162: 1254,
  163: 1258,
  177: 1255,
  178: 1256,
  186: 1257,
  204: 1251,
  222: 874,
  238: 1250,
  254: 437,
  255: 850,
};

/** A group, that is what is between braces. Its properties are those of the outer group until it sets them. */
interface Group {
  isSkipped: boolean;
  isHidden: boolean;
  isDeleted: boolean;
  isFontTable: boolean;
  isInTable: boolean;
  font: number;
  /** The number of characters that stand for a Unicode character in older programs. */
  substitutes: number;
  /** What receives the text. */
  target: Target;
  /** Called when the group ends. */
  end?: (() => void) | undefined;
}

interface Target {
  write(text: string): void;
  line(): void;
}

interface Field {
  instruction: string;
  text: string;
}

const token = /\\([a-z]+)(-?\d{1,10})? ?|\\'([\da-f]{2})|\\([^])|([{}])|([^\\{}\r\n]+)|[\r\n]+/gi;

/** The text of a file in Rich Text Format: a line for each paragraph and table row; footers, notes and comments last. */
export function readRtf(bytes: Uint8Array, maxCharacters: number): ReadDocument {
  const out = new TextWriter(maxCharacters);
  writeRtf(out, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'));
  return out.document();
}

function writeRtf(out: TextWriter, source: string): void {
  const codePages = new Map<number, number>();
  let defaultCodePage = 1252;
  let defaultFont = 0;
  let author = '';
  let field: Field | undefined;
  const later: string[] = [];
  const written = new Set<string>();
  const body: Target = { write: (text) => out.write(text), line: () => out.line() };
  let group: Group = {
    isSkipped: false,
    isHidden: false,
    isDeleted: false,
    isFontTable: false,
    isInTable: false,
    font: -1,
    substitutes: 1,
    target: body,
  };
  const outer: Group[] = [];
  // Bytes that are not yet decoded: a character may have several.
  let pending = '';
  let toSkip = 0;
  let isStarred = false;

  const write = (text: string) => {
    const { isSkipped, isHidden, isDeleted, target } = group;
    if (!isSkipped && !isHidden && !isDeleted) target.write(text);
  };
  const flush = () => {
    if (pending === '') return;
    const page = codePages.get(group.font === -1 ? defaultFont : group.font) ?? defaultCodePage;

    if (pending === '\xa0') pending = ' ';
    const isAscii = /^[\0-\x7f]*$/.test(pending);
    write(isAscii ? pending : decodeAs(codePageLabel(page), Buffer.from(pending, 'latin1')));
    pending = '';
  };
  const literal = (text: string) => {
    const skipped = Math.min(toSkip, text.length);
    toSkip -= skipped;
    if (!group.isSkipped) pending += text.slice(skipped);
  };
  /** Lets the text of this group go into a text of its own, which `end` receives. */
  const collect = (end: (text: string) => void) => {
    const part = new TextWriter(Infinity);
    group.target = part;
    group.end = () => end(part.document().text.trim());
  };
  const destination = (word: string): boolean => {
    const mark = marks[word];
    if (leftOut.has(word)) group.isSkipped = true;
    else if (word === 'fonttbl') {
      group.isSkipped = true;
      group.isFontTable = true;
    } else if (mark !== undefined) {
      collect((text) => {
        const by = word === 'annotation' && author !== '' ? ` by ${author}` : '';
        const whole = `${mark}${by}: ${text}`;
        if (text === '' || written.has(whole)) return;
        if (word === 'annotation') author = '';
        // Left and right pages may have the same header.
        if (mark === 'Header' || mark === 'Footer') written.add(whole);
        if (mark !== 'Header') return void later.push(whole);
        out.line({ blank: true });
        out.write(whole);
        out.line({ blank: true });
      });
    } else if (word === 'atnauthor') collect((text) => (author = text));
    else if (word === 'field') {
      const before = field;
      field = { instruction: '', text: '' };
      group.end = () => (field = before);
    } else if (word === 'fldinst') {
      const own = field;
      collect((text) => void (own && (own.instruction += text)));
    } else if (word === 'fldrslt' && field) {
      const own = field;
      const { target } = group;
      group.target = {
        write(text) {
          own.text += text;
          target.write(text);
        },
        line: () => target.line(),
      };
      group.end = () => target.write(linkTarget(fieldTarget(own.instruction), own.text));
    } else return false;
    return true;
  };
  const control = (word: string, parameter: number | undefined) => {
    const isOn = parameter !== 0;
    const character = characters[word];
    if (character !== undefined) write(character);
    else if (lineEnds.has(word)) write(group.isInTable ? ' ' : '\n');
    else if (word === 'par') {
      if (group.isInTable) write(' ');
      else write('\n');
    } else if (word === 'cell' || word === 'nestcell') write('\t');
    else if (word === 'row' || word === 'nestrow') {
      if (!group.isSkipped) group.target.line();
    } else if (word === 'intbl') group.isInTable = true;
    else if (word === 'pard') group.isInTable = false;
    else if (word === 'u') unicode(parameter ?? 0);
    else if (word === 'uc') group.substitutes = Math.max(0, parameter ?? 1);
    else if (word === 'v') group.isHidden = isOn;
    else if (word === 'deleted') group.isDeleted = isOn;
    else if (word === 'plain') {
      group.isHidden = false;
      group.isDeleted = false;
      group.font = -1;
    } else if (word === 'f') group.font = parameter ?? 0;
    else if (word === 'deff') defaultFont = parameter ?? 0;
    else if (word === 'fcharset' && group.isFontTable) {
      const page = charsets[parameter ?? 0];
      if (page !== undefined) codePages.set(group.font, page);
    } else if (word === 'ansicpg') defaultCodePage = parameter ?? 1252;
    else if (word === 'mac') defaultCodePage = 10000;
    else if (word === 'pc') defaultCodePage = 437;
    else if (word === 'pca') defaultCodePage = 850;
  };
  const unicode = (code: number) => {
    const unit = code & 0xffff;
    // Bullets of symbol fonts are in the private-use area.
    write(unit >= 0xf000 && unit <= 0xf0ff ? '•' : String.fromCharCode(unit || 0xfffd));
    toSkip = group.substitutes;
  };

  token.lastIndex = 0;
  for (let match = token.exec(source); match; match = token.exec(source)) {
    const [, word, parameter, hex, symbol, brace, text] = match;
    if (text !== undefined) literal(text);
    else if (hex !== undefined) literal(String.fromCharCode(Number.parseInt(hex, 16)));
    else if (symbol === '\\' || symbol === '{' || symbol === '}') literal(symbol);
    else {
      flush();
      if (brace === '{') {
        toSkip = 0;
        outer.push(group);
        group = { ...group, end: undefined };
      } else if (brace === '}') {
        toSkip = 0;
        group.end?.();
        // What follows the last brace is not part of the document.
        const before = outer.pop();
        if (!before || outer.length === 0) break;
        group = before;
      } else if (symbol === '*') {
        isStarred = true;
        continue;
      } else if (symbol === '\n' || symbol === '\r') control('par', undefined);
      else if (symbol !== undefined) control(symbol, undefined);
      else if (word !== undefined) {
        const number = parameter === undefined ? undefined : Number(parameter);
        if (word === 'bin') token.lastIndex += Math.max(0, number ?? 0);
        else if (toSkip > 0 && word !== 'u') toSkip--;
        else if (word === 'ud' && isStarred) group.isSkipped = outer.at(-2)?.isSkipped ?? false;
        else if (isStarred && !alwaysRead.has(word)) group.isSkipped = true;
        else if (!destination(word)) control(word, number);
      }
      if (match[0].trim() !== '') isStarred = false;
    }
  }
  flush();
  for (const text of later) {
    out.line({ blank: true });
    out.write(text);
  }
}

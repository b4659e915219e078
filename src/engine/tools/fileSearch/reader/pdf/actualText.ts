import { displayedText, mirrored, rightToLeft } from './bidiText';
import { type TextItem, touches } from './textItem';

/** Text, and the bounds of marked content, which may say what its glyphs stand for. */
export type PageItem =
  | (TextItem & { type?: undefined })
  | { type: 'beginMarkedContent' }
  | { type: 'beginMarkedContentProps'; actualText: string }
  | { type: 'endMarkedContent' };

/**
 * The text of a page, with the actual text of marked content in place of its glyphs. Browsers write it
 * for letters that the glyphs of a font do not tell apart, as in Arabic and Hindi.
 */
export function withActualText(items: readonly PageItem[]): TextItem[] {
  const text: TextItem[] = [];
  /** The open content that has an actual text, and the number of others inside of it. */
  let open: { actualText: string; glyphs: TextItem[]; depth: number } | undefined;
  const close = () => {
    if (open) text.push(...replaced(open.glyphs, open.actualText, text.at(-1)));
    open = undefined;
  };
  for (const item of items) {
    if (item.type === undefined) (open?.glyphs ?? text).push(item);
    else if (open && item.type !== 'endMarkedContent') open.depth++;
    else if (item.type === 'beginMarkedContentProps' && item.actualText !== '') {
      open = { actualText: item.actualText, glyphs: [], depth: 1 };
    } else if (open && item.type === 'endMarkedContent' && --open.depth === 0) close();
  }
  close();
  return text;
}

function replaced(glyphs: readonly TextItem[], actualText: string, before?: TextItem): readonly TextItem[] {
  const [only] = glyphs;
  // The most frequent case by far: a letter in the form that it has in its word.
  if (
    only &&
    glyphs.length === 1 &&
    only.str.length === 1 &&
    actualText.length === 1 &&
    /\p{L}/u.test(actualText)
  ) {
    return [{ ...only, str: actualText }];
  }
  const first = glyphs.findIndex(({ str }) => /\S/.test(str));
  // What is seen of a soft hyphen is a hyphen; where nothing is seen, there is nothing to replace.
  if (first < 0 || actualText === '\u00ad') return glyphs;
  const drawn = glyphs.slice(first);
  if (isMirrored(actualText, drawn)) return glyphs;
  // Marks have no width, and stand somewhere on their letter.
  const widest = drawn.reduce((a, b) => (b.width > a.width ? b : a));
  const lines = drawn.some(({ hasEOL }, i) => hasEOL && i < drawn.length - 1);
  const text = {
    ...(lines ? drawn[0]! : widest),
    str: rightToLeft.test(actualText) ? displayedText(actualText, 'rtl') : actualText,
    hasEOL: drawn.some(({ hasEOL }) => hasEOL),
  };
  // pdf.js sees a space before a mark that is drawn before its letter.
  if (before && touches(before, text)) return [text];
  return [...glyphs.slice(0, first), /^\s/.test(drawn[0]!.str) ? { ...text, str: ` ${text.str}` } : text];
}

/** Of a bracket in right-to-left text the actual text is not what is seen. */
function isMirrored(actualText: string, drawn: readonly TextItem[]): boolean {
  return mirrored(actualText) === drawn.map(({ str }) => str.trim()).join('');
}

import type { TextWriter } from '../textWriter';
import { inReadingOrder } from './readingOrder';
import { placeOf, type TextItem, touches } from './textItem';

/** Lines further apart than this many line heights belong to different paragraphs. */
const paragraphGap = 1.7;

/** Writes the text of a page, and more lines after it; nothing if it has none. */
export function writePage(
  out: TextWriter,
  number: number,
  items: readonly TextItem[],
  moreLines: readonly string[],
): void {
  if (moreLines.length === 0 && !items.some(({ str }) => /\S/.test(str))) return;
  out.page(number);
  let lineAt: number | undefined;
  for (const item of inReadingOrder(items.map(withoutFalseSpace))) {
    const { str, hasEOL, height } = item;
    const { baseline } = placeOf(item);
    if (
      str !== '' &&
      out.atLineStart &&
      lineAt !== undefined &&
      Math.abs(lineAt - baseline) > height * paragraphGap
    ) {
      out.line({ blank: true });
    }
    out.write(plain(str));
    if (str !== '') lineAt = baseline;
    if (hasEOL) out.line();
  }
  if (moreLines.length > 0) out.line({ blank: true });
  for (const line of moreLines) {
    out.write(plain(line));
    out.line();
  }
}

/** A soft hyphen that is not seen is a space of no width in a browser's PDF file. */
function withoutFalseSpace(item: TextItem, i: number, items: readonly TextItem[]): TextItem {
  const before = items[i - 1];
  if (!/^\s\S/.test(item.str) || !before || before.hasEOL || before.str === '') return item;
  return touches(before, item) ? { ...item, str: item.str.slice(1) } : item;
}

/** Compatibility characters that stand for others: spaces, and letters that are drawn as one. */
function plain(text: string): string {
  return text
    .replace(/[\u00a0\u00b5\u2000-\u200a\u202f\u2126\ufb00-\ufb06\ufb13-\ufb17]/g, (form) =>
      form.normalize('NFKC'),
    )
    .replaceAll('\0', '')
    .replaceAll('\u00ad', '-');
}

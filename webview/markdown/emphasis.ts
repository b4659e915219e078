/**
 * Emphasis beside Chinese, Japanese and Korean, which have no spaces between words: `**注意：**请` is bold. CommonMark
 * wants a space, or punctuation, at one side of the marks there.
 */
import type MarkdownIt from 'markdown-it';

const letter = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Bopo}]/u;
const punctuation = /[\p{P}\p{S}]/u;

/** Has such letters at one side of the marks stand for a space. */
export function emphasisInCjk(md: MarkdownIt): void {
  const { State } = md.inline;
  md.inline.State = class extends State {
    override scanDelims(
      start: number,
      canSplitWord: boolean,
    ): ReturnType<InstanceType<typeof State>['scanDelims']> {
      const scanned = super.scanDelims(start, canSplitWord);
      const before = characterBefore(this.src, start);
      const after = characterAt(this.src, start + scanned.length);
      if (!canSplitWord) return scanned;
      return {
        ...scanned,
        can_open: scanned.can_open || (letter.test(before) && punctuation.test(after)),
        can_close: scanned.can_close || (letter.test(after) && punctuation.test(before)),
      };
    }
  };
}

function characterAt(text: string, index: number): string {
  return String.fromCodePoint(text.codePointAt(index) ?? 0x20);
}

function characterBefore(text: string, index: number): string {
  const isPair = /[\udc00-\udfff]/.test(text[index - 1] ?? '');
  return text.slice(Math.max(0, index - (isPair ? 2 : 1)), index);
}

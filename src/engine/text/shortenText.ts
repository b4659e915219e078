import { textTokens } from './tokens';

/** A text as the model gets it. */
export interface ShortenedText {
  text: string;
  /** Whether a part of it was left out. */
  shortened: boolean;
}

/** The part of the beginning; the rest is the end. */
const headShare = 2 / 3;

/** How far from a cut a line break is looked for, as a part of the piece. */
const lineShare = 1 / 8;

/**
 * The beginning and the end of a text within about `maxTokens` tokens, and between them a line that says how
 * much was left out. `advice` is a sentence for the model: how to get the rest. The result depends on the
 * arguments alone, so that a text that is sent again is shortened in the same way.
 */
export function shortenText(text: string, maxTokens: number, advice: string): ShortenedText {
  if (fits(text, maxTokens)) return { text, shortened: false };
  const head = wholeLines(headOf(text, Math.floor(maxTokens * headShare)));
  const tail = wholeLines(tailOf(text.slice(head.length), Math.floor(maxTokens * (1 - headShare))), true);
  const missing = text.length - head.length - tail.length;
  const note = `[${number(missing)} of ${number(text.length)} characters are left out here. ${advice}]`;
  return { text: [head.trimEnd(), note, tail.trimStart()].filter(Boolean).join('\n'), shortened: true };
}

function fits(text: string, maxTokens: number): boolean {
  // A character is at most one token, and at least a quarter of one: most texts need not be counted.
  if (text.length <= maxTokens) return true;
  return text.length <= maxTokens * 4 && textTokens(text) <= maxTokens;
}

function headOf(text: string, tokens: number): string {
  let head = text.slice(0, tokens * 4);
  while (head !== '' && !fits(head, tokens)) head = head.slice(0, reducedLength(head, tokens));
  return isHighSurrogate(head.charCodeAt(head.length - 1)) ? head.slice(0, -1) : head;
}

function tailOf(text: string, tokens: number): string {
  let tail = tokens > 0 ? text.slice(-tokens * 4) : '';
  while (tail !== '' && !fits(tail, tokens)) tail = tail.slice(tail.length - reducedLength(tail, tokens));
  return isLowSurrogate(tail.charCodeAt(0)) ? tail.slice(1) : tail;
}

function reducedLength(text: string, tokens: number): number {
  return Math.min(text.length - 1, Math.floor((text.length * tokens) / textTokens(text)));
}

/** Without the partial line at its cut, if a line ends near it. */
function wholeLines(piece: string, isTail = false): string {
  const range = Math.floor(piece.length * lineShare);
  if (isTail) {
    const at = piece.slice(0, range).indexOf('\n');
    return at < 0 ? piece : piece.slice(at + 1);
  }
  const at = piece.slice(piece.length - range).lastIndexOf('\n');
  return at < 0 ? piece : piece.slice(0, piece.length - range + at + 1);
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

function number(count: number): string {
  return count.toLocaleString('en-US');
}

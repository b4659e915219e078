import { htmlText } from '../text/html';
import type { TextWriter } from '../textWriter';

/** A mail message, whatever its format. */
export interface Mail {
  /** Names and values of the headers to show; those without a value are left out. */
  headers: readonly (readonly [name: string, value: string | undefined])[];
  text?: string | undefined;
  html?: string | undefined;
  /** The names of the attached files. */
  attachments: readonly string[];
  /** Messages that are attached. */
  messages?: readonly Mail[] | undefined;
}

/** Messages attached to attached messages and so on are read up to this depth. */
export const maxMailDepth = 10;
/** The plain text of a message whose text in HTML is so many times longer only refers to that. */
const maxRatio = 4;

/** Writes a message: its headers, the names of its attached files, its text, and the messages attached to it. */
export function writeMail(out: TextWriter, mail: Mail, maxCharacters: number, depth = 0): void {
  out.line({ blank: true });
  for (const [name, value] of mail.headers) {
    const words = value?.replace(/\s+/g, ' ').trim();
    if (words) out.write(`${name}: ${words}\n`);
  }
  const names = mail.attachments
    .map((name) => name.replace(/\s+/g, ' ').trim())
    .filter((name) => name !== '');
  if (names.length > 0) out.write(`Attachments: ${names.join(', ')}\n`);
  out.line({ blank: true });
  out.write(bodyOf(mail, maxCharacters).trim());
  out.line({ blank: true });
  if (depth < maxMailDepth)
    for (const inner of mail.messages ?? []) writeMail(out, inner, maxCharacters, depth + 1);
}

function bodyOf({ text = '', html = '' }: Mail, maxCharacters: number): string {
  const plain = text.replace(/\r\n?/g, '\n');
  if (html.trim() === '') return plain;
  const shown = htmlText(html, maxCharacters).replace(/\r\n?/g, '\n');
  const isComplete = plain.trim() !== '' && plain.trim().length * maxRatio >= shown.trim().length;
  return isComplete || shown.trim() === '' ? plain : shown;
}

/** A time in ISO 8601, in UTC; unchanged if it is none. */
export function isoTime(time: string | undefined): string | undefined {
  const date = new Date(time ?? '');
  if (Number.isNaN(date.getTime())) return time;
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

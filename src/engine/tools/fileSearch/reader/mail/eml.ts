import PostalMime, { type Address, type Attachment, type Email } from 'postal-mime';
import type { ReadDocument } from '../../searchTypes';
import { UnreadablePartError } from '../readErrors';
import { TextWriter } from '../textWriter';
import { isoTime, type Mail, maxMailDepth, writeMail } from './mailText';

/** Maximum depth of parts in parts. */
const maxNesting = 100;

/** The text of a mail message (.eml), of Apple's form of it (.emlx), or of a page saved as one (.mhtml). */
export async function readMail(bytes: Uint8Array, maxCharacters: number): Promise<ReadDocument> {
  const out = new TextWriter(maxCharacters);
  writeMail(out, await parseMail(withoutLength(bytes)), maxCharacters);
  return out.document();
}

/** The text of the messages in a mailbox (.mbox). */
export async function readMailbox(bytes: Uint8Array, maxCharacters: number): Promise<ReadDocument> {
  const out = new TextWriter(maxCharacters);
  for (const message of messagesOf(bytes)) {
    writeMail(out, await parseMail(message), maxCharacters);
    out.line({ blank: true });
  }
  return out.document();
}

async function parseMail(bytes: Uint8Array, depth = 0): Promise<Mail> {
  const email = await parsed(bytes);
  const { subject, from, to, cc, bcc, replyTo, date, text, html, attachments } = email;
  const messages: Mail[] = [];
  for (const { mimeType, content } of depth < maxMailDepth ? attachments : []) {
    if (mimeType !== 'message/rfc822' || typeof content === 'string') continue;
    messages.push(await parseMail(new Uint8Array(content), depth + 1));
  }
  return {
    headers: [
      ['Subject', subject],
      ['From', from && addresses([from])],
      ['To', addresses(to)],
      ['Cc', addresses(cc)],
      ['Bcc', addresses(bcc)],
      ['Reply-To', addresses(replyTo)],
      ['Date', isoTime(date)],
    ],
    text,
    html,
    attachments: attachments.flatMap(attachmentName),
    messages,
  };
}

async function parsed(bytes: Uint8Array): Promise<Email> {
  try {
    return await PostalMime.parse(bytes, { maxNestingDepth: maxNesting, forceRfc822Attachments: true });
  } catch (error) {
    throw new UnreadablePartError(`cannot be read as a mail message: ${(error as Error).message}`);
  }
}

function addresses(all: readonly Address[] | undefined): string | undefined {
  return all
    ?.map((one) => {
      if (one.group) return `${one.name}: ${addresses(one.group) ?? ''}`;
      return one.name && one.address && one.name !== one.address
        ? `${one.name} <${one.address}>`
        : one.name || (one.address ?? '');
    })
    .join(', ');
}

/** The name of an attached file; none of an image that is a part of the text. */
function attachmentName({ filename, mimeType, related, description }: Attachment): string[] {
  if (related && mimeType.startsWith('image/')) return [];
  const name = filename ?? description;
  return name ? [name] : [];
}

/** Apple Mail writes the length of the message before it, and a property list behind it. */
function withoutLength(bytes: Uint8Array): Uint8Array {
  const first = /^(\d{1,10})\s*\n/.exec(Buffer.from(bytes.subarray(0, 20)).toString('latin1'));
  if (!first) return bytes;
  return bytes.subarray(first[0].length, first[0].length + Number(first[1]));
}

/** Divides a mailbox at its lines that start with `From `, after empty ones. */
function* messagesOf(bytes: Uint8Array): Generator<Uint8Array> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start: number | undefined;
  for (let at = file.indexOf('From '); at !== -1; at = file.indexOf('From ', at + 1)) {
    if (at > 0 && !/\n\r?\n$/.test(file.toString('latin1', Math.max(0, at - 3), at))) continue;
    const lineEnd = file.indexOf(0x0a, at);
    const line = file.toString('latin1', at, lineEnd === -1 ? file.length : Math.min(lineEnd, at + 300));
    if (!/\d\d:\d\d/.test(line)) continue;
    if (start !== undefined) yield file.subarray(start, at);
    start = lineEnd === -1 ? file.length : lineEnd + 1;
  }
  if (start === undefined) yield file;
  else if (start < file.length) yield file.subarray(start);
}

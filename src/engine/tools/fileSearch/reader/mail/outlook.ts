import { decompressRTF } from '@kenjiuno/decompressrtf';
import MsgReader, { type FieldsData } from '@kenjiuno/msgreader';
import type { ReadDocument } from '../../searchTypes';
import { codePageLabel } from '../text/codePages';
import { decodeText } from '../text/encoding';
import { readRtf } from '../text/rtf';
import { TextWriter } from '../textWriter';
import { detected } from './iconv';
import { isoTime, type Mail, writeMail } from './mailText';

/** The text of an Outlook message (.msg), with those attached to it. */
export function readOutlook(bytes: Uint8Array, maxCharacters: number): ReadDocument {
  const out = new TextWriter(maxCharacters);
  writeMail(out, mailOf(fieldsOf(bytes), maxCharacters), maxCharacters);
  return out.document();
}

/**
 * The fields of a message. For texts that are not in Unicode it names the encoding of its mail at most, whose
 * language leads to theirs; otherwise, it is detected.
 */
function fieldsOf(bytes: Uint8Array): FieldsData {
  const buffer = bytes.slice().buffer;
  const { messageCodepage, internetCodepage = 0 } = checked(new MsgReader(buffer).getFileData());
  const codePage = messageCodepage ?? windowsCodePages[internetCodepage];
  const reader = new MsgReader(buffer);
  reader.parserConfig = { ansiEncoding: codePage === undefined ? detected : codePageLabel(codePage) };
  return checked(reader.getFileData());
}

/** The code pages of Windows for those of mail. */
const windowsCodePages: Readonly<Record<number, number>> = {
  20866: 1251,
  20932: 932,
  21866: 1251,
  28592: 1250,
  28595: 1251,
  28596: 1256,
  28597: 1253,
  28598: 1255,
  28599: 1254,
  28603: 1257,
  50220: 932,
  50221: 932,
  50222: 932,
  50225: 949,
  51932: 932,
  51949: 949,
  52936: 936,
  ...Object.fromEntries(
    [874, 932, 936, 949, 950, 1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258, 65001].map((page) => [
      page,
      page,
    ]),
  ),
};

function checked(fields: FieldsData): FieldsData {
  if (fields.error) throw new Error(fields.error);
  return fields;
}

function mailOf(fields: FieldsData, maxCharacters: number): Mail {
  const { subject, senderName, senderEmail, senderSmtpAddress, recipients = [], attachments = [] } = fields;
  const those = (type: string) =>
    recipients
      .filter(({ recipType }) => recipType === type)
      .map(({ name, email, smtpAddress }) => address(name, smtpAddress ?? email))
      .join(', ');
  return {
    headers: [
      ['Subject', subject],
      ['From', address(senderName, senderSmtpAddress ?? senderEmail)],
      ['To', those('to')],
      ['Cc', those('cc')],
      ['Bcc', those('bcc')],
      ['Date', isoTime(fields.messageDeliveryTime ?? fields.clientSubmitTime)],
      ['Start', isoTime(fields.apptStartWhole)],
      ['End', isoTime(fields.apptEndWhole)],
      ['Location', fields.apptLocation],
      ['Company', fields.companyName],
      ['Phone', fields.businessTelephoneNumber],
      ['Mobile', fields.mobileTelephoneNumber],
      ['Email', fields.email1EmailAddress],
      ['Address', fields.postalAddress],
    ],
    ...bodyOf(fields, maxCharacters),
    attachments: attachments.flatMap(({ fileName, fileNameShort, name, attachmentHidden }) =>
      attachmentHidden ? [] : (fileName ?? name ?? fileNameShort ?? []),
    ),
    messages: attachments.flatMap(({ innerMsgContentFields: inner }) =>
      inner ? [mailOf(inner, maxCharacters)] : [],
    ),
  };
}

/** A message has its text, or that in HTML, or that in compressed rich text, which may stand for HTML. */
function bodyOf(
  { body, bodyHtml, html, compressedRtf }: FieldsData,
  maxCharacters: number,
): Pick<Mail, 'text' | 'html'> {
  const page =
    bodyHtml ?? (html && decodeText(html.subarray(0, html.findLastIndex((byte) => byte !== 0) + 1)));
  if (body?.trim() || page?.trim() || !compressedRtf) return { text: body, html: page };
  return { text: readRtf(Uint8Array.from(decompressRTF([...compressedRtf])), maxCharacters).text };
}

/** Outlook's addresses in the company's own network are not those of mail. */
function address(name: string | undefined, email: string | undefined): string | undefined {
  if (!email?.includes('@') || email === name) return name ?? email;
  return name ? `${name} <${email}>` : email;
}

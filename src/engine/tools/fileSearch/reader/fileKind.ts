import { extname } from 'node:path';
import type { UnreadableFileCode } from '../searchTypes';
import { compoundKind } from './kinds/compoundKind';
import { binaryFormat } from './kinds/binaryFormats';
import { zipKind } from './kinds/zipKind';
import { looksLikeMail, looksLikeMailbox } from './kinds/mailKind';

export type FileKind =
  'pdf' | 'office' | 'openDocument' | 'epub' | 'rtf' | 'mail' | 'mailbox' | 'outlook' | 'notebook' | 'text';

/** Why a file cannot be read: a predicate that follows its name. */
export interface Unreadable {
  code: UnreadableFileCode;
  reason: string;
}

export type KindOrReason = { kind: FileKind } | Unreadable;

/** The kind of a file by its first bytes, else by its name; or why it cannot be read. */
export function fileKind(bytes: Uint8Array, filename: string): KindOrReason {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4_096)).toString('latin1');
  const extension = extname(filename).toLowerCase();
  if (head.slice(0, 1_024).includes('%PDF-')) return { kind: 'pdf' };
  if (head.startsWith('PK\x03\x04')) return zipKind(bytes, extension);
  if (head.startsWith('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')) return compoundKind(bytes, extension);
  if (/^\s*\{\\rtf/.test(head)) return { kind: 'rtf' };
  const claimed = claimedKinds[extension];
  const format = binaryFormat(head);
  if (claimed !== undefined) {
    const content = format ? `its content is ${format.what}` : 'its content is not';
    return {
      code: 'invalid_file',
      reason: `is damaged: its name says that it is ${claimed}, but ${content}.`,
    };
  }
  if (format) return { code: 'unsupported_file', reason: `is ${format.what}${format.advice}` };
  if (extension === '.mbox' || looksLikeMailbox(head)) return { kind: 'mailbox' };
  if (/^\.(eml|emlx|mht|mhtml)$/.test(extension) || looksLikeMail(head)) return { kind: 'mail' };
  return { kind: extension === '.ipynb' ? 'notebook' : 'text' };
}

/** Names of formats whose content is never text. */
const claimedKinds: Readonly<Record<string, string>> = {
  '.pdf': 'a PDF file',
  '.docx': 'a Word document',
  '.docm': 'a Word document',
  '.pptx': 'a PowerPoint presentation',
  '.pptm': 'a PowerPoint presentation',
  '.xlsx': 'an Excel workbook',
  '.xlsm': 'an Excel workbook',
  '.odt': 'an OpenDocument text',
  '.ods': 'an OpenDocument spreadsheet',
  '.odp': 'an OpenDocument presentation',
  '.epub': 'an EPUB book',
  '.msg': 'an Outlook message',
};

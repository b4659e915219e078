import { extname } from 'node:path';
import type { UnreadableFileCode } from '../searchTypes';

export type FileKind = 'pdf' | 'office' | 'text';

/** The kind of a file by its first bytes, or why it cannot be read: a predicate that follows its name. */
export function fileKind(
  bytes: Uint8Array,
  filename: string,
): { kind: FileKind } | { code: UnreadableFileCode; reason: string } {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1_024)).toString('latin1');
  const extension = extname(filename).toLowerCase();
  if (head.includes('%PDF-')) return { kind: 'pdf' };
  if (head.startsWith('PK\x03\x04')) return { kind: 'office' };
  if (head.startsWith('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')) return compoundFile(bytes);
  const claimedKind = kindByExtension[extension];
  if (claimedKind) {
    return {
      code: 'invalid_file',
      reason: `is damaged: its name says that it is ${claimedKind}, but its content is not.`,
    };
  }
  if (head.startsWith('{\\rtf')) {
    return {
      code: 'unsupported_file',
      reason: 'is in Rich Text Format, which is not supported: save it as .docx.',
    };
  }
  const binary = binaryFormats.find(({ magic }) => head.startsWith(magic));
  if (binary)
    return { code: 'unsupported_file', reason: `is ${binary.what}: it contains no text that can be read.` };
  return { kind: 'text' };
}

const kindByExtension: Readonly<Record<string, string>> = {
  '.pdf': 'a PDF file',
  '.docx': 'a Word document',
  '.pptx': 'a PowerPoint presentation',
  '.xlsx': 'an Excel workbook',
};

const binaryFormats = [
  { magic: '\x89PNG', what: 'an image' },
  { magic: '\xff\xd8\xff', what: 'an image' },
  { magic: 'GIF8', what: 'an image' },
  { magic: '\x1f\x8b', what: 'an archive' },
  { magic: '7z\xbc\xaf', what: 'an archive' },
  { magic: 'Rar!', what: 'an archive' },
  { magic: 'PK\x05\x06', what: 'an empty archive' },
  { magic: '\x7fELF', what: 'a program' },
  { magic: 'SQLite format 3\0', what: 'a database' },
];

/** A compound file holds an Office document from before 2007, or a newer one that is encrypted. */
function compoundFile(bytes: Uint8Array): { code: UnreadableFileCode; reason: string } {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (content.includes(Buffer.from('EncryptedPackage', 'utf16le'))) {
    return { code: 'invalid_file', reason: 'is encrypted: save it without a password.' };
  }
  return {
    code: 'unsupported_file',
    reason: 'is in an Office 97–2003 format, which is not supported: save it as .docx, .xlsx or .pptx.',
  };
}

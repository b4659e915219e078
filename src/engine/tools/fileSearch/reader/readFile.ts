import { open } from 'node:fs/promises';
import { UnreadableFileError, type ReadDocument } from '../searchTypes';
import { readEpub } from './epub';
import { fileKind, type FileKind } from './fileKind';
import { readMail, readMailbox } from './mail/eml';
import { readOutlook } from './mail/outlook';
import { readOffice } from './office/office';
import { readOpenDocument } from './office/openDocument';
import { EncryptedFileError, NotTextError, TextTooLongError, UnreadablePartError } from './readErrors';
import type { ReadRequest } from './readerMessages';
import { readRtf } from './text/rtf';
import { readText } from './text/text';

/** No encoding needs more bytes for one UTF-16 code unit. */
const maxBytesPerCharacter = 3;

/** Extracts the text of a file. Throws UnreadableFileError if none can be read. */
export async function readFile({ path, filename, encoding, limits }: ReadRequest): Promise<ReadDocument> {
  const fail = (code: UnreadableFileError['code'], reason: string, cause?: unknown): never => {
    throw new UnreadableFileError(code, `“${filename}” ${reason}`, { cause });
  };
  const bytes = await contentOf(path, limits.bytes, fail);
  const kind = fileKind(bytes, filename);
  if ('reason' in kind) return fail(kind.code, kind.reason);
  try {
    const document = await readKind(kind, bytes, { filename, encoding, limits });
    const text = document.text;
    if (text.length > limits.characters) throw new TextTooLongError();
    if (!/\S/.test(text)) return fail('invalid_file', noTextReasons[kind.kind] ?? 'has no text.');
    return document;
  } catch (error) {
    if (error instanceof UnreadableFileError) throw error;
    if (error instanceof NotTextError)
      return fail('unsupported_file', 'is a binary file: it contains no text that can be read.');
    if (error instanceof TextTooLongError) {
      return fail(
        'invalid_file',
        `has more text than can be searched: over ${limits.characters.toLocaleString('en')} characters.`,
      );
    }
    if (error instanceof EncryptedFileError)
      return fail('invalid_file', 'is encrypted: save it without a password.');
    if (error instanceof UnreadablePartError) return fail('invalid_file', error.message);
    return fail('invalid_file', `is damaged, or not ${kindNames[kind.kind]}: ${String(error)}`, error);
  }
}

const kindNames: Readonly<Record<FileKind, string>> = {
  pdf: 'a PDF file',
  office: 'an Office file',
  openDocument: 'an OpenDocument file',
  epub: 'an EPUB book',
  rtf: 'a Rich Text file',
  mail: 'a mail message',
  mailbox: 'a mailbox',
  outlook: 'an Outlook message',
  notebook: 'a notebook',
  text: 'a text file',
};

const noTextReasons: Partial<Record<FileKind, string>> = {
  pdf: 'has no text: it may be scanned. Text recognition (OCR) can add it.',
};

async function contentOf(
  path: string,
  maxBytes: number,
  fail: (code: 'invalid_file' | 'server_error', reason: string, cause?: unknown) => never,
): Promise<Uint8Array> {
  const file = await open(path).catch((error: unknown) =>
    fail('server_error', `could not be opened: ${(error as NodeJS.ErrnoException).code}.`, error),
  );
  try {
    const { size } = await file.stat();
    if (size === 0) return fail('invalid_file', 'is empty.');
    if (size > maxBytes) return fail('invalid_file', `is larger than ${maxBytes / 1024 / 1024} MB.`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

async function readKind(
  { kind }: { kind: FileKind },
  bytes: Uint8Array,
  { filename, encoding, limits }: Omit<ReadRequest, 'path'>,
): Promise<ReadDocument> {
  switch (kind) {
    case 'pdf': {
      // Imported on demand: it is large and needed only for PDF files.
      const { readPdf } = await import('./pdf/pdf');
      return readPdf(bytes, limits.characters);
    }
    case 'office':
      return readOffice(bytes, limits);
    case 'openDocument':
      return readOpenDocument(bytes, limits);
    case 'epub':
      return readEpub(bytes, limits);
    case 'rtf':
      return readRtf(bytes, limits.characters);
    case 'mail':
      return readMail(bytes, limits.characters);
    case 'mailbox':
      return readMailbox(bytes, limits.characters);
    case 'outlook':
      return readOutlook(bytes, limits.characters);
    case 'notebook':
      // Its images, which are not read, may be much longer than its text.
      return readText(bytes, { filename, encoding, limits, maxBytes: limits.unpackedBytes });
    case 'text': {
      const maxBytes = limits.characters * maxBytesPerCharacter;
      return readText(bytes, { filename, encoding, limits, maxBytes });
    }
  }
}

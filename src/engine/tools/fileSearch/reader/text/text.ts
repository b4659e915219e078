import type { ReadDocument } from '../../searchTypes';
import { readFlatOpenDocument } from '../office/openDocument';
import { TextTooLongError } from '../readErrors';
import type { ReadRequest } from '../readerMessages';
import { decodeText } from './encoding';
import { htmlText } from './html';
import { notebookText } from './notebook';

export interface TextOptions extends Omit<ReadRequest, 'path'> {
  /** Maximum size of the file, before the parts of it that are not read are left out. */
  maxBytes: number;
}

/** The text of a file in a format that is text: an HTML page, a notebook, an OpenDocument file of one part, or any other. */
export function readText(
  bytes: Uint8Array,
  { filename, encoding, limits, maxBytes }: TextOptions,
): ReadDocument {
  if (bytes.length > maxBytes) throw new TextTooLongError();
  const text = decodeText(bytes, encoding);
  const head = text.slice(0, 1_000);
  if (isHtml(head, filename)) return { text: htmlText(text, limits.characters) };
  if (/<office:document\s/.test(head)) return readFlatOpenDocument(Buffer.from(text), limits);
  const notebook = isNotebook(text, filename) ? notebookText(text, limits.characters) : undefined;
  return notebook ?? { text };
}

function isHtml(head: string, filename: string): boolean {
  return /\.x?html?$/i.test(filename) || /^\s*(<\?xml[^>]*>\s*)?(<!doctype\s+html|<html[\s>])/i.test(head);
}

function isNotebook(text: string, filename: string): boolean {
  return /\.ipynb$/i.test(filename) || (/^\s*\{/.test(text.slice(0, 1_000)) && /"nbformat"\s*:/.test(text));
}

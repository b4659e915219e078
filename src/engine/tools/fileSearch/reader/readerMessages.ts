import type { EncodedDocument } from '../encodedDocument';
import type { UnreadableFileCode } from '../searchTypes';

/** Size limits of one file. */
export interface ReadLimits {
  /** Maximum size of the file. */
  bytes: number;
  /** Maximum size of the unpacked XML parts of an Office file. */
  unpackedBytes: number;
  /** Maximum length of the text, in UTF-16 code units. */
  characters: number;
}

/** To the reader's process. */
export interface ReadRequest {
  path: string;
  /** The original name, for messages and its extension; `path` has another. */
  filename: string;
  /** Of a text file, if the user has set it. */
  encoding?: string | undefined;
  limits: ReadLimits;
}

/** A piece of a document's text from the reader's process. Its pieces come in order, before the reply. */
export interface ReadPiece {
  type: 'piece';
  piece: Uint8Array;
}

/** From the reader's process, one for each request. */
export type ReadReply =
  | { type: 'document'; document: Omit<EncodedDocument, 'pieces'> }
  | { type: 'unreadable'; code: UnreadableFileCode; message: string };

import type { ReadDocument, UnreadableFileCode } from '../searchTypes';

/** What a file may come to. */
export interface ReadLimits {
  /** Of the file. */
  bytes: number;
  /** Of the parts of an Office file that are read, unpacked. */
  unpackedBytes: number;
  /** Of the text, in UTF-16 units. */
  characters: number;
}

/** To the reader's process. */
export interface ReadRequest {
  path: string;
  /** What the file is called, for messages and its extension; not where it is. */
  filename: string;
  limits: ReadLimits;
}

/** From the reader's process: one for each request. */
export type ReadReply =
  | { type: 'document'; document: ReadDocument }
  | { type: 'unreadable'; code: UnreadableFileCode; message: string };

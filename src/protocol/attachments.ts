/** The files of messages: those of the message that is being written, and those of the messages shown. */
import { isEither, isNumber, isObjectOf, isOptional, isString, type Guard, type Guarded } from './guards';

/** A file that goes with the message that is being written. */
export interface Attachment {
  /** Identifies the attachment in messages between panel and host. */
  id: string;
  /** The file's name as the user gave it; unchecked. */
  name: string;
  bytes: number;
  /** Whether the model sees it as an image; other files are read by the assistant's tools. */
  isImage: boolean;
  state: 'uploading' | 'ready' | 'failed';
  /** Share of the file that is uploaded, 0–1; only while uploading. */
  progress?: number;
  /** Set once uploaded. */
  fileId?: string;
  /** Why the upload failed. */
  error?: string;
}

/** Maximum number of files of a message. */
export const maxAttachments = 20;

/** Maximum bytes of a file that is dropped or pasted into the chat panel, which sends it in pieces. */
export const maxDroppedBytes = 100 * 1024 * 1024;

/** Maximum bytes of a piece. */
export const pieceBytes = 512 * 1024;

export const isPiece: Guard<Uint8Array> = (value): value is Uint8Array =>
  value instanceof Uint8Array && value.length <= pieceBytes;

/** A stored file; without name and size if it was deleted. */
export type FileInfo = Guarded<typeof isFileInfo>;
export const isFileInfo = isObjectOf({
  fileId: isString,
  name: isOptional(isString),
  bytes: isOptional(isNumber),
});

/** An image of the assistants' files, or why it cannot be shown; its name is left out if not even that is known. */
export type ImageFile = Guarded<typeof isImageFile>;
export const isImageFile = isEither(
  isObjectOf({ fileId: isString, name: isString, dataUrl: isString }),
  isObjectOf({ fileId: isString, name: isOptional(isString), error: isString }),
);

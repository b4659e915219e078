/** The files that go with the message that is being written. */

export interface Attachment {
  /** By which chat and host speak of it. */
  id: string;
  /** As it was given: it may be anything. */
  name: string;
  bytes: number;
  /** Whether it is shown to the model as a picture; else it is read by the assistant's tools. */
  isImage: boolean;
  state: 'uploading' | 'ready' | 'failed';
  /** How much of it is there, 0–1; while it is uploaded. */
  progress?: number;
  /** Once it is there. */
  fileId?: string;
  /** Why it failed. */
  problem?: string;
}

/** Files that a message takes. */
export const maxAttachments = 20;

/** Bytes of a file that comes through the chat panel, which hands it over piece by piece. */
export const maxDroppedBytes = 100 * 1024 * 1024;

/** Bytes of such a piece. */
export const pieceBytes = 512 * 1024;

/** What is known of a file that is there; nothing where it was deleted. */
export interface FileInfo {
  fileId: string;
  name?: string;
  bytes?: number;
}

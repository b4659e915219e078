import * as vscode from 'vscode';
import { UserError } from '../../../client/errors/errors';
import type { PanelConnection } from '../panelConnection';

/** A file that the chat panel sends. */
export interface PanelFile {
  uploadId: number;
  bytes: number;
  signal: AbortSignal;
  onProgress: (progress: number) => void;
}

/**
 * Reads a file from the chat panel, one piece after the other, to bound the bytes in transit.
 * Throws if the panel cannot read the file, or sends more or less than announced.
 */
export async function readPieces(
  ask: PanelConnection['ask'],
  { uploadId, bytes, signal, onProgress }: PanelFile,
): Promise<Uint8Array<ArrayBuffer>> {
  const content = new Uint8Array(bytes);
  for (let offset = 0; offset < bytes;) {
    const piece = await ask('piece', { uploadId, offset }, signal).catch(unreadable);
    if (piece.length === 0 || piece.length > bytes - offset) return unreadable();
    content.set(piece, offset);
    offset += piece.length;
    onProgress(offset / bytes);
  }
  return content;
}

function unreadable(): never {
  throw new UserError(vscode.l10n.t('The file could not be read.'));
}

import * as vscode from 'vscode';
import { UserError } from '../../client/errors';
import { pieceBytes } from '../../protocol/attachments';
import type { HostMessage } from '../../protocol/chat';

type NeedPiece = Extract<HostMessage, { type: 'needPiece' }>;

/** A file that the chat panel hands over. */
export interface PanelFile {
  uploadId: number;
  bytes: number;
  signal: AbortSignal;
  onProgress: (progress: number) => void;
}

/** Fetches files from the chat panel, a piece after the other: no more is on its way than is asked for. */
export class Pieces {
  /** Who waits for the next piece of a file. */
  private readonly waiting = new Map<number, (data: Uint8Array | undefined) => void>();

  constructor(private readonly post: (message: NeedPiece) => void) {}

  /** All of a file; throws where the panel cannot read it, or hands over something else. */
  async read({ uploadId, bytes, signal, onProgress }: PanelFile): Promise<Uint8Array<ArrayBuffer>> {
    const content = new Uint8Array(bytes);
    for (let offset = 0; offset < bytes;) {
      const piece = await this.next(uploadId, offset, signal);
      if (!piece || piece.length === 0 || piece.length > Math.min(pieceBytes, bytes - offset)) {
        throw new UserError(vscode.l10n.t('It could not be read.'));
      }
      content.set(piece, offset);
      offset += piece.length;
      onProgress(offset / bytes);
    }
    return content;
  }

  /** Takes a piece; undefined: there is none to be had. */
  take(uploadId: number, data: Uint8Array | undefined): void {
    this.waiting.get(uploadId)?.(data);
  }

  /** The panel is another one, which has none of the files. */
  cancel(): void {
    for (const resolve of [...this.waiting.values()]) resolve(undefined);
  }

  private async next(uploadId: number, offset: number, signal: AbortSignal): Promise<Uint8Array | undefined> {
    signal.throwIfAborted();
    const stop = (): void => this.take(uploadId, undefined);
    signal.addEventListener('abort', stop);
    try {
      return await new Promise((resolve) => {
        this.waiting.set(uploadId, resolve);
        this.post({ type: 'needPiece', uploadId, offset });
      });
    } finally {
      this.waiting.delete(uploadId);
      signal.removeEventListener('abort', stop);
    }
  }
}

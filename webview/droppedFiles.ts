/** Dropped and pasted files: sent to the host piece by piece, as it requests them. */
import { pieceBytes } from '../src/protocol/attachments';
import type { ChatMessage } from '../src/protocol/chat';

/** The data types in which VS Code lists the resources being dragged. */
const uriTypes = ['application/vnd.code.uri-list', 'text/uri-list'];

export class DroppedFiles {
  private readonly files = new Map<number, File>();
  private lastId = 0;

  constructor(private readonly post: (message: ChatMessage) => void) {}

  /** Offers files to the host. */
  offer(files: readonly File[]): void {
    for (const file of files) {
      const uploadId = ++this.lastId;
      this.files.set(uploadId, file);
      this.post({ type: 'attachDropped', uploadId, name: file.name, bytes: file.size });
    }
  }

  /** Offers what was dropped: files of the operating system, or resources of VS Code. */
  offerDrop(data: DataTransfer): void {
    const files = [...data.files];
    if (files.length > 0) return this.offer(files);
    const list = uriTypes.map((type) => data.getData(type)).find((text) => text !== '');
    if (list !== undefined) this.post({ type: 'attachUris', list });
  }

  /** Reads the piece that the host asks for; throws if the file is a folder, or gone. */
  async readPiece(uploadId: number, offset: number): Promise<Uint8Array> {
    const file = this.files.get(uploadId);
    if (file === undefined) throw new Error('There is no such file.');
    const end = offset + pieceBytes;
    try {
      const bytes = new Uint8Array(await file.slice(offset, end).arrayBuffer());
      if (end >= file.size) this.files.delete(uploadId);
      return bytes;
    } catch (error) {
      this.files.delete(uploadId);
      throw error;
    }
  }
}

/** Whether the dragged data includes anything that can be attached. */
export function hasFiles(data: DataTransfer | null): boolean {
  return data?.types.some((type) => type === 'Files' || uriTypes.includes(type)) ?? false;
}

import type * as vscode from 'vscode';
import type { Attachment } from '../../protocol/attachments';

const key = 'chat.attachments';

/** Maximum number of threads; the least recently changed ones are dropped. */
const maxThreads = 100;

/** An uploaded file of an unsent message. */
type KeptAttachment = Pick<Attachment, 'name' | 'bytes' | 'isImage'> & { fileId: string };

/** The files of unsent messages by thread, stored in the workspace state. */
export class KeptAttachments {
  constructor(private readonly state: vscode.Memento) {}

  get(threadId: string | undefined): Attachment[] {
    const kept = this.all()[threadId ?? ''] ?? [];
    return kept.map((file) => ({ ...file, id: file.fileId, state: 'ready' }));
  }

  /** Stores the uploaded files; the others would have to be uploaded again. */
  async set(threadId: string | undefined, attachments: readonly Attachment[]): Promise<void> {
    const others = Object.entries(this.all()).filter(([id]) => id !== (threadId ?? ''));
    const files = attachments.flatMap(({ name, bytes, isImage, fileId }): KeptAttachment[] =>
      fileId === undefined ? [] : [{ name, bytes, isImage, fileId }],
    );
    const entries = others.slice(1 - maxThreads);
    if (files.length > 0) entries.push([threadId ?? '', files]);
    await this.state.update(key, Object.fromEntries(entries));
  }

  private all(): Record<string, KeptAttachment[]> {
    return this.state.get<Record<string, KeptAttachment[]>>(key, {});
  }
}

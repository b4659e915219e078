import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { UserError } from '../../client/errors/errors';
import { displayError } from '../../client/errors/translatedError';
import { contentOf, headOf } from '../../client/files/fileContent';
import { fileSize } from '../../client/files/fileSize';
import { imageHeadBytes, imageTypeOf } from '../../client/files/images';
import { isAgreedTo } from '../../client/errors/notices';
import type { Services } from '../../client/services';
import { maxFileBytes, uploadFile } from '../../client/files/uploads';
import { maxAttachments, maxDroppedBytes, type Attachment } from '../../protocol/attachments';
import type { HostMessage } from '../../protocol/chat';
import { urisIn } from '../trees/fileDrop';
import type { KeptAttachments } from './keptAttachments';
import type { PanelConnection } from './panelConnection';
import { readPieces } from './feeds/pieces';

/** Maximum bytes of an image that the model sees; larger ones are attached as files. */
const maxImageBytes = 20 * 1024 * 1024;

/** Maximum characters of a file's name; longer ones are cut. */
const maxNameLength = 255;

/** The chat that the files are attached in. */
export interface AttachingChat {
  readonly selection: { threadId?: string };
  /** Identifies its files while it shows no thread. */
  readonly draftId: string;
  post(message: HostMessage): void;
  readonly ask: PanelConnection['ask'];
}

/** A file to attach. */
interface NewAttachment {
  name: string;
  bytes: number;
  /** Maximum bytes. */
  limit: number;
  read: (signal: AbortSignal, onProgress: (progress: number) => void) => Promise<Blob>;
}

/** The files of the message that is being written in a chat: uploads them, and stores them with the draft. */
export class Attachments implements vscode.Disposable {
  private readonly lists = new Map<string, Attachment[]>();
  /** Cancels uploads in progress, by attachment id. */
  private readonly uploads = new Map<string, AbortController>();

  constructor(
    private readonly services: Services,
    private readonly kept: KeptAttachments,
    private readonly chat: AttachingChat,
  ) {}

  /** Sends the panel the files of the thread shown. */
  show(): void {
    const { threadId } = this.chat.selection;
    const attachments = this.of(threadId);
    this.chat.post({ type: 'attachments', threadId: threadId ?? null, attachments });
  }

  /** The files attached in a thread, or in the new thread. */
  of(threadId: string | undefined): Attachment[] {
    const key = threadId ?? '';
    const list = this.lists.get(key) ?? this.kept.get(threadId ?? this.chat.draftId);
    this.lists.set(key, list);
    return list;
  }

  /** Clears the files of a message that was sent. */
  async sent(threadId: string | undefined): Promise<void> {
    await this.change(threadId, () => []);
  }

  /** Moves the files of an unsent message to another thread. */
  async move(from: string | undefined, to: string): Promise<void> {
    const files = this.of(from);
    if (files.length === 0) return;
    await this.change(from, () => []);
    await this.change(to, (list) => [...list, ...files]);
  }

  /** Attaches a file that was dropped or pasted into the panel. */
  async takeDropped(uploadId: number, name: string, bytes: number): Promise<void> {
    await this.add({
      name,
      bytes,
      limit: maxDroppedBytes,
      read: async (signal, onProgress) =>
        new Blob([await readPieces(this.chat.ask, { uploadId, bytes, signal, onProgress })]),
    });
  }

  /** Attaches files that were dragged from VS Code; asks before it reads files outside the workspace. */
  async takeUris(list: string): Promise<void> {
    const uris = urisIn(list);
    const outside = uris.filter((uri) => !vscode.workspace.getWorkspaceFolder(uri));
    const isAgreed = outside.length === 0 || (await isConfirmed(outside));
    await this.takeFiles(isAgreed ? uris : uris.filter((uri) => !outside.includes(uri)));
  }

  /** Lets the user choose files. */
  async pick(): Promise<void> {
    const title = vscode.l10n.t('Attach Files');
    const chosen = await vscode.window.showOpenDialog({ title, openLabel: title, canSelectMany: true });
    await this.takeFiles(chosen ?? []);
  }

  /** Removes an attachment, and deletes its file if it is uploaded. */
  async remove(id: string): Promise<void> {
    const { threadId } = this.chat.selection;
    const found = this.of(threadId).find((attachment) => attachment.id === id);
    this.uploads.get(id)?.abort();
    await this.change(threadId, (list) => list.filter((attachment) => attachment.id !== id));
    if (found?.fileId !== undefined) await this.services.client.files.delete(found.fileId);
  }

  dispose(): void {
    for (const upload of this.uploads.values()) upload.abort();
  }

  /** Attaches files. */
  async takeFiles(uris: readonly vscode.Uri[]): Promise<void> {
    await Promise.all(uris.slice(0, maxAttachments).map((uri) => this.takeFile(uri)));
    if (uris.length > maxAttachments) throw tooMany();
  }

  private async takeFile(uri: vscode.Uri): Promise<void> {
    const name = uri.path.split('/').at(-1) ?? '';
    const { type, size } = await vscode.workspace.fs.stat(uri);
    if (type & vscode.FileType.Directory) {
      throw new UserError(
        vscode.l10n.t(
          '{0} is a folder. Use “Add to Assistant’s Knowledge…” to give its files to an assistant.',
          name,
        ),
      );
    }
    await this.add({ name, bytes: size, limit: maxFileBytes, read: () => contentOf(uri) });
  }

  private async add({ name, bytes, limit, read }: NewAttachment): Promise<void> {
    const { threadId } = this.chat.selection;
    if (this.of(threadId).length >= maxAttachments) throw tooMany();
    const id = randomUUID();
    const shortName = name.slice(0, maxNameLength);
    const begun: Attachment = { id, name: shortName, bytes, isImage: false, state: 'uploading' };
    await this.change(threadId, (list) => [...list, begun]);
    const error = sizeErrorOf(bytes, limit);
    if (error !== undefined) return this.update(threadId, id, { state: 'failed', error });

    const upload = new AbortController();
    this.uploads.set(id, upload);
    try {
      const content = await read(upload.signal, (progress) => {
        this.update(threadId, id, { progress }).catch(this.services.reporter.log);
      });
      await this.store(threadId, { id, name: shortName, content }, upload.signal);
    } catch (error) {
      if (!upload.signal.aborted) {
        await this.update(threadId, id, { state: 'failed', error: displayError(error) });
      }
    } finally {
      this.uploads.delete(id);
    }
  }

  private async store(
    threadId: string | undefined,
    { id, name, content }: { id: string; name: string; content: Blob },
    signal: AbortSignal,
  ): Promise<void> {
    const { client } = this.services;
    const isImage =
      content.size <= maxImageBytes && imageTypeOf(await headOf(content, imageHeadBytes)) !== undefined;
    const purpose = isImage ? 'vision' : 'assistants';
    const file = await uploadFile(client, { name, content, purpose }, signal);
    if (signal.aborted) await client.files.delete(file.id);
    else await this.update(threadId, id, { state: 'ready', isImage, fileId: file.id, bytes: content.size });
  }

  private async update(threadId: string | undefined, id: string, fields: Partial<Attachment>): Promise<void> {
    await this.change(threadId, (list) => list.map((one) => (one.id === id ? { ...one, ...fields } : one)));
  }

  private async change(
    threadId: string | undefined,
    act: (list: Attachment[]) => Attachment[],
  ): Promise<void> {
    const before = this.of(threadId);
    const list = act(before);
    this.lists.set(threadId ?? '', list);
    if (threadId === this.chat.selection.threadId) this.show();
    if (filesOf(list) !== filesOf(before)) await this.kept.set(threadId ?? this.chat.draftId, list);
  }
}

/** Identifies the uploaded files of a list, which are all that is stored. */
function filesOf(list: readonly Attachment[]): string {
  return list.flatMap(({ fileId }) => fileId ?? []).join();
}

function sizeErrorOf(bytes: number, limit: number): string | undefined {
  if (bytes === 0) return vscode.l10n.t('The file is empty.');
  return bytes > limit ? vscode.l10n.t('The file is larger than {0}.', fileSize(limit)) : undefined;
}

function tooMany(): UserError {
  return new UserError(vscode.l10n.t('A message can have at most {0} files.', maxAttachments));
}

/** Confirms files outside the workspace: the list comes from the webview, which is not trusted. */
function isConfirmed(outside: readonly vscode.Uri[]): Promise<boolean> {
  const question = vscode.l10n.t('Attach files from outside the workspace?');
  return isAgreedTo(question, outside.map((uri) => uri.fsPath).join('\n'), vscode.l10n.t('Attach'));
}

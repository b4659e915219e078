import type OpenAI from 'openai';
import type { FileObject } from 'openai/resources/files';
import * as vscode from 'vscode';
import { ObjectFileSystem } from './objectFileSystem';

const scheme = 'assistants-file';

/** The files of the assistants as VS Code opens files: an image in the image preview, a table as text. */
export class AssistantFiles extends ObjectFileSystem {
  constructor(private readonly client: OpenAI) {
    super(scheme, { isReadonly: true });
  }

  /** Opens a file in the editor that is there for its kind. */
  async open(fileId: string): Promise<FileObject> {
    const file = await this.client.files.retrieve(fileId);
    await vscode.commands.executeCommand('vscode.open', uriOf(file), { preview: false });
    return file;
  }

  /** Writes a file to a place outside, in its own bytes. */
  async save(fileId: string, target: vscode.Uri): Promise<void> {
    await vscode.workspace.fs.writeFile(target, await this.content(fileId));
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { created_at, bytes } = await this.request(uri, (id) => this.client.files.retrieve(id));
    // A file does not change once it is there.
    const time = created_at * 1000;
    return { type: vscode.FileType.File, ctime: time, mtime: time, size: bytes };
  }

  readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return this.request(uri, (id) => this.content(id));
  }

  private async content(fileId: string): Promise<Uint8Array> {
    const response = await this.client.files.content(fileId);
    return new Uint8Array(await response.arrayBuffer());
  }
}

/** A file's own name, as far as it may be one here: it may have been given by a model. */
export function safeName({ id, filename }: Pick<FileObject, 'id' | 'filename'>): string {
  const last = filename.split(/[\\/]/).at(-1) ?? '';
  // Characters that turn a name around, or that nobody sees, would make one file look like another.
  const name = last.replace(/[\p{Cc}\p{Bidi_Control}\u200b\u2060\ufeff:*?"<>|]+/gu, '_').trim();
  return /^\.*$/.test(name) ? id : name;
}

function uriOf(file: FileObject): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `/${file.id}/${safeName(file)}` });
}

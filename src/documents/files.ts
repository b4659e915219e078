import type OpenAI from 'openai';
import type { FileObject } from 'openai/resources/files';
import * as vscode from 'vscode';
import { ObjectFileSystem } from './objectFileSystem';

const scheme = 'assistants-file';

/** Opens API files like other files in VS Code: an image in the image preview, a table as text. */
export class AssistantFiles extends ObjectFileSystem {
  constructor(private readonly client: OpenAI) {
    super(scheme, { isReadonly: true });
  }

  /** Opens a file in the default editor for its type. */
  async open(fileId: string): Promise<FileObject> {
    const file = await this.client.files.retrieve(fileId);
    await vscode.commands.executeCommand('vscode.open', uriOf(file), { preview: false });
    return file;
  }

  /** Saves a file, byte for byte, under another URI. */
  async save(fileId: string, target: vscode.Uri): Promise<void> {
    await vscode.workspace.fs.writeFile(target, await this.content(fileId));
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { created_at, bytes } = await this.request(uri, (id) => this.client.files.retrieve(id));
    // An uploaded file never changes.
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

/** A file's name, made safe to display and to use in a path: it may come from a model. */
export function safeName({ id, filename }: Pick<FileObject, 'id' | 'filename'>): string {
  const last = filename.split(/[\\/]/).at(-1) ?? '';
  // Bidirectional and invisible characters could make one file look like another.
  const name = last.replace(/[\p{Cc}\p{Bidi_Control}\u200b\u2060\ufeff:*?"<>|]+/gu, '_').trim();
  return /^\.*$/.test(name) ? id : name;
}

function uriOf(file: FileObject): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `/${file.id}/${safeName(file)}` });
}

import type OpenAI from 'openai';
import * as vscode from 'vscode';
import { ObjectFileSystem } from './objectFileSystem';

/** The files behind the forms of assistants: what a form shows, as JSON. Forms are saved by themselves. */
export class AssistantObjects extends ObjectFileSystem {
  constructor(
    scheme: string,
    private readonly client: OpenAI,
  ) {
    super(scheme);
  }

  stat(): Promise<vscode.FileStat> {
    return Promise.resolve({ type: vscode.FileType.File, ctime: 0, mtime: 0, size: 0 });
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const assistant = await this.request(uri, (id) => this.client.beta.assistants.retrieve(id));
    return Buffer.from(`${JSON.stringify(assistant, null, 2)}\n`);
  }
}

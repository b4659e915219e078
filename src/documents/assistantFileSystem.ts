import { createHash } from 'node:crypto';
import type OpenAI from 'openai';
import type { Assistant, AssistantUpdateParams } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import type { ChangeFeed } from '../client/changes';
import { UserError } from '../client/errors/errors';
import { assistantName } from '../client/objects/titles';
import { idOf, ObjectFileSystem } from './objectFileSystem';

/** A text as last read from the service. */
interface Version {
  text: string;
  /** Milliseconds since the epoch at which the text was first read; greater than that of any earlier text. */
  since: number;
}

/**
 * A file system with one file for each assistant, which shows a part of it. A file that was changed
 * elsewhere after it was opened is not overwritten: VS Code shows a conflict.
 */
export abstract class AssistantFileSystem extends ObjectFileSystem {
  /** By assistant id. */
  private readonly versions = new Map<string, Version>();

  protected constructor(
    protected readonly scheme: string,
    private readonly client: OpenAI,
    changes: ChangeFeed,
  ) {
    super(scheme);
    this.disposables.add(
      changes.onDidChange(({ resource, id }) => {
        if (resource === 'assistants' && id !== undefined) this.notifyChanged(id);
      }),
    );
  }

  /** The text of an assistant's file. */
  protected abstract textOf(assistant: Assistant): string;

  /**
   * Parses a text that is to be saved, and returns what it changes in the assistant's present state. Throws
   * a `FileSystemError` if the text is invalid.
   */
  protected abstract parse(text: string): Promise<(assistant: Assistant) => AssistantUpdateParams>;

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { text, since } = await this.read(uri);
    // VS Code sees a conflict only if time and size changed, so the size differs for texts of equal length.
    return { type: vscode.FileType.File, ctime: 0, mtime: since, size: text.length + fingerprint(text) };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return Buffer.from((await this.read(uri)).text);
  }

  override async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    const paramsFor = await this.parse(Buffer.from(content).toString());
    await this.request(uri, async (id) => {
      const assistant = await this.client.beta.assistants.retrieve(id);
      // VS Code has just compared the version that it edited with the one that `stat` read.
      if (this.versions.get(id)?.text !== this.textOf(assistant)) throw changedMeanwhile(assistant);
      await this.client.beta.assistants.update(id, paramsFor(assistant));
    });
  }

  private async read(uri: vscode.Uri): Promise<Version> {
    const assistant = await this.request(uri, (id) => this.client.beta.assistants.retrieve(id));
    const text = this.textOf(assistant);
    const known = this.versions.get(assistant.id);
    if (known?.text === text) return known;
    const version = { text, since: Math.max(Date.now(), (known?.since ?? 0) + 1) };
    this.versions.set(assistant.id, version);
    return version;
  }

  /** Makes VS Code re-read the open documents of an assistant. */
  private notifyChanged(id: string): void {
    const open = vscode.workspace.textDocuments.filter(
      ({ uri }) => uri.scheme === this.scheme && idOf(uri) === id,
    );
    this.changeEmitter.fire(open.map(({ uri }) => ({ type: vscode.FileChangeType.Changed, uri })));
  }
}

/** A number below 2^20 (1 MB as a size) that depends on the text alone, so that it survives a reload. */
function fingerprint(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 3) >> 4;
}

function changedMeanwhile(assistant: Assistant): UserError {
  return new UserError(
    vscode.l10n.t('{0} was changed elsewhere at this moment. Save again.', assistantName(assistant)),
  );
}

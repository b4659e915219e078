import { createHash } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import * as vscode from 'vscode';

/**
 * The bytes of a file. One of this computer's disk is read as its bytes are asked for, and fails where it has
 * changed since; of other places VS Code hands over all at once.
 */
export async function contentOf(uri: vscode.Uri): Promise<Blob> {
  if (uri.scheme === 'file') {
    // Says what is wrong, which a blob does not.
    await access(uri.fsPath, constants.R_OK);
    return openAsBlob(uri.fsPath);
  }
  return new Blob([await vscode.workspace.fs.readFile(uri)]);
}

/** The first bytes of a file. */
export async function headOf(content: Blob, bytes: number): Promise<Buffer> {
  return Buffer.from(await content.slice(0, bytes).arrayBuffer());
}

/** The beginning of the SHA-256 of a file: enough to see that it has changed. */
export async function contentHash(content: Blob): Promise<string> {
  const hash = createHash('sha256');
  const parts: ReadableStream<Uint8Array> = content.stream();
  for await (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 16);
}

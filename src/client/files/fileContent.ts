import { createHash } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import * as vscode from 'vscode';

/**
 * The bytes of a file. A local file is read lazily, and reading fails if it has changed since; a file of
 * another file system is read into memory.
 */
export async function contentOf(uri: vscode.Uri): Promise<Blob> {
  if (uri.scheme === 'file') {
    // Rejects with a clear error, unlike the blob.
    await access(uri.fsPath, constants.R_OK);
    return openAsBlob(uri.fsPath);
  }
  return new Blob([await vscode.workspace.fs.readFile(uri)]);
}

/** The first bytes of a file. */
export async function headOf(content: Blob, bytes: number): Promise<Buffer> {
  return Buffer.from(await content.slice(0, bytes).arrayBuffer());
}

/** The first 16 hex digits of a file's SHA-256: enough to detect a change. */
export async function contentHash(content: Blob): Promise<string> {
  const hash = createHash('sha256');
  const parts: ReadableStream<Uint8Array> = content.stream();
  for await (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 16);
}

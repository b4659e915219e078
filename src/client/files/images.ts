import type OpenAI from 'openai';
import * as vscode from 'vscode';
import type { FileInfo, ImageFile } from '../../protocol/attachments';
import { describeError } from '../errors/errors';

/** Maximum bytes of an image in the chat; a larger one can be opened in an editor. */
const maxImageBytes = 8 * 1024 * 1024;

/** Number of leading bytes that identify an image. */
export const imageHeadBytes = 16;

/** Reads an image for the chat; its type is detected from its bytes, not its name. Errors are returned as text. */
export async function readImage(client: OpenAI, fileId: string): Promise<ImageFile> {
  try {
    const { filename: name, bytes } = await client.files.retrieve(fileId);
    const tooLarge = { fileId, name, error: vscode.l10n.t('This image is too large to show in the chat.') };
    if (bytes > maxImageBytes) return tooLarge;
    const response = await client.files.content(fileId);
    const content = Buffer.from(await response.arrayBuffer());
    if (content.length > maxImageBytes) return tooLarge;
    const type = imageTypeOf(content);
    if (!type)
      return { fileId, name, error: vscode.l10n.t('This file is not an image that the chat can show.') };
    return { fileId, name, dataUrl: `data:${type};base64,${content.toString('base64')}` };
  } catch (error) {
    return { fileId, error: describeError(error) };
  }
}

/** A file's name and size, for the chat; without both if it cannot be read, for example after its deletion. */
export async function readFileInfo(client: OpenAI, fileId: string): Promise<FileInfo> {
  try {
    const { filename: name, bytes } = await client.files.retrieve(fileId);
    return { fileId, name, bytes };
  } catch {
    return { fileId };
  }
}

/** The media type of an image by its first bytes; undefined if the chat cannot show it. */
export function imageTypeOf(content: Buffer): string | undefined {
  const startsWith = (text: string, offset = 0): boolean =>
    content.toString('latin1', offset, offset + text.length) === text;
  if (startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (startsWith('GIF87a') || startsWith('GIF89a')) return 'image/gif';
  if (startsWith('RIFF') && startsWith('WEBP', 8)) return 'image/webp';
  return undefined;
}

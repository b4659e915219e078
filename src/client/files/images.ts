import type OpenAI from 'openai';
import * as vscode from 'vscode';
import type { FileInfo, ImageFile } from '../../protocol/attachments';
import { describeError } from '../errors';

/** Bytes an image in the chat may have; a larger one is opened in an editor. */
const maxImageBytes = 8 * 1024 * 1024;

/** So many of its first bytes tell an image. */
export const imageHeadBytes = 16;

/** An image of the assistants' files, for the chat to show; it is told by its bytes, not by its name. */
export async function readImage(client: OpenAI, fileId: string): Promise<ImageFile> {
  try {
    const { filename: name, bytes } = await client.files.retrieve(fileId);
    const tooLarge = { fileId, name, problem: vscode.l10n.t('This image is too large for the chat.') };
    if (bytes > maxImageBytes) return tooLarge;
    const response = await client.files.content(fileId);
    const content = Buffer.from(await response.arrayBuffer());
    if (content.length > maxImageBytes) return tooLarge;
    const type = imageTypeOf(content);
    if (!type) return { fileId, name, problem: vscode.l10n.t('This file is no image the chat can show.') };
    return { fileId, name, dataUrl: `data:${type};base64,${content.toString('base64')}` };
  } catch (error) {
    return { fileId, problem: describeError(error) };
  }
}

/** A file's name and size, for the chat; one that was deleted has neither. */
export async function readFileInfo(client: OpenAI, fileId: string): Promise<FileInfo> {
  try {
    const { filename: name, bytes } = await client.files.retrieve(fileId);
    return { fileId, name, bytes };
  } catch {
    return { fileId };
  }
}

/** The media type of an image by its first bytes; undefined where it is none of those shown. */
export function imageTypeOf(content: Buffer): string | undefined {
  const startsWith = (text: string, offset = 0): boolean =>
    content.toString('latin1', offset, offset + text.length) === text;
  if (startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (startsWith('GIF87a') || startsWith('GIF89a')) return 'image/gif';
  if (startsWith('RIFF') && startsWith('WEBP', 8)) return 'image/webp';
  return undefined;
}

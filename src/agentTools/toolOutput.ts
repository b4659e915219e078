import { shortenText } from '../engine/text/shortenText';

/** What a tool returns to the agent that called it. */
export interface ToolOutput {
  text: string;
  images: ToolFile[];
  /** Files other than the images, without those that are too large to be returned. */
  files: ToolFile[];
}

export interface ToolFile {
  /** A name, or a relative path with `/` as separator. */
  name: string;
  mimeType: string;
  data: Uint8Array;
}

/** A tool cannot do what it was asked for. The message is for the model: what is wrong, and what would be right. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}

/** Tokens of text that a tool returns at most, unless its caller sets another limit. */
const maxTokens = 12_000;

/** Shortens a text to what a tool may return; `advice` says how to get the rest. */
export function boundedText(text: string, advice: string, budget = maxTokens): string {
  return shortenText(text, Math.min(budget, maxTokens), advice).text;
}

/** Lines of a list, such as of files, that a tool returns at most. */
const maxLines = 100;

/** Shortens a list, and says how many are left out. */
export function boundedLines(lines: readonly string[]): string[] {
  const left = lines.length - maxLines;
  return left > 0 ? [...lines.slice(0, maxLines), `[And ${left} more]`] : [...lines];
}

const mimeTypes: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  svg: 'image/svg+xml',
  csv: 'text/csv',
  htm: 'text/html',
  html: 'text/html',
  json: 'application/json',
  md: 'text/markdown',
  pdf: 'application/pdf',
  txt: 'text/plain',
  xml: 'application/xml',
  zip: 'application/zip',
};

/** The media type of a file by the ending of its name. */
export function mimeTypeOf(name: string): string {
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  return Object.hasOwn(mimeTypes, ending) ? mimeTypes[ending]! : 'application/octet-stream';
}

/** The media type of an image by its first bytes: its name may say anything. */
export function imageTypeOf(data: Uint8Array): string {
  const start = Buffer.from(data.subarray(0, 12)).toString('latin1');
  if (start.startsWith('\x89PNG')) return 'image/png';
  if (start.startsWith('GIF8')) return 'image/gif';
  return start.startsWith('RIFF') ? 'image/webp' : 'image/jpeg';
}

/** The text of a file; undefined if it is not valid UTF-8. */
export function textOf({ data }: ToolFile): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(data);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

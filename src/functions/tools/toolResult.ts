import * as vscode from 'vscode';

/** A binary part, whose class is missing in the oldest supported versions of VS Code. */
interface DataPart {
  mimeType: string;
  data: Uint8Array;
}

/** The result of a tool as text, the only output that functions of the API can have. */
export function resultText({ content }: vscode.LanguageModelToolResult): string {
  return content.map(partText).filter(Boolean).join('\n');
}

function partText(part: unknown): string {
  if (part instanceof vscode.LanguageModelTextPart) return part.value;
  if (part instanceof vscode.LanguageModelPromptTsxPart) return promptText(part.value);
  if (isDataPart(part)) return dataText(part);
  return JSON.stringify(part) ?? '';
}

function isDataPart(part: unknown): part is DataPart {
  if (typeof part !== 'object' || part === null) return false;
  const { mimeType, data } = part as Partial<DataPart>;
  return typeof mimeType === 'string' && data instanceof Uint8Array;
}

function dataText({ mimeType, data }: DataPart): string {
  const isText = /^text\/|[/+]json$/.test(mimeType);
  return isText ? Buffer.from(data).toString() : `[${mimeType}, ${data.byteLength} bytes]`;
}

/** The text of an element that @vscode/prompt-tsx has rendered to JSON; anything else as JSON. */
function promptText(value: unknown): string {
  const node = field(value, 'node');
  if (node === undefined) return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return nodeText(node).trim();
}

function nodeText(node: unknown): string {
  const text = field(node, 'text');
  if (typeof text === 'string') return field(node, 'lineBreakBefore') ? `\n${text}` : text;
  const children = field(node, 'children');
  return Array.isArray(children) ? children.map(nodeText).join('') : '';
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

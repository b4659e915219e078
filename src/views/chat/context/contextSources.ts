import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import { UserError } from '../../../client/errors/errors';
import { maybeBinary } from '../../../client/files/documentFormats';
import { cellName } from '../../../client/files/documentName';
import { contentOf, headOf } from '../../../client/files/fileContent';
import { textLimits } from '../../../client/limits';
import type { ContextHeading, ContextKind } from '../../../protocol/context';
import { workingTreeDiff } from './workingTree';

/** A text document; `cell` counts the cells of a notebook from 0. */
interface DocumentSource {
  uri: string;
  cell?: number;
}

/** An excerpt of a document. It is found again by its text, which may have moved since it was added. */
export interface LinesSource extends DocumentSource {
  kind: 'lines';
  /** Counted from 1. */
  firstLine: number;
  lastLine: number;
  /** Offset in the document, and length, both with `\n` at the end of lines. */
  start: number;
  length: number;
  /** The beginning of the excerpt, and the hash of all of it. */
  head: string;
  hash: string;
}

/** Where an item's text comes from. Documents are read when the message is sent; an output is kept as it was. */
export type Source =
  | ({ kind: 'file' | 'cell' | 'problems' } & DocumentSource)
  | LinesSource
  | { kind: 'terminal'; name: string; text: string }
  | { kind: 'diff'; uri: string };

/** An item's text as it is now. */
export interface ContextText {
  heading: ContextHeading;
  text: string;
  /** The language of its fence. */
  language: string;
  /** Where an excerpt is now, if it has moved. */
  moved?: LinesSource;
}

/** Bytes at the beginning of a file that tell text from other files. */
const sniffedBytes = 8_000;
/** Bytes of the largest text that could fit into a message: no character is longer in UTF-8. */
const maxBytes = 4 * textLimits.message;
/** Characters of the beginning of an excerpt. */
const headLength = 200;
/** Places at which an excerpt may be that are looked for, and those that are looked at. */
const maxPlaces = 10_000;
const maxHashed = 50;

/** The error of an item that does not fit into a message. */
export function tooLong(name: string): UserError {
  const limit = textLimits.message.toLocaleString(vscode.env.language);
  return new UserError(
    vscode.l10n.t('{0} is too long to send: a message can have at most {1} characters.', name, limit),
  );
}

/** Whether two sources are the same place. */
export function isSame(one: Source, other: Source): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The range of a document as a source. Throws a UserError if it is too long. */
export function linesSource(document: vscode.TextDocument, range: vscode.Range, place: DocumentSource) {
  const size = document.offsetAt(range.end) - document.offsetAt(range.start);
  if (size > textLimits.message) throw tooLong(nameOf(place));
  const text = normalised(document.getText(range));
  const before = document.getText(new vscode.Range(new vscode.Position(0, 0), range.start));
  const source: LinesSource = {
    kind: 'lines',
    ...place,
    firstLine: range.start.line + 1,
    lastLine: lastLineOf(range),
    start: normalised(before).length,
    length: text.length,
    head: text.slice(0, headLength),
    hash: hashOf(text),
  };
  return source;
}

/** Reads an item's text. Throws a UserError that names it if that is not possible. */
export async function readSource(source: Source): Promise<ContextText> {
  switch (source.kind) {
    case 'terminal':
      return { heading: { kind: 'terminal', name: source.name }, text: source.text, language: '' };
    case 'diff':
      return {
        heading: { kind: 'diff', name: nameOf(source) },
        text: await workingTreeDiff(source.uri),
        language: 'diff',
      };
    case 'problems':
      return { heading: headingOf('problems', source), text: problemsOf(source), language: '' };
    case 'lines': {
      const { text, language } = await readDocument(source);
      const found = findExcerpt(text, source);
      if (found === undefined) {
        throw new UserError(
          vscode.l10n.t(
            '{0} has changed since it was added. Remove it, or add it again.',
            sourceLabel(source),
          ),
        );
      }
      const { lines, start } = found;
      const moved = start === source.start ? undefined : { ...source, ...lines, start };
      return { heading: { ...headingOf('lines', source), ...lines }, text: found.text, language, moved };
    }
    default:
      return { heading: headingOf(source.kind, source), ...(await readDocument(source)) };
  }
}

/** Whether a file is one of text: those that are larger than a message can have count as such unless they are known formats. */
export async function isTextFile(uri: vscode.Uri): Promise<boolean> {
  if (maybeBinary.test(uri.path) && !/\.(ipynb|rtf|eml|mht|mhtml)$/i.test(uri.path)) return false;
  if (vscode.workspace.textDocuments.some((one) => one.uri.toString() === uri.toString())) return true;
  if (uri.scheme !== 'file' && (await vscode.workspace.fs.stat(uri)).size > maxBytes) return true;
  return !(await headOf(await contentOf(uri), sniffedBytes)).includes(0);
}

/** What a chip shows for a source: `a.ts:3-5`. */
export function sourceLabel(source: Source): string {
  if (source.kind === 'terminal') return vscode.l10n.t('Output of {0}', source.name);
  if (source.kind === 'diff') return vscode.l10n.t('Changes in {0}', nameOf(source));
  const base = nameOf(source).split(/[\\/]/).at(-1) ?? '';
  if (source.kind === 'problems') return vscode.l10n.t('Problems of {0}', base);
  if (source.kind !== 'lines') return base;
  const { firstLine, lastLine } = source;
  return firstLine === lastLine ? `${base}:${firstLine}` : `${base}:${firstLine}-${lastLine}`;
}

/** The full name of a source: a path, if it has one. */
export function nameOf(source: DocumentSource | Source): string {
  if ('name' in source) return source.name;
  const uri = vscode.Uri.parse(source.uri);
  if ('cell' in source && source.cell !== undefined) return cellName({ notebook: uri, cell: source.cell });
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  // The path of a folder of the workspace, as relative to itself, would be all of it.
  if (folder?.uri.toString() === uri.toString()) return folder.name;
  return vscode.workspace.asRelativePath(uri);
}

function headingOf(kind: ContextKind, source: DocumentSource): ContextHeading {
  return { kind, name: nameOf(source) };
}

/** A document's text with `\n` at the end of lines, also while it is edited and not stored. */
async function readDocument(source: DocumentSource): Promise<{ text: string; language: string }> {
  const uri = vscode.Uri.parse(source.uri);
  const open = await openDocument(uri, source.cell);
  if (open !== undefined) {
    const { lineCount } = open;
    if (open.offsetAt(open.lineAt(lineCount - 1).range.end) > textLimits.message)
      throw tooLong(nameOf(source));
    return { text: normalised(open.getText()), language: fenceLanguage(open.languageId) };
  }
  if (uri.scheme === 'untitled') throw new UserError(vscode.l10n.t('{0} is no longer open.', nameOf(source)));
  const bytes = await readFile(uri, nameOf(source));
  if (bytes.includes(0)) throw new UserError(vscode.l10n.t('{0} is not a text file.', nameOf(source)));
  const text = normalised(await vscode.workspace.decode(bytes, { uri }));
  if (text.length > textLimits.message) throw tooLong(nameOf(source));
  return { text, language: /\.([a-z0-9+#_-]{1,16})$/i.exec(uri.path)?.[1]?.toLowerCase() ?? '' };
}

async function openDocument(
  uri: vscode.Uri,
  cell: number | undefined,
): Promise<vscode.TextDocument | undefined> {
  const address = uri.toString();
  if (cell === undefined) return vscode.workspace.textDocuments.find((one) => one.uri.toString() === address);
  const known = vscode.workspace.notebookDocuments.find((one) => one.uri.toString() === address);
  const notebook = known ?? (await vscode.workspace.openNotebookDocument(uri));
  if (cell < notebook.cellCount) return notebook.cellAt(cell).document;
  throw new UserError(vscode.l10n.t('{0} no longer exists.', cellName({ notebook: uri, cell })));
}

async function readFile(uri: vscode.Uri, name: string): Promise<Uint8Array> {
  try {
    const { size, type } = await vscode.workspace.fs.stat(uri);
    if (size > maxBytes) throw tooLong(name);
    if ((type & vscode.FileType.File) === 0)
      throw new UserError(vscode.l10n.t('{0} is not a text file.', name));
    return await vscode.workspace.fs.readFile(uri);
  } catch (error) {
    const isGone = error instanceof vscode.FileSystemError && error.code === 'FileNotFound';
    throw isGone ? new UserError(vscode.l10n.t('{0} no longer exists.', name)) : error;
  }
}

/** The excerpt where it is now: at its place, or else where the same text is that is nearest to it. */
function findExcerpt(text: string, { start, length, head, hash }: LinesSource) {
  const nearest = placesOf(head, text).sort((a, b) => Math.abs(a - start) - Math.abs(b - start));
  const at = nearest.slice(0, maxHashed).find((place) => hashOf(text.slice(place, place + length)) === hash);
  if (at === undefined) return undefined;
  const excerpt = text.slice(at, at + length);
  const firstLine = linesIn(text.slice(0, at)) + 1;
  const lastLine = firstLine + linesIn(excerpt.replace(/\n$/, ''));
  return { text: excerpt, start: at, lines: { firstLine, lastLine } };
}

function placesOf(words: string, text: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(words); at >= 0 && places.length < maxPlaces; at = text.indexOf(words, at + 1)) {
    places.push(at);
  }
  return places;
}

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}

const severities = ['error', 'warning', 'information', 'hint'];

function problemsOf({ uri }: DocumentSource): string {
  const problems = vscode.languages.getDiagnostics(vscode.Uri.parse(uri));
  if (problems.length === 0) return 'No problems.';
  return problems
    .map(({ range, severity, message, source, code }) => {
      const id = typeof code === 'object' ? code.value : code;
      const origin = [source, id === undefined ? '' : `(${id})`].filter(Boolean).join(' ');
      const { line, character } = range.start;
      return `${line + 1}:${character + 1} ${severities[severity] ?? 'error'}: ${message}${origin && ` [${origin}]`}`;
    })
    .join('\n');
}

function fenceLanguage(languageId: string): string {
  return languageId === 'plaintext' ? '' : languageId;
}

function normalised(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

/** The last line of a range, from 1. One that ends at the start of a line does not include it. */
export function lastLineOf({ start, end }: vscode.Range): number {
  return end.character === 0 && end.line > start.line ? end.line : end.line + 1;
}

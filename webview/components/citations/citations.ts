/** The passages that a message cites, and their numbers. */
import type { FileCitationAnnotation, Message } from 'openai/resources/beta/threads/messages';
import type { Citation } from '../../../src/protocol/text/citations';
import type { ChatStrings } from '../../../src/protocol/strings';
import { fill } from '../../context';
import { displayName } from '../files/fileNames';

/** A passage that a message cites, once or several times. */
export interface CitedPassage {
  /** From 1, in the order of the text. */
  number: number;
  /** The index of its first citation in the message; identifies it to the host. */
  index: number;
  fileId: string;
  /** The file's name in the mark; may be empty. */
  name: string;
}

/** The passages that a message cites, by the source text of their marks. */
export type CitedPassages = ReadonlyMap<string, CitedPassage>;

/** An incomplete mark at the end of a text. */
const openMark = /【(?:\d{0,9}|\d{1,9}:\d{0,9}|\d{1,9}(?::\d{1,9})?†[^【】\n]{0,300})$/;

/** The passages that a message cites, numbered; the same passage has the same number. */
export function citedPassages({ content }: Message): CitedPassages {
  const byMark = new Map<string, CitedPassage>();
  const byPassage = new Map<string, CitedPassage>();
  citationsOf(content).forEach((annotation, index) => {
    const { text: mark } = annotation;
    const fileId = annotation.file_citation.file_id;
    const key = `${/^【([\d:]+)†/.exec(mark)?.[1] ?? mark} ${fileId}`;
    const known = byPassage.get(key);
    const passage = known ?? { number: byPassage.size + 1, index, fileId, name: nameIn(mark) };
    byPassage.set(key, passage);
    if (!byMark.has(mark)) byMark.set(mark, passage);
  });
  return byMark;
}

/** Whether there may be marks in a message. */
export function hasMarks({ content }: Message): boolean {
  return content.some((part) => part.type === 'text' && part.text.value.includes('【'));
}

/** Removes an incomplete mark from the end of a streamed text. */
export function withoutOpenMark(text: string): string {
  return text.replace(openMark, '');
}

/** Replaces the marks in a text with their numbers. */
export function withNumbers(text: string, cited: CitedPassages): string {
  const marks = [...cited.keys()].filter((mark) => !/^【[^【】]*】$/.test(mark));
  const withSome = text.replace(/【[^【】]*】/g, (mark) => numberOf(mark, cited) ?? mark);
  return marks.reduce((result, mark) => result.replaceAll(mark, () => numberOf(mark, cited)!), withSome);
}

function numberOf(mark: string, cited: CitedPassages): string | undefined {
  const passage = cited.get(mark);
  return passage && `[${passage.number}]`;
}

/** Each passage once, in the order of the numbers. */
export function uniquePassages(cited: CitedPassages): CitedPassage[] {
  return [...new Set(cited.values())];
}

/** The first passage cited of each file. */
export function citedFiles(cited: CitedPassages): CitedPassage[] {
  const files = new Map<string, CitedPassage>();
  for (const passage of cited.values()) {
    if (!files.has(passage.fileId)) files.set(passage.fileId, passage);
  }
  return [...files.values()];
}

/** A cited file's name: from the file if it is known, else from the mark. */
export function citedName({ name, fileId }: CitedPassage, known: Citation | undefined): string {
  return displayName(known?.fileName || name || fileId);
}

/** A passage's location for display: its file, and its page or line if known. */
export function placeInWords(
  name: string,
  place: Pick<Citation, 'page' | 'line'>,
  strings: ChatStrings,
): string {
  if (place.page !== undefined) return fill(strings.citationPage, name, String(place.page));
  if (place.line !== undefined) return fill(strings.citationLine, name, String(place.line));
  return name;
}

function citationsOf(content: Message['content']): FileCitationAnnotation[] {
  return content.flatMap((part) =>
    part.type === 'text' ? part.text.annotations.filter(({ type }) => type === 'file_citation') : [],
  ) as FileCitationAnnotation[];
}

/** Empty for “source”, which the hosted service writes for every file. */
function nameIn(mark: string): string {
  const name = /†([^【】]*)】$/.exec(mark)?.[1]?.trim() ?? '';
  return name === 'source' ? '' : name;
}

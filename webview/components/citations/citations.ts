/** What an answer cites, and the numbers its marks are shown as. */
import type { FileCitationAnnotation, Message } from 'openai/resources/beta/threads/messages';
import type { Citation } from '../../../src/protocol/citations';
import type { ChatStrings } from '../../../src/protocol/strings';
import { fill } from '../../context';
import { shownName } from '../files/fileNames';

/** A passage that an answer cites, once or several times. */
export interface CitedPassage {
  /** From 1, in the order of the text. */
  number: number;
  /** Its first place among the message's citations, by which the host knows it. */
  index: number;
  fileId: string;
  /** What the mark calls it. */
  name: string;
}

/** The passages that a message cites, by the marks in its text. */
export type CitedPassages = ReadonlyMap<string, CitedPassage>;

/** The beginning of what may become a mark. */
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

/** A text that is still written, without the beginning of a mark at its end. */
export function withoutOpenMark(text: string): string {
  return text.replace(openMark, '');
}

/** A text with its marks as the numbers they are shown as. */
export function withNumbers(text: string, cited: CitedPassages): string {
  const marks = [...cited.keys()].filter((mark) => !/^【[^【】]*】$/.test(mark));
  const withSome = text.replace(/【[^【】]*】/g, (mark) => numberOf(mark, cited) ?? mark);
  return marks.reduce((result, mark) => result.replaceAll(mark, () => numberOf(mark, cited)!), withSome);
}

function numberOf(mark: string, cited: CitedPassages): string | undefined {
  const passage = cited.get(mark);
  return passage && `[${passage.number}]`;
}

/** Each passage once, by its number. */
export function uniquePassages(cited: CitedPassages): CitedPassage[] {
  return [...new Set(cited.values())];
}

/** The first passage that is cited of each file. */
export function citedFiles(cited: CitedPassages): CitedPassage[] {
  const files = new Map<string, CitedPassage>();
  for (const passage of cited.values()) {
    if (!files.has(passage.fileId)) files.set(passage.fileId, passage);
  }
  return [...files.values()];
}

/** What a cited file is called: by the file itself where it is known, else by the mark. */
export function citedName({ name, fileId }: CitedPassage, known: Citation | undefined): string {
  return shownName(known?.fileName || name || fileId);
}

/** Where a passage stands, in words: its file, and its page or its line. */
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

/** The hosted service writes «source» for every file. */
function nameIn(mark: string): string {
  const name = /†([^【】]*)】$/.exec(mark)?.[1]?.trim() ?? '';
  return name === 'source' ? '' : name;
}

import type { FileCitationAnnotation } from 'openai/resources/beta/threads/messages';
import type { FileSearchToolCall, RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { StoredPassage, StoredSearch, PassageLocation } from '../../store/runTables';
import type { Store } from '../../store/store';
import { textTokens } from '../../tokens';

/** How an answer cites a passage: the number of the search in the thread, and the passage's among its results. */
const mark = /【(\d{1,9}):(\d{1,9})†[^【】\n]{0,300}】/g;

/** The beginning of what may become a mark. */
const openMark = /【(\d{0,9}|\d{1,9}:\d{0,9}|\d{1,9}:\d{1,9}†[^【】\n]{0,300})$/;

/** The passages that searches have found, by the two numbers of a mark. */
export type Passages = ReadonlyMap<string, StoredPassage>;

/** Every passage that was found in a thread: answers cite those of earlier runs, too. */
export function passagesOf(store: Store, threadId: string): Passages {
  const searches = store.steps.searchesOfThread(threadId);
  return new Map(
    searches.flatMap(({ number, passages }) =>
      passages.map((passage, at): [string, StoredPassage] => [`${number}:${at}`, passage]),
    ),
  );
}

/** What a mark of a thread cites, by its number. */
export function citedPassage(store: Store, threadId: string, number: string): FullResult | undefined {
  const [, search, at] = /^(\d+):(\d+)$/.exec(number) ?? [];
  const found = store.steps.searchesOfThread(threadId).find((one) => one.number === Number(search));
  return found && fullResults(found)[Number(at)];
}

/** What the model is told of a search: the passages, each after the mark that cites it, as far as they fit `mostTokens`, and the note. */
export function passagesText({ number, passages, note }: StoredSearch, maxTokens = Infinity): string {
  let tokens = 0;
  const shown = passages.map(({ file_name, text }, at) => {
    tokens += textTokens(text);
    return at === 0 || tokens <= maxTokens ? `${markOf(number, at, file_name)}\n${text}` : '';
  });
  return [...shown, note ?? ''].filter((part) => part !== '').join('\n\n');
}

/** The mark that cites a passage of a search. */
export function markOf(number: number, at: number, fileName: string): string {
  return `【${number}:${at}†${inMark(fileName)}】`;
}

function inMark(name: string): string {
  return name.replace(/[【】†\s]+/g, ' ').slice(0, 200);
}

/**
 * The marks that cite a passage, in a piece of text that begins at `offset`. Others are text like any
 * other. The passages are asked for where there is a mark.
 */
export function citationsIn(
  text: string,
  offset: number,
  passages: () => Passages,
): FileCitationAnnotation[] {
  return [...text.matchAll(mark)].flatMap((found): FileCitationAnnotation[] => {
    const passage = passages().get(`${Number(found[1])}:${Number(found[2])}`);
    if (!passage) return [];
    const start_index = offset + found.index;
    return [
      {
        type: 'file_citation',
        text: found[0],
        start_index,
        end_index: start_index + found[0].length,
        file_citation: { file_id: passage.file_id },
      },
    ];
  });
}

/** Where a mark begins that the rest of the text may complete; the text's length where none does. */
export function openMarkAt(text: string): number {
  return openMark.exec(text)?.index ?? text.length;
}

type Result = NonNullable<FileSearchToolCall['file_search']['results']>[number];

/** A result as a client gets it that asks for contents; `location` is an extension. */
export interface FullResult extends Result {
  /** The numbers that cite the passage; and where it stands, as far as that is known. */
  location: Partial<PassageLocation> & { citation: string };
}

/** A result without its content, as it is told to everyone. */
export function shortResult({ file_id, file_name, score }: StoredPassage): Result {
  return { file_id, file_name, score };
}

/** A step with the contents of its file searches' results. */
export function withContents(store: Store, step: RunStep): RunStep {
  const { step_details: details } = step;
  if (details.type !== 'tool_calls' || !details.tool_calls.some(({ type }) => type === 'file_search'))
    return step;
  const { searches = {} } = store.steps.turn(step.id);
  const tool_calls = details.tool_calls.map((call) => {
    const search = searches[call.id];
    if (call.type !== 'file_search' || !search || !call.file_search.results) return call;
    return { ...call, file_search: { ...call.file_search, results: fullResults(search) } };
  });
  return { ...step, step_details: { ...details, tool_calls } };
}

/** What a search found, with the text of each passage, where it stands, and the numbers that cite it. */
export function fullResults({ number, passages }: StoredSearch): FullResult[] {
  return passages.map((passage, at) => ({
    ...shortResult(passage),
    content: [{ type: 'text', text: passage.text }],
    location: { ...passage.location, citation: `${number}:${at}` },
  }));
}

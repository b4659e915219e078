import type { FileSearchToolCall, RunStep } from 'openai/resources/beta/threads/runs/steps';
import { markOf } from '../../text/citationMarks';
import type { StoredPassage, StoredSearch, PassageLocation } from '../../store/tables/runTables';
import type { Store } from '../../store/store';
import { textTokens } from '../../text/tokens';

type Result = NonNullable<FileSearchToolCall['file_search']['results']>[number];

/** A result with its content, for clients that ask for it; `location` is an extension of the API. */
export interface FullResult extends Result {
  /** `citation`: the two numbers of the passage's mark. The rest is present if it is known. */
  location: Partial<PassageLocation> & { citation: string };
}

/** A result without its content. */
export function shortResult({ file_id, file_name, score }: StoredPassage): Result {
  return { file_id, file_name, score };
}

/** The results of a search with their contents. */
export function fullResults({ number, passages }: StoredSearch): FullResult[] {
  return passages.map((passage, at) => ({
    ...shortResult(passage),
    content: [{ type: 'text', text: passage.text }],
    location: { ...passage.location, citation: `${number}:${at}` },
  }));
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

/** The passage that a mark of a thread cites; `number` is the two numbers of the mark, `4:0`. */
export function citedPassage(store: Store, threadId: string, number: string): FullResult | undefined {
  const [, search, at] = /^(\d+):(\d+)$/.exec(number) ?? [];
  const found = search === undefined ? undefined : store.steps.search(threadId, Number(search));
  return found && fullResults(found)[Number(at)];
}

/**
 * A search's output for the model: the passages that fit into `maxTokens`, at least one, each after the
 * mark that cites it, and the note.
 */
export function passagesText({ number, passages, note }: StoredSearch, maxTokens = Infinity): string {
  let tokens = 0;
  const shown = passages.map(({ file_name, text }, at) => {
    tokens += textTokens(text);
    return at === 0 || tokens <= maxTokens ? `${markOf(number, at, file_name)}\n${text}` : '';
  });
  return [...shown, note ?? ''].filter((part) => part !== '').join('\n\n');
}

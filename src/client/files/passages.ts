import type OpenAI from 'openai';
import type { FileCitationAnnotation, Message } from 'openai/resources/beta/threads/messages';
import type { FileSearchToolCall, RunStepInclude } from 'openai/resources/beta/threads/runs/steps';
import { isUnsupported } from '../errors/errors';

/** A passage's location in the text extracted from its file; an addition of our engine to search results. */
export interface PassageLocation {
  /** The number in the citation marks that refer to it: `4:0`. */
  citation: string;
  /** Offsets into the text, in UTF-16 units. */
  start?: number;
  end?: number;
  /** 1-based. */
  line?: number;
  page?: number;
}

/** A passage that a run has found. */
export interface Passage {
  fileId: string;
  fileName: string;
  text: string;
  score: number;
  location?: PassageLocation;
}

type SearchResult = FileSearchToolCall.FileSearch.Result & { location?: PassageLocation };

/** Includes the text of search results in steps. */
export const contents: RunStepInclude = 'step_details.tool_calls[*].file_search.results[*].content';

/** The citations of a message, in the order of its text. */
export function citationsOf(message: Message): FileCitationAnnotation[] {
  return message.content.flatMap((part) =>
    part.type === 'text' ? part.text.annotations.filter(({ type }) => type === 'file_citation') : [],
  ) as FileCitationAnnotation[];
}

/** The passage that a citation refers to; undefined if the service does not report it. */
export async function passageOf(
  client: OpenAI,
  message: Message,
  citation: FileCitationAnnotation,
): Promise<Passage | undefined> {
  const number = /^【(\d+:\d+)†/.exec(citation.text)?.[1];
  try {
    if (number === undefined) return undefined;
    return toPassage(await client.get<SearchResult>(`/threads/${message.thread_id}/citations/${number}`));
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    return passageOfRun(client, message, citation.file_citation.file_id);
  }
}

/** The best result of a file in the message's run, for services that cannot look up citation marks. */
async function passageOfRun(client: OpenAI, message: Message, fileId: string): Promise<Passage | undefined> {
  const { thread_id, run_id } = message;
  if (!run_id) return undefined;
  const steps = client.beta.threads.runs.steps.list(run_id, { thread_id, limit: 100, include: [contents] });
  for await (const { step_details: details } of steps) {
    if (details.type !== 'tool_calls') continue;
    for (const call of details.tool_calls) {
      const results = call.type === 'file_search' ? (call.file_search.results ?? []) : [];
      const found = results.find((result) => result.file_id === fileId);
      if (found) return toPassage(found);
    }
  }
  return undefined;
}

/** Converts a search result of the API. */
export function toPassage({ file_id, file_name, score, content, location }: SearchResult): Passage {
  const text = (content ?? []).map((part) => part.text ?? '').join('');
  return { fileId: file_id, fileName: file_name, score, location, text };
}

/** A passage's location and text, in the form that opens its file. */
export function placeOf(passage: Passage | undefined) {
  const { start, end, line, page } = passage?.location ?? {};
  return { fileName: passage?.fileName, start, end, line, page, passage: passage?.text || undefined };
}

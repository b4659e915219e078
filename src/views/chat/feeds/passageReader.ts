import type { FileCitationAnnotation } from 'openai/resources/beta/threads/messages';
import type OpenAI from 'openai';
import { citationsOf, contents, passageOf, toPassage, type Passage } from '../../../client/files/passages';
import { maxPassageLength, type Citation, type FoundPassage } from '../../../protocol/text/citations';

/** Maximum number of passages looked up per message; citations beyond it only open their file. */
const maxPassages = 200;

/** Concurrent requests. */
const concurrency = 4;

/** Identifies a call of a tool, such as a search. */
export interface SearchIds {
  threadId: string;
  runId: string;
  stepId: string;
  callId: string;
}

/** Reads the citations of a message, in the order of its text. */
export async function readCitations(
  client: OpenAI,
  threadId: string,
  messageId: string,
): Promise<Citation[]> {
  const message = await client.beta.threads.messages.retrieve(messageId, { thread_id: threadId });
  const citations = citationsOf(message);
  const known = new Map<string, Citation>();
  const waiting = [...new Map(citations.map((citation) => [keyOf(citation), citation])).entries()];
  waiting.splice(maxPassages);
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [key, citation] = next;
      // Without its passage, a citation still opens its file.
      const passage = await passageOf(client, message, citation).catch(() => undefined);
      known.set(key, passage ? shownCitation(passage) : await fileOnly(client, citation));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return citations.map((one) => known.get(keyOf(one)) ?? { fileId: one.file_citation.file_id });
}

/** Reads the results of a search with their full text, the best first. */
export async function readPassages(client: OpenAI, ids: SearchIds): Promise<Passage[]> {
  const { threadId, runId, stepId, callId } = ids;
  const query = { thread_id: threadId, run_id: runId, include: [contents] };
  const { step_details: details } = await client.beta.threads.runs.steps.retrieve(stepId, query);
  const calls = details.type === 'tool_calls' ? details.tool_calls : [];
  const call = calls.find(({ id }) => id === callId);
  return call?.type === 'file_search' ? (call.file_search.results ?? []).map(toPassage) : [];
}

/** The same, as the chat shows them. */
export async function readFound(client: OpenAI, ids: SearchIds): Promise<FoundPassage[]> {
  return (await readPassages(client, ids)).map(shownPassage);
}

/** Calls a function for a few arguments at once: the find bar asks for the results of all searches shown. */
export function limited<A, R>(work: (argument: A) => Promise<R>): (argument: A) => Promise<R> {
  let active = 0;
  const waiting: (() => void)[] = [];
  return async (argument) => {
    if (active < concurrency) active++;
    else await new Promise<void>((begin) => waiting.push(begin));
    try {
      return await work(argument);
    } finally {
      const next = waiting.shift();
      if (next) next();
      else active--;
    }
  };
}

function shownPassage({ fileId, fileName, text, score, location }: Passage): FoundPassage {
  const { line, page } = location ?? {};
  return { fileId, fileName, text: text.slice(0, maxPassageLength), score, line, page };
}

function shownCitation(passage: Passage): Citation {
  const { fileId, fileName, text, line, page } = shownPassage(passage);
  return { fileId, fileName, text, line, page };
}

async function fileOnly(client: OpenAI, { file_citation }: FileCitationAnnotation): Promise<Citation> {
  const { file_id: fileId } = file_citation;
  try {
    return { fileId, fileName: (await client.files.retrieve(fileId)).filename };
  } catch {
    // A deleted file has no name.
    return { fileId };
  }
}

function keyOf({ text, file_citation }: FileCitationAnnotation): string {
  return JSON.stringify([text, file_citation.file_id]);
}

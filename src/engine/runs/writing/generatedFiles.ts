import type { FilePathAnnotation } from 'openai/resources/beta/threads/messages';
import type { Store } from '../../store/store';
import type { EngineTools } from '../../tools/engineTool';

/** How an answer links to a file that a tool has written. */
const link = /sandbox:\/mnt\/data\/[^\s()[\]{}"'`<>]+/g;

/** The images that the calls of a run have shown since its last message; its next message contains them. */
export function imagesSinceLastMessage(store: Store, tools: EngineTools, runId: string): string[] {
  const steps = store.steps.ofRun(runId);
  const lastMessage = steps.findLastIndex(
    (step) => step.type === 'message_creation' && step.status === 'completed',
  );
  return steps.slice(lastMessage + 1).flatMap(({ step_details: details }) => {
    const calls = details.type === 'tool_calls' ? details.tool_calls : [];
    return calls.flatMap((call) => tools.get(call.type)?.imagesOf?.(call) ?? []);
  });
}

/** The links of a text to files that the thread's tools have written, with the ids of these files. */
export function annotateFiles(store: Store, threadId: string, text: string): FilePathAnnotation[] {
  const links = [...text.matchAll(link)];
  if (links.length === 0) return [];
  const files = writtenFiles(store, threadId);
  return links.flatMap((match) => {
    // The end of a sentence is no part of the name, unless a file is called so.
    const candidates = [match[0], match[0].replace(/[.,;:!?。，；：！？]+$/, '')];
    const mark = candidates.find((candidate) => files.has(nameIn(candidate)));
    const file_id = mark && files.get(nameIn(mark));
    if (mark === undefined || file_id === undefined) return [];
    const range = { start_index: match.index, end_index: match.index + mark.length };
    return [{ type: 'file_path', text: mark, ...range, file_path: { file_id } }];
  });
}

function nameIn(mark: string): string {
  const name = mark.slice('sandbox:/mnt/data/'.length);
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** The ids of the files that the thread's tools have written, the newest of each name. */
function writtenFiles(store: Store, threadId: string): Map<string, string> {
  return new Map(store.steps.turnsOfThread(threadId).flatMap(({ files = {} }) => Object.entries(files)));
}

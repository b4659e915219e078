import type { FilePathAnnotation } from 'openai/resources/beta/threads/messages';
import type { Store } from '../../store/store';

/** How an answer links to a file of the code interpreter. */
const link = /sandbox:\/mnt\/data\/[^\s()[\]{}"'`<>]+/g;

/** The images that the code of a run has shown since the run last spoke: its next message shows them. */
export function imagesSinceLastMessage(store: Store, runId: string): string[] {
  const steps = store.steps.ofRun(runId);
  const lastMessage = steps.findLastIndex(
    (step) => step.type === 'message_creation' && step.status === 'completed',
  );
  return steps.slice(lastMessage + 1).flatMap(({ step_details: details }) => {
    if (details.type !== 'tool_calls') return [];
    const calls = details.tool_calls.filter((call) => call.type === 'code_interpreter');
    const outputs = calls.flatMap((call) => call.code_interpreter.outputs);
    return outputs.flatMap((output) => (output.type === 'image' ? [output.image.file_id] : []));
  });
}

/** The links of a text to files that the thread's code has written, with the files they lead to. */
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

/** The newest file under each name that the thread's code wrote. */
function writtenFiles(store: Store, threadId: string): Map<string, string> {
  return new Map(store.steps.turnsOfThread(threadId).flatMap(({ files = {} }) => Object.entries(files)));
}

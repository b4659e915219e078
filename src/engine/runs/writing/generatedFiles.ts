import type { FilePathAnnotation } from 'openai/resources/beta/threads/messages';
import type { Store } from '../../store/store';
import type { EngineTools } from '../../tools/engineTool';
import { linksTo } from './fileLinks';

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
  return linksTo(() => store.steps.writtenFiles(threadId), text).map(({ start, end, fileId }) => ({
    type: 'file_path',
    text: text.slice(start, end),
    start_index: start,
    end_index: end,
    file_path: { file_id: fileId },
  }));
}

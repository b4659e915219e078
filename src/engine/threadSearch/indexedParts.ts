import type { Message } from 'openai/resources/beta/threads/messages';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { IndexedMessage, ThreadWordsTable } from '../store/tables/threadWordsTable';

/** Where a message is found: in its text, in code that was run for it or its output, or in the name of one of its files. */
export type PartKind = 'message' | 'code' | 'file';

export interface IndexedPart {
  kind: PartKind;
  text: string;
}

/** Maximum characters of each kind that are indexed of a message: a longer output is data rather than words. */
const maxText = 256 * 1024;
const maxCode = 32 * 1024;

/** The searchable parts of a message. */
export function indexedParts(
  words: ThreadWordsTable,
  { body, run_id: runId }: IndexedMessage,
): IndexedPart[] {
  const message = JSON.parse(body) as Message;
  const text = message.content.map(textOf).filter(Boolean).join('\n\n').slice(0, maxText);
  const names = fileIds(message).flatMap((id) => words.fileName(id) ?? []);
  const code = runId === null ? '' : codeBefore(words.steps(runId), message.id).slice(0, maxCode);
  const parts: IndexedPart[] = [
    { kind: 'message', text },
    { kind: 'file', text: names.join('\n') },
    { kind: 'code', text: code },
  ];
  return parts.filter((part) => part.text !== '');
}

function textOf(part: Message['content'][number]): string {
  if (part.type === 'text') return part.text.value;
  return part.type === 'refusal' ? part.refusal : '';
}

function fileIds({ attachments, content }: Message): string[] {
  const attached = (attachments ?? []).flatMap(({ file_id }) => file_id ?? []);
  const images = content.flatMap((part) => (part.type === 'image_file' ? part.image_file.file_id : []));
  return [...new Set([...attached, ...images])];
}

/** The code that a run's interpreter was given between the message before and this one, with its output. */
function codeBefore(steps: readonly string[], messageId: string): string {
  let code: string[] = [];
  for (const body of steps) {
    const { step_details: details } = JSON.parse(body) as RunStep;
    if (details.type === 'message_creation') {
      if (details.message_creation.message_id === messageId) break;
      code = [];
    } else {
      for (const call of details.tool_calls) {
        if (call.type !== 'code_interpreter') continue;
        code.push(call.code_interpreter.input);
        for (const output of call.code_interpreter.outputs)
          if (output.type === 'logs') code.push(output.logs);
      }
    }
  }
  return code.join('\n');
}

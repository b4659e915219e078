import type OpenAI from 'openai';
import type { Assistant } from 'openai/resources/beta/assistants';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { findByName, namesOf } from './findByName';
import type { AskAssistantInput } from './inputs';
import { titleFrom } from './titleFrom';
import { boundedText, imageTypeOf, ToolError, type ToolFile, type ToolOutput } from './toolOutput';

/** Images of an answer that are returned at most. */
const maxImages = 10;

/** Sends a message in a thread, a new one if there is no id, and waits until the run that answers it has ended. */
export type Send = (
  message: { text: string; assistantId: string; threadId?: string },
  signal: AbortSignal,
) => Promise<Run>;

export interface AskOptions {
  send: Send;
  signal: AbortSignal;
  /** Maximum tokens of the answer. */
  budget?: number;
}

/** Asks an assistant. The thread stays, and the output names it. */
export async function askAssistant(
  client: OpenAI,
  { message, assistant: wanted, threadId }: AskAssistantInput,
  { send, signal, budget }: AskOptions,
): Promise<ToolOutput> {
  const assistant = await assistantFor(client, wanted, signal);
  const run = await send({ text: message, assistantId: assistant.id, threadId }, signal);
  signal.throwIfAborted();
  const thread = `[Thread: ${run.thread_id}. Pass it as "threadId" to go on with the conversation.]`;
  if (run.status !== 'completed' && run.status !== 'incomplete')
    throw new ToolError(`${failureOf(run)}\n${thread}`);
  const messages: Message[] = [];
  const query = { run_id: run.id, order: 'asc', limit: 100 } as const;
  for await (const one of client.beta.threads.messages.list(run.thread_id, query, { signal }))
    messages.push(one);
  const answer = messages.map(wordsOf).filter(Boolean).join('\n\n') || '[The assistant said nothing.]';
  const notes =
    run.status === 'incomplete' ? ['[The answer was cut off by a token limit.]', thread] : [thread];
  const images = await imagesOf(client, messages, signal);
  const text = [boundedText(answer, 'Ask for a shorter answer.', budget), ...notes].join('\n');
  return { text, images, files: [] };
}

async function assistantFor(
  client: OpenAI,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<Assistant> {
  const assistants: Assistant[] = [];
  for await (const one of client.beta.assistants.list({ limit: 100 }, { signal })) assistants.push(one);
  if (wanted !== undefined) return findByName(assistants, wanted, 'assistant');
  const [only, another] = assistants;
  if (only && !another) return only;
  throw new ToolError(`Name the assistant. ${namesOf(assistants, 'assistant')}`);
}

function failureOf({ status, last_error }: Run): string {
  if (last_error) return `The assistant could not answer: ${last_error.message}`;
  return `The assistant did not answer: its run is ${status.replace('_', ' ')}.`;
}

function wordsOf({ content }: Message): string {
  return content
    .map((part) => {
      if (part.type === 'text') return part.text.value;
      return part.type === 'refusal' ? part.refusal : '';
    })
    .filter(Boolean)
    .join('\n\n');
}

async function imagesOf(
  client: OpenAI,
  messages: readonly Message[],
  signal: AbortSignal,
): Promise<ToolFile[]> {
  const ids = messages.flatMap(({ content }) =>
    content.flatMap((part) => (part.type === 'image_file' ? [part.image_file.file_id] : [])),
  );
  return Promise.all(
    ids.slice(0, maxImages).map(async (id, at) => {
      const response = await client.files.content(id, { signal });
      const data = new Uint8Array(await response.arrayBuffer());
      return { name: `image-${at + 1}`, mimeType: imageTypeOf(data), data };
    }),
  );
}

/**
 * Sends messages with a client alone: for programs in which nobody answers function calls. `onText` is called with
 * each piece of the answer.
 */
export function sendWith(client: OpenAI, onText: (text: string) => void = () => undefined): Send {
  const { threads } = client.beta;
  return async ({ text, assistantId, threadId }, signal) => {
    const title = titleFrom(text);
    const thread = threadId ?? (await threads.create(title ? { metadata: { title } } : {}, { signal })).id;
    let run: Run | undefined;
    try {
      // With the message, so that this run answers it and no other: a call at the same time may be for the thread, too.
      const message = { role: 'user', content: text } as const;
      const params = { assistant_id: assistantId, additional_messages: [message], stream: true as const };
      for await (const event of await threads.runs.create(thread, params, { signal })) {
        if (event.event === 'error') throw new ToolError(event.data.message ?? 'The run failed.');
        if (event.data.object === 'thread.run') run = event.data;
        if (event.event === 'thread.message.delta')
          for (const part of event.data.delta.content ?? [])
            if (part.type === 'text') onText(part.text?.value ?? '');
      }
      if (run?.status === 'requires_action') throw functionsError(run);
      signal.throwIfAborted();
      return run!;
    } catch (error) {
      if (run && isUnfinished(run))
        await threads.runs.cancel(run.id, { thread_id: thread }).catch(() => undefined);
      throw error;
    }
  };
}

function isUnfinished({ status }: Run): boolean {
  return ['queued', 'in_progress', 'requires_action'].includes(status);
}

function functionsError({ required_action, thread_id }: Run): ToolError {
  const calls = required_action?.submit_tool_outputs.tool_calls ?? [];
  const names = [...new Set(calls.map((call) => call.function.name))].join(', ');
  return new ToolError(
    `The assistant calls functions that nobody answers here: ${names}. The run is cancelled; thread ${thread_id}.`,
  );
}

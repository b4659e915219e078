/** What belongs to the messages of a conversation: tool calls, pictures and files. */
import type OpenAI from 'openai';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep, ToolCall } from 'openai/resources/beta/threads/runs/steps';
import { readImage } from '../../client/files/images';
import { callsOf, imagesOf } from './stepText';

/** Requests at once. */
const concurrency = 8;
/** Larger pictures, and those beyond this sum, are links: a document of many megabytes is slow to open. */
const maxPictureBytes = 200_000;
const maxPicturesBytes = 2_000_000;

/** A picture or another file. */
export interface ConversationFile {
  id: string;
  name: string;
  /** The picture itself, if it is small. */
  dataUrl?: string;
}

export interface ConversationParts {
  /** The tool calls before each message, by its id; those after all messages have the key `''`. */
  calls: ReadonlyMap<string, readonly ToolCall[]>;
  files: ReadonlyMap<string, ConversationFile>;
}

export const noParts: ConversationParts = { calls: new Map(), files: new Map() };

/** Reads the parts of conversations, and stores the steps of runs that have ended. */
export class ConversationReader {
  private readonly ended = new Map<string, RunStep[]>();

  constructor(private readonly client: OpenAI) {}

  /** `messages`: all of the thread, oldest first. */
  async read(threadId: string, messages: readonly Message[]): Promise<ConversationParts> {
    const runs: Run[] = [];
    for await (const run of this.client.beta.threads.runs.list(threadId, { order: 'asc', limit: 100 })) {
      runs.push(run);
    }
    const steps = await mapped(runs, (run) => this.stepsOf(run));
    const calls = callsByMessage(
      messages,
      runs.map((run, index) => [run, steps[index] ?? []]),
    );
    return { calls, files: await this.filesOf(messages, [...calls.values()].flat()) };
  }

  private async stepsOf({ id, thread_id, status }: Run): Promise<RunStep[]> {
    const known = this.ended.get(id);
    if (known) return known;
    const steps: RunStep[] = [];
    const list = this.client.beta.threads.runs.steps.list(id, { thread_id, order: 'asc', limit: 100 });
    for await (const step of list) steps.push(step);
    const isActive = ['queued', 'in_progress', 'requires_action', 'cancelling'].includes(status);
    if (!isActive) this.ended.set(id, steps);
    return steps;
  }

  private async filesOf(
    messages: readonly Message[],
    calls: readonly ToolCall[],
  ): Promise<ReadonlyMap<string, ConversationFile>> {
    const pictures = new Set([...messages.flatMap(picturesOf), ...calls.flatMap(picturesOfCall)]);
    const others = new Set(messages.flatMap(attachedTo).filter((id) => !pictures.has(id)));
    let left = maxPicturesBytes;
    const files = [
      ...(await mapped([...pictures], async (id): Promise<ConversationFile> => {
        const image = await readImage(this.client, id);
        const name = image.name ?? id;
        const dataUrl = 'dataUrl' in image ? image.dataUrl : undefined;
        const isSmall = dataUrl !== undefined && dataUrl.length <= Math.min(maxPictureBytes, left);
        if (isSmall) left -= dataUrl.length;
        return { id, name, dataUrl: isSmall ? dataUrl : undefined };
      })),
      ...(await mapped([...others], async (id): Promise<ConversationFile> => {
        const file = await this.client.files.retrieve(id).catch(() => undefined);
        return { id, name: file?.filename ?? id };
      })),
    ];
    return new Map(files.map((file) => [file.id, file]));
  }
}

/** The calls of each run before the message that follows them, else after the last one that came before the run. */
function callsByMessage(
  messages: readonly Message[],
  runs: readonly [Run, readonly RunStep[]][],
): ReadonlyMap<string, readonly ToolCall[]> {
  const places = new Map(messages.map(({ id }, index) => [id, index]));
  const found = new Map<string, ToolCall[]>();
  const put = (id: string, calls: readonly ToolCall[]) => {
    if (calls.length > 0) found.set(id, [...(found.get(id) ?? []), ...calls]);
  };
  for (const [run, steps] of runs) {
    let waiting: ToolCall[] = [];
    let last = messages.findLastIndex(({ created_at }) => created_at <= run.created_at);
    for (const step of steps) {
      const details = step.step_details;
      const messageId =
        details?.type === 'message_creation' ? details.message_creation.message_id : undefined;
      if (messageId === undefined) {
        waiting.push(...safely(() => callsOf(step), []));
        continue;
      }
      last = places.get(messageId) ?? last;
      put(messageId, waiting);
      waiting = [];
    }
    put(messages[last + 1]?.id ?? '', waiting);
  }
  return found;
}

/** The ids of the pictures of a message. */
export function picturesOf({ content }: Message): string[] {
  return safely(
    () => content.flatMap((part) => (part.type === 'image_file' ? [part.image_file.file_id] : [])),
    [],
  );
}

/** The ids of the files attached to a message, and of those that it links to. */
export function attachedTo({ attachments, content }: Message): string[] {
  const attached = safely(() => (attachments ?? []).flatMap(({ file_id }) => file_id ?? []), []);
  const linked = safely(
    () =>
      content
        .flatMap((part) => (part.type === 'text' ? part.text.annotations : []))
        .flatMap((annotation) => (annotation.type === 'file_path' ? [annotation.file_path.file_id] : [])),
    [],
  );
  return [...new Set([...attached, ...linked])];
}

function picturesOfCall(call: ToolCall): string[] {
  return safely(() => imagesOf(call), []);
}

/** What a server sends has not always the shape that its type says. */
function safely<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** Maps items, several at a time, in their order. */
async function mapped<T, R>(items: readonly T[], map: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  const waiting = [...items.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) results[next[0]] = await map(next[1]);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return results;
}

import type OpenAI from 'openai';
import type { Message, MessageCreateParams } from 'openai/resources/beta/threads/messages';
import type { Thread } from 'openai/resources/beta/threads/threads';
import type { BranchPoint } from '../../engine/store/branchReader';
import type { StoredThread } from '../../engine/store/tables/threadTable';
import { isUnsupported } from '../errors/errors';

export type { BranchPoint } from '../../engine/store/branchReader';

/** A thread with what our engine adds to it: where it was forked from, and its conversation. */
export type ForkedThread = StoredThread;

/** Where a thread is forked: after a message, or before it. */
export interface ForkPoint {
  threadId: string;
  upTo?: string;
  before?: string;
  /** Whether the fork is another branch of the same conversation, not a conversation of its own. */
  branch: boolean;
}

export interface Fork {
  thread: ForkedThread;
  /** Set if the server cannot fork threads: only the texts and pictures of the messages were copied. */
  isPartial: boolean;
}

/** The threads of a conversation, and the places at which they differ from one of them. */
export interface Branches {
  threads: ForkedThread[];
  points: BranchPoint[];
}

/** The key of the metadata that names the source of a fork on a server that cannot fork threads. */
const forkedFromKey = 'forked_from';

/** Messages that the hosted service takes with a new thread; the others are added one by one. */
const maxFirstMessages = 32;

/** Copies a thread up to a message: by our engine's addition to the API, or as far as the API alone allows. */
export async function forkThread(client: OpenAI, point: ForkPoint): Promise<Fork> {
  const { threadId, upTo, before, branch } = point;
  try {
    const body = { up_to: upTo, before, branch };
    return { thread: await client.post(`/threads/${threadId}/fork`, { body }), isPartial: false };
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    // Throws if it is the thread or the message that does not exist.
    return { thread: await copyMessages(client, point), isPartial: true };
  }
}

/** The branches of a thread's conversation; none but itself on a server that knows no branches. */
export async function listBranches(client: OpenAI, thread: ForkedThread): Promise<Branches> {
  if (thread.conversation === undefined) return { threads: [thread], points: [] };
  return client.get<Branches>(`/threads/${thread.id}/branches`);
}

/** The id of the thread that a thread was forked from. */
export function sourceOf(thread: ForkedThread): string | undefined {
  return thread.forked_from?.thread_id ?? thread.metadata?.[forkedFromKey];
}

async function copyMessages(client: OpenAI, { threadId, upTo, before }: ForkPoint): Promise<Thread> {
  const source = await client.beta.threads.retrieve(threadId);
  const point = upTo ?? before;
  if (point !== undefined) await client.beta.threads.messages.retrieve(point, { thread_id: threadId });
  const copied: MessageCreateParams[] = [];
  const list = client.beta.threads.messages.list(threadId, { order: 'asc', limit: 100 });
  for await (const message of list) {
    if (message.id === before) break;
    const params = paramsOf(message);
    if (params) copied.push(params);
    if (message.id === upTo) break;
  }
  const thread = await client.beta.threads.create({
    messages: copied.slice(0, maxFirstMessages),
    metadata: { ...source.metadata, ...originOf(source) },
  });
  try {
    for (const params of copied.slice(maxFirstMessages))
      await client.beta.threads.messages.create(thread.id, params);
  } catch (error) {
    await client.beta.threads.delete(thread.id);
    throw error;
  }
  return thread;
}

/** Metadata has room for 16 pairs. */
function originOf({ id, metadata }: Thread): Record<string, string> {
  return Object.keys(metadata ?? {}).length < 16 ? { [forkedFromKey]: id } : {};
}

/** A message as one to create; undefined if nothing of it can be copied. */
function paramsOf({ role, content, attachments }: Message): MessageCreateParams | undefined {
  const parts = copiedParts(content);
  if (parts.length === 0) return undefined;
  return { role, content: parts, ...(role === 'user' && attachments?.length && { attachments }) };
}

/** The texts and pictures of a message, as the API takes them for a new one. */
export function copiedParts(content: Message['content']): Exclude<MessageCreateParams['content'], string> {
  return content.flatMap((part) => {
    if (part.type === 'text')
      return part.text.value === '' ? [] : { type: 'text' as const, text: part.text.value };
    if (part.type === 'refusal') return { type: 'text' as const, text: part.refusal };
    return part;
  });
}

import type { Message } from 'openai/resources/beta/threads/messages';
import type { Thread } from 'openai/resources/beta/threads/threads';
import { plainText } from '../objects/messageText';
import type { KnownThread, ThreadMemory } from './threadMemory';
import { storedTitle, titleFrom } from '../objects/titles';

/** Number of simultaneous requests. */
const maxConcurrent = 8;

/** Requests the JSON of a path below the server's base URL; undefined if the object does not exist. */
export type Ask = (path: string) => Promise<unknown>;

/** Answers `GET /threads` for a server without it: the remembered threads, in their present state. */
export async function listRemembered(
  memory: ThreadMemory,
  query: URLSearchParams,
  ask: Ask,
): Promise<Response> {
  const known = query.get('order') === 'asc' ? [...memory.list()].reverse() : memory.list();
  const after = query.get('after');
  const from = after === null ? 0 : known.findIndex(({ id }) => id === after) + 1;
  const limit = Number(query.get('limit') ?? 20);
  const data: Thread[] = [];
  let next = from;
  while (data.length < limit && next < known.length) {
    const some = known.slice(next, next + Math.min(maxConcurrent, limit - data.length));
    next += some.length;
    const found = await Promise.all(some.map((thread) => retrieve(memory, thread, ask)));
    data.push(...found.filter((thread) => thread !== undefined));
  }
  const ids = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
  return Response.json({ object: 'list', data, ...ids, has_more: next < known.length });
}

async function retrieve(memory: ThreadMemory, known: KnownThread, ask: Ask): Promise<Thread | undefined> {
  const thread = (await ask(`/threads/${known.id}`)) as Thread | undefined;
  if (!thread) {
    // Deleted by another program.
    await memory.remove(known.id);
    return undefined;
  }
  if (storedTitle(thread)) return thread;
  const title = known.title ?? (await titleOfFirstMessage(memory, known.id, ask));
  return title ? { ...thread, metadata: { ...thread.metadata, title } } : thread;
}

/** A title from the thread's first message, for threads of other programs; remembered. */
async function titleOfFirstMessage(memory: ThreadMemory, id: string, ask: Ask): Promise<string | undefined> {
  const page = (await ask(`/threads/${id}/messages?order=asc&limit=1`)) as { data?: Message[] } | undefined;
  const message = page?.data?.[0];
  const title = message && titleFrom(plainText(message));
  if (title) await memory.setTitle(id, title);
  return title;
}

import type { Message } from 'openai/resources/beta/threads/messages';
import { newId, unixTime } from '../../ids';
import type { StoredThread } from '../../store/tables/threadTable';
import { type ApiContext, requireThread } from '../context';
import type { CreateThread } from '../input/schemas';
import { resolveToolResources } from '../toolResources';
import { giveAttachments, insertMessage } from './messages';
import { deleteUnfinished, writeRows } from './writeRows';

/**
 * Creates a thread with its first messages; it is hidden until all are written. `also` gets the thread as it is stored,
 * with the resources of their attachments, in the transaction that shows it. Returns what `also` returns.
 */
export async function createThread<R>(
  context: ApiContext,
  body: CreateThread,
  also: (thread: StoredThread) => R,
): Promise<R> {
  const id = newId('thread');
  try {
    return await writeRows(context, id, rowsOf(context, id, body, also));
  } catch (error) {
    deleteUnfinished(context, id);
    throw error;
  }
}

function* rowsOf<R>(
  context: ApiContext,
  id: string,
  { messages = [], metadata, tool_resources }: CreateThread,
  also: (thread: StoredThread) => R,
): Generator<void, R> {
  const { store, registry } = context;
  const thread: StoredThread = {
    id,
    object: 'thread',
    created_at: unixTime(),
    metadata: metadata ?? {},
    tool_resources: {},
  };
  store.threads.insertHidden(thread, registry.id);
  const attached: Message[] = [];
  for (const given of messages) {
    const message = insertMessage(context, id, given);
    if (given.attachments?.length) attached.push(message);
    yield;
  }
  store.threads.show(id);
  // These may make vector stores, which would be there before the thread.
  const resources = resolveToolResources(context, tool_resources);
  if (resources) store.threads.update({ ...thread, tool_resources: resources });
  for (const message of attached) giveAttachments(context, message);
  return also(requireThread(context, id));
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Hono } from 'hono';
import type { EngineRegistry } from '../../engineRegistry';
import { notFound } from '../../errors';
import { unixTime } from '../../ids';
import { type ApiContext, requireThread } from '../context';
import { listTrash } from './threadLists';
import { threadAnswer } from './threadAnswer';

/** Seconds after which a thread in the trash is deleted. */
const trashSeconds = 30 * 24 * 60 * 60;

/** Milliseconds between two sweeps of the trash. */
const sweepInterval = 60_000;

/** An extension: threads that are deleted later, and can be restored until then. */
export function trashRoutes(app: Hono, context: ApiContext, log: (message: string) => void): void {
  const { store } = context;

  app.get('/trash/threads', (c) => listTrash(context, c.req.query()));

  app.delete('/trash/threads', async (c) => {
    const deleted: string[] = [];
    for (let id = anyTrashed(context); id !== undefined; id = anyTrashed(context)) {
      deleteThread(context, id, log);
      deleted.push(id);
      await nextTurn();
    }
    return c.json({ object: 'list.deleted', ids: deleted, deleted: true });
  });

  app.delete('/trash/threads/:thread', (c) => {
    const id = c.req.param('thread');
    if (!store.threads.isTrashed(id)) throw notFound('thread', id);
    deleteThread(context, id, log);
    return c.json({ id, object: 'thread.deleted', deleted: true });
  });

  app.post('/threads/:thread/trash', (c) => {
    const thread = requireThread(context, c.req.param('thread'));
    const trashed_at = unixTime();
    const active = store.runs.activeOf(thread.id);
    store.transaction(() => store.threads.setTrashed(thread.id, trashed_at));
    // Its answer would not be seen.
    if (active) context.runs.cancel(active);
    return c.json({ ...threadAnswer(thread), trashed_at });
  });

  app.post('/threads/:thread/restore', (c) => {
    const id = c.req.param('thread');
    if (!store.transaction(() => store.threads.setTrashed(id, null))) throw notFound('thread', id);
    return c.json(threadAnswer(requireThread(context, id)));
  });
}

/** Deletes the threads that have been in the trash for 30 days, at the first tick and about once a minute. */
export function sweepTrash(
  context: ApiContext,
  registry: EngineRegistry,
  log: (message: string) => void,
): void {
  let sweptAt = -Infinity;
  registry.onTick(() => {
    if (performance.now() - sweptAt < sweepInterval) return;
    sweptAt = performance.now();
    const id = context.store.threads.anyTrashed(unixTime() - trashSeconds);
    if (id === undefined) return;
    // One at a tick: there may be many.
    deleteThread(context, id, log);
    sweptAt = -Infinity;
  });
}

/** Deletes a thread for good, with its runs and the folder of its code interpreter. */
export function deleteThread(context: ApiContext, id: string, log: (message: string) => void): void {
  const { store, tools, runs, threadDeletion } = context;
  const active = store.runs.activeOf(id);
  for (const tool of tools.values()) tool.threadDeleting?.(id);
  store.transaction(() => {
    // Its tokens were used all the same.
    if (active) store.usage.add(active);
    // No engine may find it while the thread is being deleted.
    if (active) store.runs.delete(active.id);
    threadDeletion.delete(id);
  });
  if (active) runs.drop(active.id);
  for (const tool of tools.values()) {
    try {
      tool.forgetThread?.(id);
    } catch (error) {
      log(`The tool ${tool.type} did not forget ${id}: ${String(error)}`);
    }
  }
}

function anyTrashed({ store }: ApiContext): string | undefined {
  return store.threads.anyTrashed(Number.MAX_SAFE_INTEGER);
}

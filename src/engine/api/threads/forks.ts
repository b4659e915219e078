import type { Hono } from 'hono';
import { badRequest } from '../../errors';
import { newId, unixTime } from '../../ids';
import { type CopiedPart, ThreadCopy } from '../../store/threadCopy';
import type { StoredThread } from '../../store/tables/threadTable';
import { type ApiContext, copyLost, requireThread } from '../context';
import { loadSchemas } from '../input/loadSchemas';
import type { ForkThread } from '../input/schemas';
import { requireMessage } from './messages';
import { threadAnswer } from './threadAnswer';
import { deleteUnfinished, writeRows } from './writeRows';
import { checkBody } from '../input/validate';

/** An extension: copies of threads up to a message, and the branches of a conversation that they make. */
export function forkRoutes(app: Hono, context: ApiContext): void {
  const { store } = context;

  app.post('/threads/:thread/fork', async (c) => {
    const schemas = await loadSchemas();
    const body = await checkBody(schemas.forkThread, c.req.raw);
    return c.json(threadAnswer(await forkThread(context, c.req.param('thread'), body)));
  });

  app.get('/threads/:thread/branches', (c) => {
    const thread = requireThread(context, c.req.param('thread'));
    return c.json({
      object: 'thread.branches',
      threads: store.branches.threadsOf(thread).map(threadAnswer),
      points: store.branches.pointsOf(thread),
    });
  });
}

/** Copies a thread; the copy is hidden until it is complete. */
async function forkThread(context: ApiContext, threadId: string, body: ForkThread): Promise<StoredThread> {
  const { store, registry } = context;
  const id = newId('thread');
  try {
    await writeRows(context, id, rowsOfFork(context, { threadId, id, body }));
    for (const tool of context.tools.values()) await tool.copyThread?.(threadId, id);
    return store.transaction(() => {
      // It may have been deleted meanwhile.
      requireThread(context, threadId);
      if (!store.threads.isCopiedBy(id, registry.id)) throw copyLost();
      store.threads.show(id);
      return requireThread(context, id);
    });
  } catch (error) {
    deleteUnfinished(context, id);
    for (const tool of context.tools.values()) tool.forgetThread?.(id);
    throw error;
  }
}

function* rowsOfFork(
  context: ApiContext,
  { threadId, id, body }: { threadId: string; id: string; body: ForkThread },
): Generator<void, void> {
  const { store } = context;
  const thread = requireThread(context, threadId);
  const copy = new ThreadCopy(store, threadId, id, copiedPart(context, threadId, body));
  const last = copy.last();
  const conversation = body.branch ? (thread.conversation ?? thread.id) : undefined;
  if (conversation !== undefined && thread.conversation === undefined)
    store.threads.update({ ...thread, conversation });
  store.threads.insertFork(
    {
      id,
      object: 'thread',
      created_at: unixTime(),
      metadata: body.metadata === undefined ? thread.metadata : (body.metadata ?? {}),
      tool_resources: thread.tool_resources,
      forked_from: { thread_id: threadId, message_id: last?.id ?? null },
      ...(conversation !== undefined && { conversation }),
    },
    { owner: context.registry.id, slot: last?.origin ?? '' },
  );
  yield* copy.rows();
}

function copiedPart(context: ApiContext, threadId: string, body: ForkThread): CopiedPart {
  const { up_to, before } = body;
  if (up_to != null && before != null) {
    throw badRequest("Only one of 'up_to' and 'before' can be given.", 'before', 'invalid_value');
  }
  const activeRun = context.store.runs.activeOf(threadId)?.id;
  const id = up_to ?? before;
  if (id == null) return { activeRun };
  const message = requireMessage(context, threadId, id);
  if (up_to != null && activeRun !== undefined && message.run_id === activeRun) {
    throw badRequest(`Can't fork ${threadId} at ${id} while the run ${activeRun} is active.`, 'up_to');
  }
  return { boundary: { message, isCopied: up_to != null }, activeRun };
}

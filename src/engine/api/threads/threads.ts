import type { Hono } from 'hono';
import { notFound } from '../../errors';
import { citedPassage } from '../../tools/fileSearch/searchResults';
import { type ApiContext, requireThread } from '../context';
import { createThread } from './newThread';
import { page } from '../input/pages';
import { loadSchemas } from '../input/loadSchemas';
import { threadAnswer } from './threadAnswer';
import { listByActivity, listFound } from './threadLists';
import { deleteThread } from './trash';
import { resolveToolResources } from '../toolResources';
import { checkBody } from '../input/validate';

export function threadRoutes(app: Hono, context: ApiContext, log: (message: string) => void): void {
  const { threads } = context.store;

  // An extension: the hosted service had no list of threads.
  app.get('/threads', (c) => {
    const query = c.req.query();
    if (query['query'] !== undefined) return listFound(context, query);
    if (query['sort'] !== undefined) return listByActivity(context, query);
    return page(threads, query, {}, threadAnswer);
  });

  app.post('/threads', async (c) => {
    const schemas = await loadSchemas();
    const body = await checkBody(schemas.createThread, c.req.raw);
    return c.json(await createThread(context, body, threadAnswer));
  });

  app.get('/threads/:thread', (c) => c.json(threadAnswer(requireThread(context, c.req.param('thread')))));

  app.post('/threads/:thread', async (c) => {
    const { modifyThread } = await loadSchemas();
    const body = await checkBody(modifyThread, c.req.raw);
    const thread = context.store.transaction(() => {
      const old = requireThread(context, c.req.param('thread'));
      const tool_resources = resolveToolResources(context, body.tool_resources);
      return threads.update({
        ...old,
        metadata: body.metadata === undefined ? old.metadata : (body.metadata ?? {}),
        tool_resources: tool_resources === undefined ? old.tool_resources : tool_resources,
      });
    });
    return c.json(threadAnswer(thread));
  });

  // An extension: citation marks are numbered per thread, as a run may cite what an earlier run found.
  app.get('/threads/:thread/citations/:number', (c) => {
    const { id } = requireThread(context, c.req.param('thread'));
    const number = c.req.param('number');
    const passage = citedPassage(context.store, id, number);
    if (!passage) throw notFound('citation', number);
    return c.json({ object: 'thread.citation', ...passage });
  });

  app.delete('/threads/:thread', (c) => {
    const { id } = requireThread(context, c.req.param('thread'));
    deleteThread(context, id, log);
    return c.json({ id, object: 'thread.deleted', deleted: true });
  });
}

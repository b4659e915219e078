import type { Hono } from 'hono';
import { notFound } from '../errors';
import { type ApiContext, requireRun } from './context';
import { checkInclude } from './include';
import { page } from './pages';

export function stepRoutes(app: Hono, context: ApiContext): void {
  app.get('/threads/:thread/runs/:run/steps', (c) => {
    const { id } = requireRun(context, c.req.param('thread'), c.req.param('run'));
    checkInclude(c.req.url);
    return page(context.store.steps, c.req.query(), { run_id: id });
  });

  app.get('/threads/:thread/runs/:run/steps/:id', (c) => {
    const run = requireRun(context, c.req.param('thread'), c.req.param('run'));
    checkInclude(c.req.url);
    const step = context.store.steps.get(c.req.param('id'));
    if (step?.run_id !== run.id) throw notFound('run step', c.req.param('id'));
    return c.json(step);
  });
}

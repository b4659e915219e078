import type { Hono } from 'hono';
import { notFound } from '../errors';
import { type ApiContext, requireRun } from './context';
import { checkInclude, withIncluded } from './input/include';
import { page } from './input/pages';

export function stepRoutes(app: Hono, context: ApiContext): void {
  app.get('/threads/:thread/runs/:run/steps', (c) => {
    const { id } = requireRun(context, c.req.param('thread'), c.req.param('run'));
    const { steps } = context.store;
    const addIncluded = withIncluded(context, checkInclude(c.req.url));
    return page(steps, c.req.query(), { run_id: id }, { map: addIncluded });
  });

  app.get('/threads/:thread/runs/:run/steps/:id', (c) => {
    const run = requireRun(context, c.req.param('thread'), c.req.param('run'));
    const addIncluded = withIncluded(context, checkInclude(c.req.url));
    const step = context.store.steps.get(c.req.param('id'));
    if (step?.run_id !== run.id) throw notFound('run step', c.req.param('id'));
    return c.json(addIncluded(step));
  });
}

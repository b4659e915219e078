import type { Hono } from 'hono';
import { notFound } from '../errors';
import { type ApiContext, requireRun } from './context';
import { storedPage } from './input/pages';

/**
 * An extension: what was sent to models and what came back, of the newest requests. Lists have no contents,
 * which may be large.
 */
export function modelRequestRoutes(app: Hono, context: ApiContext): void {
  const { modelRequests, steps } = context.store;

  app.get('/threads/:thread/runs/:run/model_requests', (c) => {
    const { id } = requireRun(context, c.req.param('thread'), c.req.param('run'));
    return storedPage(modelRequests, c.req.query(), { run_id: id });
  });

  app.get('/threads/:thread/runs/:run/steps/:step/model_requests', (c) => {
    const run = requireRun(context, c.req.param('thread'), c.req.param('run'));
    const step = steps.get(c.req.param('step'));
    if (step?.run_id !== run.id) throw notFound('run step', c.req.param('step'));
    const turn = modelRequests.turnOf(run.id, step.id);
    return storedPage(modelRequests, c.req.query(), { run_id: run.id, turn: turn ?? '' });
  });

  app.get('/threads/:thread/runs/:run/model_requests/:id', (c) => {
    const run = requireRun(context, c.req.param('thread'), c.req.param('run'));
    const info = modelRequests.get(c.req.param('id'));
    const content = info?.run_id === run.id ? modelRequests.content(info.id) : undefined;
    if (!info || !content) throw notFound('model request', c.req.param('id'));
    return c.json({ ...info, ...content });
  });
}

import type { Hono } from 'hono';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import { notFound } from '../../errors';
import type { Table } from '../../store/tables/table';
import { type ApiContext, requireRun } from '../context';
import { checkInclude, type Include, withIncluded } from '../input/include';
import { page } from '../input/pages';

export function stepRoutes(app: Hono, context: ApiContext): void {
  app.get('/threads/:thread/runs/:run/steps', (c) => {
    const { id } = requireRun(context, c.req.param('thread'), c.req.param('run'));
    const include = checkInclude(c.req.url);
    const addIncluded = withIncluded(context, include);
    return page(stepsFor(context, include), c.req.query(), { run_id: id }, addIncluded);
  });

  app.get('/threads/:thread/runs/:run/steps/:id', (c) => {
    const run = requireRun(context, c.req.param('thread'), c.req.param('run'));
    const include = checkInclude(c.req.url);
    const addIncluded = withIncluded(context, include);
    const step = stepsFor(context, include).get(c.req.param('id'));
    if (step?.run_id !== run.id) throw notFound('run step', c.req.param('id'));
    return c.json(addIncluded(step));
  });
}

/** Steps that have only reasoned are an addition to the API, for those that ask for reasoning. */
function stepsFor({ store: { steps } }: ApiContext, include: readonly Include[]): Table<RunStep> {
  return include.includes('turn') ? steps.withHidden : steps;
}

import type { Hono } from 'hono';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Metadata } from 'openai/resources/shared';
import { ApiError, badRequest } from '../../errors';
import { ModelError } from '../../models/modelProvider';
import { type TitleContext, writeTitle } from '../../runs/threadTitle';
import { type ApiContext, requireRun, requireThread } from '../context';
import { loadSchemas } from '../input/loadSchemas';
import { pairLimits } from '../input/pairLimits';
import { checkBody } from '../input/validate';
import { threadAnswer } from './threadAnswer';

/** Throws if the metadata of a thread has no room for a title. */
function checkRoom(metadata: Metadata | null): void {
  const { pairs } = pairLimits;
  if (metadata && !('title' in metadata) && Object.keys(metadata).length >= pairs)
    throw badRequest(
      `The metadata of the thread has ${pairs} pairs already: no title can be added.`,
      'metadata',
    );
}

/** An extension: the title of a thread, which the model of one of its runs writes. */
export function threadTitleRoutes(app: Hono, context: ApiContext, title: TitleContext): void {
  const { store } = context;

  app.post('/threads/:thread/title', async (c) => {
    const { titleThread } = await loadSchemas();
    const { run_id, replaces } = await checkBody(titleThread, c.req.raw);
    const { id, metadata } = requireThread(context, c.req.param('thread'));
    checkRoom(metadata);
    const run = requireRun(context, id, run_id);
    const read = (order: 'asc' | 'desc', where: Record<string, string>): Message | undefined =>
      store.messages.page({ thread_id: id, ...where }, { limit: 1, order }).data[0];
    const question = read('asc', {});
    const answer = read('desc', { run_id });
    if (!question || !answer) throw badRequest(`The run ${run_id} has not answered anything.`, 'run_id');
    const words = await writeTitle(title, run, { question, answer }).catch((error: unknown) => {
      throw error instanceof ModelError ? new ApiError(502, error.message) : error;
    });
    const thread = store.transaction(() => {
      // The user may have named it meanwhile.
      const now = requireThread(context, id);
      if ((now.metadata?.['title'] ?? '') !== (replaces ?? '')) return now;
      checkRoom(now.metadata);
      return store.threads.update({ ...now, metadata: { ...now.metadata, title: words } });
    });
    return c.json(threadAnswer(thread));
  });
}

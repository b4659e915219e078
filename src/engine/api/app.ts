import { Hono } from 'hono';
import { ApiError } from '../errors';
import { assistantRoutes } from './assistants';
import type { ApiContext } from './context';
import { fileRoutes } from './files';
import { messageRoutes } from './messages';
import { modelRoutes } from './models';
import { runRoutes } from './runs';
import { stepRoutes } from './steps';
import { threadRoutes } from './threads';

/** The whole API under `/v1`, answering in its own error envelope whatever happens. */
export function createApp(context: ApiContext, log: (message: string) => void): Hono {
  const app = new Hono().basePath('/v1');
  assistantRoutes(app, context);
  runRoutes(app, context);
  threadRoutes(app, context);
  messageRoutes(app, context);
  stepRoutes(app, context);
  fileRoutes(app, context);
  modelRoutes(app, context);

  app.notFound((c) => {
    const message = `Invalid URL (${c.req.method} ${new URL(c.req.url).pathname})`;
    return c.json(new ApiError(404, message, null, 'unknown_url').body, 404);
  });

  app.onError((error, c) => {
    if (error instanceof ApiError) return c.json(error.body, error.status);
    log(`${c.req.method} ${new URL(c.req.url).pathname} failed: ${error.stack ?? error.message}`);
    return c.json(
      new ApiError(500, 'Something went wrong in Assistants Studio. Its log says more.').body,
      500,
    );
  });

  return app;
}

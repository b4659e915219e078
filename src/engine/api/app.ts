import { Hono } from 'hono';
import { ApiError } from '../errors';
import { MissingContentError } from '../store/fileContents';
import type { Store } from '../store/store';
import type { StoreErrorKind } from '../store/storeErrors';
import { assistantRoutes } from './assistants';
import type { ApiContext } from './context';
import { fileRoutes } from './files';
import { messageRoutes } from './messages';
import { modelRequestRoutes } from './modelRequests';
import { modelRoutes } from './models';
import { runRoutes } from './runs';
import { stepRoutes } from './steps';
import { threadRoutes } from './threads';
import { fileBatchRoutes, vectorStoreFileRoutes } from './vectorStoreFiles';
import { vectorStoreRoutes } from './vectorStores';
import { changeRoutes } from './changes';

/** The whole API under `/v1`. Every error is answered in its envelope. */
export function createApp(context: ApiContext, log: (message: string) => void): Hono {
  const app = new Hono().basePath('/v1');
  app.use(async (c, next) => {
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
      context.store.rejectLost();
      await context.store.waitForLock();
    }
    return next();
  });
  assistantRoutes(app, context);
  runRoutes(app, context);
  threadRoutes(app, context, log);
  messageRoutes(app, context);
  stepRoutes(app, context);
  modelRequestRoutes(app, context);
  fileRoutes(app, context);
  modelRoutes(app, context);
  changeRoutes(app, context);
  if (context.fileSearch) {
    vectorStoreRoutes(app, context, context.fileSearch);
    vectorStoreFileRoutes(app, context, context.fileSearch);
    fileBatchRoutes(app, context, context.fileSearch);
  }

  app.notFound((c) => {
    const message = `Invalid URL (${c.req.method} ${new URL(c.req.url).pathname})`;
    return c.json(new ApiError(404, message, null, 'unknown_url').body, 404);
  });

  app.onError((error, c) => {
    if (error instanceof ApiError) return c.json(error.body, error.status);
    log(`${c.req.method} ${new URL(c.req.url).pathname} failed: ${error.stack ?? error.message}`);
    if (error instanceof MissingContentError)
      return c.json(new ApiError(500, error.message, null, 'file_content_missing').body, 500);
    const storageError = storageApiError(error, context.store);
    if (storageError) return c.json(storageError.body, storageError.status);
    return c.json(
      new ApiError(500, 'Something went wrong in Assistants Studio. See its log for details.').body,
      500,
    );
  });

  return app;
}

/** The API error for an error caused by the disk; undefined for any other. */
function storageApiError(error: Error, store: Store): ApiError | undefined {
  const storeError = store.storeErrorOf(error);
  if (!storeError) return undefined;
  const statuses: Partial<Record<StoreErrorKind, 503 | 507>> = {
    full: 507,
    busy: 503,
    lost: 503,
    shared: 503,
  };
  return new ApiError(
    statuses[storeError.kind] ?? 500,
    storeError.message,
    null,
    `storage_${storeError.kind}`,
  );
}

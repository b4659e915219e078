import { Hono } from 'hono';
import { ApiError } from '../errors';
import { MissingContentError } from '../store/fileContents';
import type { Store } from '../store/store';
import type { StoreErrorKind } from '../store/storeErrors';
import { apiPath } from './addresses';
import { assistantRoutes } from './assistants';
import { codeRunRoutes } from './threads/codeRuns';
import type { ApiContext } from './context';
import { fileRoutes } from './files/files';
import { forkRoutes } from './threads/forks';
import { importRoutes } from './imports/imports';
import { messageRoutes } from './threads/messages';
import { modelRequestRoutes } from './modelRequests';
import { modelRoutes } from './models';
import { passthroughRoutes } from './passthrough';
import { addRequestIds, requestIdOf } from './requestIds';
import { runRoutes } from './threads/runs';
import { stepRoutes } from './threads/steps';
import { threadRoutes } from './threads/threads';
import { threadTitleRoutes } from './threads/threadTitles';
import { trashRoutes } from './threads/trash';
import { fileBatchRoutes, vectorStoreFileRoutes } from './files/vectorStoreFiles';
import { vectorStoreRoutes } from './files/vectorStores';
import { usageRoutes } from './usage/usage';
import { versionRoutes } from './versions/versions';
import { changeRoutes } from './changes';
import { filesInV2 } from './input/validate';

/** The addresses of the first version's files of assistants and messages. */
const filesOfV1 = /^\/v1\/(assistants|threads\/[^/]+\/messages|messages)\/[^/]+\/files(\/[^/]+)?$/;

/**
 * The whole API under `/v1`, and under the base paths of Azure's clients. Every error is answered in its envelope,
 * and every answer has the id of its request, which the log has, too, if the request failed.
 */
export function createApp(context: ApiContext, log: (message: string) => void): Hono {
  const root = new Hono({ getPath: apiPath });
  addRequestIds(root);
  const app = root.basePath('/v1');
  // Stores nothing, so it does not depend on the database.
  passthroughRoutes(app, context);
  app.use(async (c, next) => {
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
      context.store.rejectLost();
      await context.store.waitForLock();
    }
    return next();
  });
  assistantRoutes(app, context);
  versionRoutes(app, context);
  runRoutes(app, context);
  threadRoutes(app, context, log);
  trashRoutes(app, context, log);
  threadTitleRoutes(app, context, { ...context, log });
  forkRoutes(app, context);
  messageRoutes(app, context);
  stepRoutes(app, context);
  modelRequestRoutes(app, context);
  fileRoutes(app, context);
  importRoutes(app, context);
  modelRoutes(app, context);
  changeRoutes(app, context);
  usageRoutes(app, context);
  if (context.codeInterpreter) codeRunRoutes(app, context, context.codeInterpreter);
  if (context.fileSearch) {
    vectorStoreRoutes(app, context, context.fileSearch);
    vectorStoreFileRoutes(app, context, context.fileSearch);
    fileBatchRoutes(app, context, context.fileSearch);
  }

  app.notFound((c) => {
    const hint = filesOfV1.test(c.req.path) ? `. ${filesInV2}` : '';
    const message = `Invalid URL (${c.req.method} ${new URL(c.req.url).pathname})${hint}`;
    return c.json(new ApiError(404, message, null, 'unknown_url').body, 404);
  });

  app.onError((error, c) => {
    if (error instanceof ApiError) return c.json(error.body, error.status);
    if (!context.store.isOpen) return c.json(closed().body, 503);
    const request = `${c.req.method} ${new URL(c.req.url).pathname} (${requestIdOf(c.req.raw)})`;
    if (!hasClientLeft(c.req.raw, error)) log(`${request} failed: ${error.stack ?? error.message}`);
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

/** A request was under way when the engine was closed. */
function closed(): ApiError {
  return new ApiError(503, 'The request was not completed because this program is closing.');
}

/** Whether a request ended because its client is gone, perhaps in the middle of its body, or has cancelled it. */
function hasClientLeft({ signal }: Request, error: NodeJS.ErrnoException): boolean {
  return (
    (signal.aborted && error.name === 'AbortError') ||
    (error.code === 'ECONNRESET' && error.message === 'aborted')
  );
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

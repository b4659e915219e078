import type { Hono } from 'hono';
import * as z from 'zod';
import { notFound } from '../../errors';
import { lazy } from '../../lazy';
import type { StoredFileBatch, StoredVectorStoreFile } from '../../store/tables/vectorStoreTables';
import type { FileSearchTool } from '../../tools/fileSearch/fileSearchTool';
import type {
  NewVectorStoreFile,
  VectorStoreManager,
} from '../../tools/fileSearch/stores/vectorStoreManager';
import { TimeSlices } from '../../timeSlices';
import { type ApiContext, requireFile, requireVectorStore } from '../context';
import { page, storedPage } from '../input/pages';
import { check, checkBody } from '../input/validate';
import { loadSchemas } from '../input/loadSchemas';

/** The polling interval proposed to clients that wait for a file to be read, in milliseconds. */
const pollHeader = { 'openai-poll-after-ms': '100' };

/** Files of a batch that are added in one transaction. */
const filesAtOnce = 64;

/** The `filter` parameter of file lists: a status. */
const statusFilter = lazy(() =>
  z.object({ filter: z.enum(['in_progress', 'completed', 'failed', 'cancelled']).optional() }),
);

/** The files of a vector store. */
export function vectorStoreFileRoutes(app: Hono, context: ApiContext, fileSearch: FileSearchTool): void {
  const { stores, ingest } = fileSearch;
  const { vectorStoreFiles } = context.store;
  const answer = (file: StoredVectorStoreFile) => fileAnswer(context, file);

  app.get('/vector_stores/:store/files', (c) => {
    const { id, expired } = requireVectorStore(context, c.req.param('store'));
    return filePage(context, id, c.req.query(), { vector_store_id: expired ? '' : id });
  });

  app.post('/vector_stores/:store/files', async (c) => {
    const { addFile } = await loadSchemas();
    const body = await checkBody(addFile, c.req.raw);
    const [file] = context.store.transaction(() => {
      const stored = requireVectorStore(context, c.req.param('store'));
      requireFile(context, body.file_id);
      return stores.addFiles(stored, [body]);
    });
    ingest.wake();
    return c.json(file);
  });

  app.get('/vector_stores/:store/files/:file', (c) => {
    const file = requireStoreFile(context, c.req.param('store'), c.req.param('file'));
    return c.json(answer(file), 200, file.status === 'in_progress' ? pollHeader : {});
  });

  app.post('/vector_stores/:store/files/:file', async (c) => {
    const { modifyFile } = await loadSchemas();
    const { attributes } = await checkBody(modifyFile, c.req.raw);
    const file = context.store.transaction(() => {
      const old = requireStoreFile(context, c.req.param('store'), c.req.param('file'));
      return vectorStoreFiles.update({ ...old, attributes: attributes ?? {} });
    });
    return c.json(answer(file));
  });

  app.delete('/vector_stores/:store/files/:file', (c) => {
    const { id, vector_store_id } = requireStoreFile(context, c.req.param('store'), c.req.param('file'));
    context.store.transaction(() => stores.removeFile(vector_store_id, id));
    ingest.wake();
    return c.json({ id, object: 'vector_store.file.deleted', deleted: true });
  });

  app.get('/vector_stores/:store/files/:file/content', (c) => {
    const { id, vector_store_id } = requireStoreFile(context, c.req.param('store'), c.req.param('file'));
    return c.json({
      object: 'vector_store.file_content.page',
      data: [{ type: 'text', text: stores.contentOf(vector_store_id, id) }],
      has_more: false,
      next_page: null,
    });
  });
}

/** Batches of files that are added to a vector store together. */
export function fileBatchRoutes(app: Hono, context: ApiContext, fileSearch: FileSearchTool): void {
  const { stores, ingest } = fileSearch;

  app.post('/vector_stores/:store/file_batches', async (c) => {
    const { createBatch } = await loadSchemas();
    const body = await checkBody(createBatch, c.req.raw);
    const { chunking_strategy, attributes } = body;
    const files: NewVectorStoreFile[] =
      body.files ?? (body.file_ids ?? []).map((file_id) => ({ file_id, chunking_strategy, attributes }));
    const batch = await addBatch(context, stores, c.req.param('store'), files);
    ingest.wake();
    return c.json(stores.batchAnswer(batch));
  });

  app.get('/vector_stores/:store/file_batches/:batch', (c) => {
    const batch = requireBatch(context, c.req.param('store'), c.req.param('batch'));
    const answer = stores.batchAnswer(batch);
    return c.json(answer, 200, answer.status === 'in_progress' ? pollHeader : {});
  });

  app.post('/vector_stores/:store/file_batches/:batch/cancel', (c) => {
    const batch = context.store.transaction(() =>
      stores.cancelBatch(requireBatch(context, c.req.param('store'), c.req.param('batch'))),
    );
    ingest.wake();
    return c.json(stores.batchAnswer(batch));
  });

  app.get('/vector_stores/:store/file_batches/:batch/files', (c) => {
    const { id, vector_store_id } = requireBatch(context, c.req.param('store'), c.req.param('batch'));
    return filePage(context, vector_store_id, c.req.query(), { batch_id: id });
  });
}

/**
 * Adds files to a store, a few at a time: a request may have thousands. All are checked first. What was added before an
 * error is removed again; after a crash, a part of the batch may have been added.
 */
async function addBatch(
  context: ApiContext,
  stores: VectorStoreManager,
  storeId: string,
  files: readonly NewVectorStoreFile[],
): Promise<StoredFileBatch> {
  const { store } = context;
  const slices = new TimeSlices();
  stores.rejectTooMany(requireVectorStore(context, storeId), files);
  for (const { file_id } of files) {
    requireFile(context, file_id);
    if (slices.isOver) await slices.next();
  }
  const batch = store.transaction(() => stores.createBatch(requireVectorStore(context, storeId)));
  const addedIds: string[] = [];
  try {
    for (let at = 0; at < files.length; at += filesAtOnce) {
      if (slices.isOver) await slices.next();
      await store.waitForLock();
      const some = files.slice(at, at + filesAtOnce);
      const newIds = store.transaction(() => {
        const stored = requireVectorStore(context, storeId);
        for (const { file_id } of some) requireFile(context, file_id);
        const ids = some.map(({ file_id }) => file_id);
        const missing = ids.filter((id) => !store.vectorStoreFiles.get(storeId, id));
        stores.addFiles(stored, some, batch.id);
        return missing;
      });
      addedIds.push(...newIds);
    }
    return batch;
  } catch (error) {
    removeFiles(context, stores, storeId, addedIds);
    throw error;
  }
}

function removeFiles(
  { store }: ApiContext,
  stores: VectorStoreManager,
  storeId: string,
  ids: readonly string[],
): void {
  try {
    store.transaction(() => ids.forEach((id) => stores.removeFile(storeId, id)));
  } catch {
    // The error that stopped the adding is the one to report.
  }
}

function filePage(
  context: ApiContext,
  storeId: string,
  { filter, ...query }: Record<string, string>,
  where: Record<string, string>,
): Response {
  const { filter: status } = check(statusFilter(), filter ? { filter } : {});
  const { vectorStoreFiles, hosted } = context.store;
  // Few stores have errors: most pages need no query for each file.
  const filtered = status ? { ...where, status } : where;
  return hosted.hasErrors(storeId)
    ? page(vectorStoreFiles, query, filtered, (file) => fileAnswer(context, file))
    : storedPage(vectorStoreFiles, query, filtered);
}

/**
 * The file as the API answers it. `hosted_error` is an extension: why a provider rejected the file for its
 * own file search.
 */
function fileAnswer(
  { store }: ApiContext,
  file: StoredVectorStoreFile,
): StoredVectorStoreFile & { hosted_error?: string } {
  const hosted_error = store.hosted.anyError(file.vector_store_id, file.id);
  return hosted_error === undefined ? file : { ...file, hosted_error };
}

function requireStoreFile(context: ApiContext, storeId: string, fileId: string): StoredVectorStoreFile {
  const { id, expired } = requireVectorStore(context, storeId);
  // The files of an expired store may not be deleted yet.
  const file = expired ? undefined : context.store.vectorStoreFiles.get(id, fileId);
  if (!file) throw notFound('vector store file', fileId);
  return file;
}

function requireBatch(context: ApiContext, storeId: string, id: string): StoredFileBatch {
  const { expired } = requireVectorStore(context, storeId);
  const batch = context.store.fileBatches.get(id);
  if (expired || batch?.vector_store_id !== storeId) throw notFound('file batch', id);
  return batch;
}

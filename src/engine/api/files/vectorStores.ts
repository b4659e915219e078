import type { Hono } from 'hono';
import { badRequest } from '../../errors';
import type { StoredVectorStore } from '../../store/tables/vectorStoreTables';
import { type FileSearchTool, locationOf } from '../../tools/fileSearch/fileSearchTool';
import type { Found } from '../../tools/fileSearch/stores/search';
import { type ApiContext, requireFile, requireVectorStore } from '../context';
import { page } from '../input/pages';
import { checkBody } from '../input/validate';
import { loadSchemas } from '../input/loadSchemas';

/** Number of search results if the request sets none. */
const defaultResults = 10;

export function vectorStoreRoutes(app: Hono, context: ApiContext, fileSearch: FileSearchTool): void {
  const { stores, ingest } = fileSearch;
  const { vectorStores } = context.store;
  const answer = (stored: StoredVectorStore) => stores.answer(stored);

  app.get('/vector_stores', (c) =>
    page(vectorStores, c.req.query(), {}, ({ id }) => answer(requireVectorStore(context, id))),
  );

  app.post('/vector_stores', async (c) => {
    const { createVectorStore } = await loadSchemas();
    const body = await checkBody(createVectorStore, c.req.raw);
    const stored = context.store.transaction(() => {
      for (const id of body.file_ids ?? []) requireFile(context, id);
      return stores.create(body);
    });
    ingest.wake();
    return c.json(answer(stored));
  });

  app.get('/vector_stores/:store', (c) => c.json(answer(requireVectorStore(context, c.req.param('store')))));

  app.post('/vector_stores/:store', async (c) => {
    const { modifyVectorStore } = await loadSchemas();
    const { name, metadata, expires_after } = await checkBody(modifyVectorStore, c.req.raw);
    const stored = context.store.transaction(() => {
      const old = requireVectorStore(context, c.req.param('store'));
      if (old.expired && expires_after !== undefined) {
        throw badRequest(`The vector store ${old.id} has expired.`, 'expires_after');
      }
      return vectorStores.update({
        ...old,
        name: name === undefined ? old.name : (name ?? ''),
        metadata: metadata === undefined ? old.metadata : (metadata ?? {}),
        expires_after: expires_after === undefined ? old.expires_after : (expires_after ?? undefined),
      });
    });
    return c.json(answer(stored));
  });

  app.delete('/vector_stores/:store', (c) => {
    const { id } = requireVectorStore(context, c.req.param('store'));
    context.store.transaction(() => stores.delete(id));
    ingest.wake();
    return c.json({ id, object: 'vector_store.deleted', deleted: true });
  });

  app.post('/vector_stores/:store/search', async (c) => {
    const { search } = await loadSchemas();
    const body = await checkBody(search, c.req.raw);
    const stored = requireVectorStore(context, c.req.param('store'));
    if (stored.expired) throw badRequest(`The vector store ${stored.id} has expired.`);
    const queries = [body.query].flat();
    const found = await fileSearch.search(
      {
        storeIds: [stored.id],
        queries,
        limit: body.max_num_results ?? defaultResults,
        filter: body.filters,
        scoreThreshold: body.ranking_options?.score_threshold,
      },
      c.req.raw.signal,
    );
    return c.json({
      object: 'vector_store.search_results.page',
      search_query: queries,
      data: found.map((hit) => resultOf(context, hit)),
      has_more: false,
      next_page: null,
    });
  });

  // An extension, for a changed embeddings model: the hosted service chose its model itself and never changed it.
  app.post('/vector_stores/:store/rebuild', (c) => {
    const stored = context.store.transaction(() => {
      const found = requireVectorStore(context, c.req.param('store'));
      stores.rebuild(found);
      return found;
    });
    ingest.wake();
    return c.json(answer(stored));
  });
}

function resultOf({ store }: ApiContext, { storeId, fileId, filename, score, chunk }: Found) {
  const attributes = store.vectorStoreFiles.get(storeId, fileId)?.attributes ?? {};
  return {
    file_id: fileId,
    filename,
    score,
    attributes,
    content: [{ type: 'text' as const, text: chunk.text }],
    // An extension.
    location: locationOf(chunk),
  };
}

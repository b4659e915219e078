/** The answers about vector stores, and what searches of them find, as the OpenAPI document gives them. */
import * as z from 'zod';
import { id, metadata, score, textContent, time } from './contractBasics';

const fileCounts = z
  .strictObject({
    in_progress: z.int().min(0),
    completed: z.int().min(0),
    failed: z.int().min(0),
    cancelled: z.int().min(0),
    total: z.int().min(0),
  })
  .refine((c) => c.total === c.in_progress + c.completed + c.failed + c.cancelled, 'total');

export const vectorStore = z
  .strictObject({
    id: id('vs'),
    object: z.literal('vector_store'),
    created_at: time,
    // The document has no null here, and leaves `expires_after` out; the service sent null for both.
    name: z.string().min(1).nullable(),
    description: z.string().optional(),
    usage_bytes: z.int().min(0),
    file_counts: fileCounts,
    status: z.enum(['expired', 'in_progress', 'completed']),
    expires_after: z
      .strictObject({ anchor: z.literal('last_active_at'), days: z.int().min(1).max(365) })
      .nullable(),
    expires_at: time.nullable(),
    last_active_at: time.nullable(),
    metadata,
    // An extension.
    embedding_model: z.string().nullable(),
  })
  .refine((s) => (s.status === 'in_progress') === s.file_counts.in_progress > 0, 'status')
  .refine((s) => (s.expires_after === null) === (s.expires_at === null), 'expires_at');

const attributes = z
  .record(z.string().max(64), z.union([z.string().max(512), z.number(), z.boolean()]))
  .refine((pairs) => Object.keys(pairs).length <= 16, 'pairs');

export const vectorStoreFile = z
  .strictObject({
    id: z.string(),
    object: z.literal('vector_store.file'),
    usage_bytes: z.int().min(0),
    created_at: time,
    vector_store_id: id('vs'),
    status: z.enum(['in_progress', 'completed', 'cancelled', 'failed']),
    last_error: z
      .strictObject({
        code: z.enum(['server_error', 'unsupported_file', 'invalid_file']),
        message: z.string().min(1),
      })
      .nullable(),
    chunking_strategy: z.strictObject({
      type: z.literal('static'),
      static: z.strictObject({
        max_chunk_size_tokens: z.int().min(100).max(4096),
        chunk_overlap_tokens: z.int().min(0),
      }),
    }),
    attributes,
    // Two extensions.
    embedding_error: z.string().min(1).optional(),
    hosted_error: z.string().min(1).optional(),
  })
  .refine((f) => (f.status === 'failed') === (f.last_error !== null), 'last_error');

export const fileBatch = z.strictObject({
  id: id('vsfb'),
  object: z.literal('vector_store.files_batch'),
  created_at: time,
  vector_store_id: id('vs'),
  status: z.enum(['in_progress', 'completed', 'cancelled', 'failed']),
  file_counts: fileCounts,
});

const place = {
  start: z.int().min(0),
  end: z.int().min(1),
  line: z.int().min(1),
  page: z.int().min(1).optional(),
};

export const searchPage = z.strictObject({
  object: z.literal('vector_store.search_results.page'),
  search_query: z.array(z.string().min(1)),
  data: z.array(
    z.strictObject({
      ...{ file_id: z.string(), filename: z.string(), score, attributes, content: textContent },
      // An extension.
      location: z.strictObject(place),
    }),
  ),
  has_more: z.literal(false),
  next_page: z.null(),
});

export const fileContent = z.strictObject({
  object: z.literal('vector_store.file_content.page'),
  data: textContent,
  has_more: z.literal(false),
  next_page: z.null(),
});

const citedBy = z.string().regex(/^\d+:\d+$/);
const resultFields = { file_id: z.string(), file_name: z.string(), score };
const fullResultFields = {
  ...resultFields,
  content: textContent,
  // An extension, which comes with the content.
  location: z.union([
    z.strictObject({ citation: citedBy }),
    z.strictObject({
      citation: citedBy,
      ...place,
    }),
  ]),
};
export const searchResult = z.union([z.strictObject(resultFields), z.strictObject(fullResultFields)]);
export const citation = z.strictObject({ object: z.literal('thread.citation'), ...fullResultFields });

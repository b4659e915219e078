/** The request bodies and queries of vector stores, as in the OpenAPI document. */
import * as z from 'zod';
import type { AttributeFilter } from '../../tools/fileSearch/stores/attributeFilter';
import { chunkingStrategy, metadata, pairsOf, reject } from './schemas';

const attributes = pairsOf('attributes', z.union([z.string(), z.number(), z.boolean()]));

const expiresAfter = z.strictObject({
  anchor: z.literal('last_active_at'),
  days: z.int().min(1).max(365),
});

export const createVectorStore = z.strictObject({
  file_ids: z.array(z.string()).max(500).optional(),
  name: z.string().optional(),
  description: z.string().optional(),
  expires_after: expiresAfter.optional(),
  chunking_strategy: chunkingStrategy,
  metadata,
});

export const modifyVectorStore = z.strictObject({
  name: z.string().nullish(),
  expires_after: expiresAfter.nullish(),
  metadata,
});

export const addFile = z.strictObject({
  file_id: z.string(),
  chunking_strategy: chunkingStrategy,
  attributes,
});

export const modifyFile = z.strictObject({ attributes: attributes.unwrap() });

/** Maximum number of files in one batch. */
const maxBatch = 2000;

export const createBatch = z
  .strictObject({
    file_ids: z.array(z.string()).min(1).max(maxBatch).optional(),
    files: z.array(addFile).min(1).max(maxBatch).optional(),
    chunking_strategy: chunkingStrategy,
    attributes,
  })
  .superRefine(({ file_ids, files }, context) => {
    if ((file_ids === undefined) !== (files === undefined)) return;
    if (files) reject(context, "Give either 'file_ids' or 'files', not both.", 'invalid_value', ['files']);
    else {
      reject(context, "Missing required parameter: 'file_ids'.", 'missing_required_parameter', ['file_ids']);
    }
  });

const comparison = z
  .strictObject({
    type: z.enum(['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'nin']),
    key: z.string(),
    value: z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))]),
  })
  .superRefine(({ type, value }, context) => {
    const wantsList = type === 'in' || type === 'nin';
    if (wantsList === Array.isArray(value)) return;
    const expected = wantsList ? 'a list of values' : 'a single value';
    reject(context, `The filter '${type}' takes ${expected}.`, 'invalid_value', ['value']);
  });

const filter: z.ZodType<AttributeFilter> = z.lazy(() =>
  z.discriminatedUnion('type', [
    comparison,
    z.strictObject({ type: z.enum(['and', 'or']), filters: z.array(filter) }),
  ]),
);

export const search = z.strictObject({
  query: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  rewrite_query: z.boolean().optional(),
  max_num_results: z.int().min(1).max(50).optional(),
  filters: filter.optional(),
  ranking_options: z
    .strictObject({
      ranker: z.enum(['none', 'auto', 'default-2024-11-15']).optional(),
      score_threshold: z.number().min(0).max(1).optional(),
    })
    .optional(),
});

/** The `filter` parameter of file lists: a status. */
export const statusFilter = z.object({
  filter: z.enum(['in_progress', 'completed', 'failed', 'cancelled']).optional(),
});

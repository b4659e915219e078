/** The request bodies and queries of vector stores, as in the OpenAPI document. */
import * as z from 'zod';
import type { AttributeFilter } from '../../tools/fileSearch/stores/attributeFilter';
import { chunkingStrategy, listOf, maxTextLength, metadata, pairsOf, reject } from './schemas';

const attributes = pairsOf('attributes', z.union([z.string(), z.number(), z.boolean()]));

const expiresAfter = z.strictObject({
  anchor: z.literal('last_active_at'),
  days: z.int().min(1).max(365),
});

export const createVectorStore = z.strictObject({
  file_ids: listOf(z.string(), 500).optional(),
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
    file_ids: listOf(z.string(), maxBatch, 1).optional(),
    files: listOf(addFile, maxBatch, 1).optional(),
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

/** Limits of a search of our own: each filter is compared with each file. */
const maxFilters = 1000;
const maxFilterValues = 1000;
const maxQueries = 1000;

const comparison = z
  .strictObject({
    type: z.enum(['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'nin']),
    key: z.string(),
    value: z.union([
      z.string(),
      z.number(),
      z.boolean(),
      listOf(z.union([z.string(), z.number()]), maxFilterValues),
    ]),
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
    z.strictObject({ type: z.enum(['and', 'or']), filters: listOf(filter, maxFilters) }),
  ]),
);

/** The number of comparisons and compounds in a filter. */
function countFilters(given: AttributeFilter): number {
  if ('key' in given) return 1;
  return (given.filters as AttributeFilter[]).reduce((count, inner) => count + countFilters(inner), 1);
}

const boundedFilter = filter.superRefine((given, context) => {
  if (countFilters(given) <= maxFilters) return;
  reject(context, `A search takes at most ${maxFilters} filters.`, 'invalid_value');
});

const queryText = z.string().min(1).max(maxTextLength);

export const search = z.strictObject({
  query: z.union([queryText, listOf(queryText, maxQueries, 1)]),
  rewrite_query: z.boolean().optional(),
  max_num_results: z.int().min(1).max(50).optional(),
  filters: boundedFilter.optional(),
  ranking_options: z
    .strictObject({
      ranker: z.enum(['none', 'auto', 'default-2024-11-15']).optional(),
      score_threshold: z.number().min(0).max(1).optional(),
    })
    .optional(),
});

import * as z from 'zod';
import { ApiError } from '../../errors';
import { lazy } from '../../lazy';
import { type JsonPage, type PageQuery, UnknownCursorError } from '../../store/tables/table';
import { check } from './validate';

/** Query values are strings. A limit that is not an integer stays one, so that the error shows it. */
function pageQuery(maxLimit: number, defaultLimit: number) {
  return z.object({
    limit: z
      .string()
      .transform((text) => (/^-?\d+$/.test(text) ? Number(text) : text))
      .pipe(z.int().min(1).max(maxLimit))
      .default(defaultLimit),
    order: z.enum(['asc', 'desc']).default('desc'),
    after: z.string().optional(),
    before: z.string().optional(),
  });
}

const defaultPage = lazy(() => pageQuery(100, 20));
/** The service returns up to 10,000 files a page. */
const filePage = lazy(() => pageQuery(10_000, 10_000));

/** Objects that can be read in pages, filtered by column values. */
interface Pages<T> {
  page(where: Record<string, string>, query: PageQuery): { data: T[]; hasMore: boolean };
}

/** The same, of objects that are answered as they are stored. */
interface StoredPages {
  jsonPage(where: Record<string, string>, query: PageQuery): JsonPage;
}

interface PageOptions {
  /** Which limits apply to the page size. */
  sizes?: 'default' | 'files';
}

/** The page that a list request asks for, in the API's shape. `map` turns a stored object into the answered one. */
export function page<T extends { id: string }, A extends { id: string }>(
  table: Pages<T>,
  query: Record<string, string>,
  where: Record<string, string>,
  map: (object: T) => A,
  options: PageOptions = {},
): Response {
  const { data, hasMore } = read(query, options, (asked) => table.page(where, asked));
  const objects = data.map((object) => JSON.stringify(map(object)));
  return listOf(objects, data[0]?.id, data.at(-1)?.id, hasMore);
}

/** The page that a list request asks for, of objects that are answered as they are stored. */
export function storedPage(
  table: StoredPages,
  query: Record<string, string>,
  where: Record<string, string> = {},
): Response {
  const { rows, hasMore } = read(query, {}, (asked) => table.jsonPage(where, asked));
  const objects = rows.map(({ body }) => body);
  return listOf(objects, rows[0]?.id, rows.at(-1)?.id, hasMore);
}

/** The ids are null in an empty list, which the document does not provide for, as the hosted service answered. */
function listOf(
  objects: readonly string[],
  first: string | null = null,
  last: string | null = null,
  hasMore: boolean,
): Response {
  const ends = JSON.stringify({ first_id: first, last_id: last, has_more: hasMore });
  const json = `{"object":"list","data":[${objects.join(',')}],${ends.slice(1)}`;
  return new Response(json, { headers: { 'content-type': 'application/json' } });
}

function read<P>(
  query: Record<string, string>,
  { sizes = 'default' }: PageOptions,
  readPage: (asked: PageQuery) => P,
): P {
  // Some clients send an empty `after=` for the first page.
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
  const asked = check(sizes === 'files' ? filePage() : defaultPage(), given);
  try {
    return readPage(asked);
  } catch (error) {
    if (error instanceof UnknownCursorError) throw new ApiError(404, error.message, error.param);
    throw error;
  }
}

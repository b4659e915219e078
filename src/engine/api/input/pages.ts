import * as z from 'zod';
import { ApiError } from '../../errors';
import { type PageQuery, UnknownCursorError } from '../../store/table';
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

const defaultPage = pageQuery(100, 20);
/** The service returns up to 10,000 files a page. */
const filePage = pageQuery(10_000, 10_000);

/** Objects that can be read in pages, filtered by column values. */
interface Pages<T> {
  page(where: Record<string, string>, query: PageQuery): { data: T[]; hasMore: boolean };
}

interface PageOptions<T, A> {
  /** Which limits apply to the page size. */
  sizes?: 'default' | 'files';
  /** Turns a stored object into the answered one; by default it is answered as it is. */
  map?: (object: T) => A;
}

/** The page that a list request asks for, in the API's shape. */
export function page<T extends { id: string }, A extends { id: string } = T>(
  table: Pages<T>,
  query: Record<string, string>,
  where: Record<string, string> = {},
  { sizes = 'default', map = (object) => object as unknown as A }: PageOptions<T, A> = {},
): Response {
  // Some clients send an empty `after=` for the first page.
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
  const { data, hasMore } = read(table, where, check(sizes === 'files' ? filePage : defaultPage, given));
  return Response.json({
    object: 'list',
    data: data.map(map),
    // Of an empty list, which the document does not provide for, as the hosted service answered.
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: hasMore,
  });
}

function read<T extends { id: string }>(
  table: Pages<T>,
  where: Record<string, string>,
  query: PageQuery,
): { data: T[]; hasMore: boolean } {
  try {
    return table.page(where, query);
  } catch (error) {
    if (error instanceof UnknownCursorError) throw new ApiError(404, error.message, error.param);
    throw error;
  }
}

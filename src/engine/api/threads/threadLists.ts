import * as z from 'zod';
import { ApiError } from '../../errors';
import { lazy } from '../../lazy';
import { UnknownCursorError } from '../../store/tables/table';
import { searchThreads } from '../../threadSearch/threadSearch';
import type { ApiContext } from '../context';
import { check } from '../input/validate';
import { threadAnswer } from './threadAnswer';

const limit = lazy(() =>
  z
    .string()
    .transform((text) => (/^-?\d+$/.test(text) ? Number(text) : text))
    .pipe(z.int().min(1).max(100))
    .default(20),
);

const activityQuery = lazy(() =>
  z.object({
    limit: limit(),
    after: z.string().optional(),
    sort: z.literal('last_active_at'),
    shelf: z.enum(['pinned', 'archived', 'none']).optional(),
  }),
);

const searchQuery = lazy(() =>
  z.object({
    limit: limit(),
    after: z.string().optional(),
    query: z.string(),
    in: z.enum(['titles', 'messages']).default('messages'),
  }),
);

const trashQuery = lazy(() => z.object({ limit: limit(), after: z.string().optional() }));

/** The threads by last activity, newest first. */
export function listByActivity({ store }: ApiContext, query: Record<string, string>): Response {
  const { shelf, ...asked } = check(activityQuery(), given(query));
  const { data, hasMore } = withCursor(() => store.threads.byActivity(shelf, asked));
  return list(data.map(threadAnswer), hasMore);
}

/** The messages and titles that a query finds. */
export async function listFound(context: ApiContext, query: Record<string, string>): Promise<Response> {
  const { in: where, ...asked } = check(searchQuery(), { query: '', ...given(query) });
  const { store, threadIndexer } = context;
  const titlesOnly = where === 'titles';
  const { results, hasMore, isComplete } = await searchThreads(store, threadIndexer, {
    ...asked,
    titlesOnly,
  }).catch(asApiError);
  const answers = results.map((result) => ({ ...result, thread: threadAnswer(result.thread) }));
  return list(answers, hasMore, { complete: isComplete });
}

/** The threads in the trash, the newest there first. */
export function listTrash({ store }: ApiContext, query: Record<string, string>): Response {
  const asked = check(trashQuery(), given(query));
  const { data, hasMore } = withCursor(() => store.threads.trashed(asked));
  return list(data.map(threadAnswer), hasMore);
}

/** Some clients send an empty `after=` for the first page. */
function given(query: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
}

function withCursor<R>(read: () => R): R {
  try {
    return read();
  } catch (error) {
    return asApiError(error);
  }
}

function asApiError(error: unknown): never {
  if (error instanceof UnknownCursorError) throw new ApiError(404, error.message, error.param);
  throw error;
}

function list(
  data: readonly { id: string }[],
  hasMore: boolean,
  more: Record<string, unknown> = {},
): Response {
  const ends = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: hasMore };
  return Response.json({ object: 'list', data, ...ends, ...more });
}

import type OpenAI from 'openai';
import { APIError } from 'openai/core/error';
import { CursorPage } from 'openai/core/pagination';
import type { ActiveThread, TrashedThread } from '../../engine/store/tables/threadTable';
import type { ThreadSearchResult } from '../../engine/threadSearch/threadSearch';
import { UserError, isUnsupported } from '../errors/errors';
import type { Shelf } from './threadShelf';
import { isTrial } from './trialThreads';

export type { ActiveThread, TrashedThread } from '../../engine/store/tables/threadTable';
export type { ThreadSearchResult } from '../../engine/threadSearch/threadSearch';

/** A page of threads by last activity, if the service can list them so. */
export interface ActivityPage {
  data: ActiveThread[];
  hasMore: boolean;
  /** The service does not know this order: `data` are the newest threads, by their creation. */
  isByCreation: boolean;
}

interface PageAsked {
  shelf?: Shelf;
  limit: number;
  after?: string;
}

/** The threads of a shelf by last activity, by our engine's addition to the API. */
export async function listByActivity(client: OpenAI, { shelf, ...asked }: PageAsked): Promise<ActivityPage> {
  const query = { ...asked, sort: 'last_active_at', ...(shelf !== undefined && { shelf }) };
  const read = (given: object) => client.getAPIList('/threads', CursorPage<ActiveThread>, { query: given });
  const page = await read(query).catch((error: unknown) => {
    // A server may reject parameters that it does not know.
    if (error instanceof APIError && error.status === 400) return read(asked);
    throw error;
  });
  const isByCreation = page.data.some(({ last_active_at: at }) => typeof at !== 'number');
  const kept = page.data.filter((thread) => !isTrial(thread));
  const data = kept.map((thread) => ({
    ...thread,
    last_active_at: isByCreation ? thread.created_at : thread.last_active_at,
  }));
  return { data, hasMore: page.has_more, isByCreation };
}

/** What a search of the threads has found. */
export interface FoundThreads {
  data: ThreadSearchResult[];
  hasMore: boolean;
  /** Whether all messages are indexed. */
  isComplete: boolean;
}

/**
 * Searches the threads by the words of their messages and titles, or of the titles alone; undefined if the service
 * cannot.
 */
export async function searchThreads(
  client: OpenAI,
  query: { query: string; in?: 'titles' | 'messages'; limit?: number },
  signal?: AbortSignal,
): Promise<FoundThreads | undefined> {
  try {
    const page = await client.get<{ data: ThreadSearchResult[]; has_more: boolean; complete?: boolean }>(
      '/threads',
      { query, signal },
    );
    // A service that ignores the query lists its threads.
    if (typeof page.complete !== 'boolean') return undefined;
    const data = page.data.filter(({ thread }) => !isTrial(thread));
    return { data, hasMore: page.has_more, isComplete: page.complete };
  } catch (error) {
    if (isUnsupported(error)) return undefined;
    throw error;
  }
}

/** Moves a thread to the trash. Returns false if the service has none. */
export async function moveToTrash(client: OpenAI, id: string): Promise<boolean> {
  try {
    await client.post(`/threads/${id}/trash`);
    return true;
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    // Throws if it is the thread that does not exist.
    await client.beta.threads.retrieve(id);
    return false;
  }
}

export async function restoreThread(client: OpenAI, id: string): Promise<void> {
  await client.post(`/threads/${id}/restore`);
}

/** The newest threads in the trash. Throws UserError with `reason` if the service has none. */
export async function listTrash(client: OpenAI, reason: string): Promise<TrashedThread[]> {
  try {
    const query = { limit: 100 };
    return (await client.get<{ data: TrashedThread[] }>('/trash/threads', { query })).data;
  } catch (error) {
    throw isUnsupported(error) ? new UserError(reason) : error;
  }
}

/** Deletes the threads in the trash for good. Returns how many there were. */
export async function emptyTrash(client: OpenAI): Promise<number> {
  return (await client.delete<{ ids: string[] }>('/trash/threads')).ids.length;
}

import type OpenAI from 'openai';
import type { Thread } from 'openai/resources/beta/threads/threads';
import type { ThreadSearchResult } from '../../../src/engine/threadSearch/threadSearch';

export interface FoundPage {
  data: ThreadSearchResult[];
  has_more: boolean;
  last_id: string | null;
  complete: boolean;
}

/** `GET /v1/threads?query=…`. */
export function search(
  client: OpenAI,
  query: string,
  more: Record<string, string | number> = {},
): Promise<FoundPage> {
  return client.get('/threads', { query: { query, ...more } });
}

/** The passages that a search finds, with their matches in brackets. */
export async function passages(client: OpenAI, query: string): Promise<string[]> {
  return (await search(client, query)).data.map(({ passage: { text, matches } }) => {
    const points = [...text];
    for (const { start_index, end_index } of [...matches].reverse())
      points.splice(
        start_index,
        end_index - start_index,
        `[${points.slice(start_index, end_index).join('')}]`,
      );
    return points.join('');
  });
}

/** A thread with these messages of the user. */
export function threadOf(client: OpenAI, ...texts: string[]): Promise<Thread> {
  return client.beta.threads.create({ messages: texts.map((content) => ({ role: 'user', content })) });
}

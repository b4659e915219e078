import * as z from 'zod';

/** How many queries of one call are searched for, and how many characters of each. */
export const maxQueries = 5;
const maxQueryLength = 10_000;

const callArguments = z.object({
  query: z.string().optional(),
  queries: z.array(z.string()).optional(),
});

/** A call's arguments as a JSON object. Some models write the query alone. */
export function searchArguments(written: string): string {
  try {
    const value: unknown = JSON.parse(written);
    const isObject = typeof value === 'object' && value !== null;
    return isObject ? written : JSON.stringify({ query: written.replace(/^"|"$/g, '') });
  } catch {
    return JSON.stringify({ query: written });
  }
}

/** The queries in a call's arguments. */
export function queriesIn(written: string): string[] {
  const { data = {} } = callArguments.safeParse(JSON.parse(searchArguments(written)));
  return [data.query ?? [], data.queries ?? []]
    .flat()
    .map((query) => query.trim().slice(0, maxQueryLength))
    .filter((query) => query !== '')
    .slice(0, maxQueries);
}

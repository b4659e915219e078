import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { ApiContext } from '../context';

/** The value of `include[]` by which a request for runs asks for their assistants' versions, an extension. */
export const includesVersion = 'assistant_version';

/** Whether a request asks for the version of the assistant. */
export function asksForVersion(url: string): boolean {
  return new URL(url).searchParams.getAll('include[]').includes(includesVersion);
}

/** A run with the number of its assistant's version; null if it is of a time at which there were none. */
export function withVersion({ store }: ApiContext, run: Run): Run & { assistant_version: number | null } {
  return { ...run, assistant_version: store.runs.settings(run.id).assistantVersion ?? null };
}

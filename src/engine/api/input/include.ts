import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import * as z from 'zod';
import { withContents } from '../../tools/fileSearch/searchResults';
import type { RunReader } from '../../runs/events';
import type { ApiContext } from '../context';
import { check } from './validate';

/** What a run's steps can be asked to hold beyond the usual. */
export type Include = (typeof values)[number];

const values = ['step_details.tool_calls[*].file_search.results[*].content'] as const;

// One value at a time, so that a refusal names the parameter as clients write it.
const query = z.object({ 'include[]': z.enum(values) });

/** Checks a request's `include[]`, which may be there several times. */
export function checkInclude(url: string): Include[] {
  const given = new URL(url).searchParams.getAll('include[]');
  return given.map((value) => check(query, { 'include[]': value })['include[]']);
}

/** What a step is told as to one who asked for more than the usual. */
export function withIncluded({ store }: ApiContext, include: readonly Include[]): (step: RunStep) => RunStep {
  return include.length > 0 ? (step) => withContents(store, step) : (step) => step;
}

/** A reader of events that gets its steps so. */
export function includingReader(
  context: ApiContext,
  include: readonly Include[],
  reader: RunReader,
): RunReader {
  if (include.length === 0) return reader;
  const told = withIncluded(context, include);
  return {
    event: (event) => {
      // Deltas hold no results.
      if (event.event.startsWith('thread.run.step.') && event.event !== 'thread.run.step.delta') {
        reader.event({ ...event, data: told(event.data as RunStep) } as typeof event);
      } else reader.event(event);
    },
    end: () => reader.end(),
  };
}

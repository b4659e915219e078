import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import * as z from 'zod';
import { lazy } from '../../lazy';
import { withContents } from '../../tools/fileSearch/searchResults';
import { refreshWindow } from '../../runs/prompt/contextWindow';
import type { RunReader, TurnEvent } from '../../runs/events';
import type { TurnDetails } from '../../store/tables/runTables';
import type { ApiContext } from '../context';
import { check } from './validate';

/** Additional fields of run steps that a request can ask for. */
export type Include = (typeof values)[number];

const contents = 'step_details.tool_calls[*].file_search.results[*].content';

/** `turn` is an extension: `TurnDetails` of the model turn that made a step. */
const values = [contents, 'turn'] as const;

// Checked one value at a time, so that the error names the parameter as clients write it.
const query = lazy(() => z.object({ 'include[]': z.enum(values) }));

/** Reads and checks a request's `include[]`, which may be repeated. */
export function checkInclude(url: string): Include[] {
  const given = new URL(url).searchParams.getAll('include[]');
  return given.map((value) => check(query(), { 'include[]': value })['include[]']);
}

/** Returns a function that adds the requested fields to a step. */
export function withIncluded(context: ApiContext, include: readonly Include[]): (step: RunStep) => RunStep {
  const { store, models } = context;
  let isRefreshed = false;
  const turnOf = (step: RunStep): TurnDetails => {
    const { details = {} } = store.steps.turn(step.id);
    // A client that reads how full the context is will read it again.
    if (details.context && !isRefreshed) refreshWindow(store, models(), step.run_id);
    isRefreshed ||= details.context !== undefined;
    return details;
  };
  return (step) => ({
    ...(include.includes(contents) ? withContents(store, step) : step),
    ...(include.includes('turn') && { turn: turnOf(step) }),
  });
}

/** Wraps an event reader so that the steps it gets have the requested fields. */
export function includingReader(
  context: ApiContext,
  include: readonly Include[],
  reader: RunReader,
): RunReader {
  if (include.length === 0) return reader;
  const addIncluded = withIncluded(context, include);
  return {
    event: (event) => {
      // Deltas contain no results.
      if (event.event.startsWith('thread.run.step.') && event.event !== 'thread.run.step.delta') {
        reader.event({ ...event, data: addIncluded(event.data as RunStep) } as typeof event);
      } else reader.event(event);
    },
    ...(include.includes('turn') && {
      outputs: 'piece' as const,
      turnEvent: (event: TurnEvent) => {
        const data = 'step_details' in event.data ? addIncluded(event.data) : event.data;
        // Unknown to the API's types alone.
        reader.event({ ...event, data } as unknown as AssistantStreamEvent);
      },
    }),
    end: () => reader.end(),
  };
}

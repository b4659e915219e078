import * as z from 'zod';
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

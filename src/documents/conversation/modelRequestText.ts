import type { ModelRequest } from '../../client/runs/modelRequests';
import { parse } from '../../protocol/json';
import { prettyJson } from '../../protocol/json';
import { subject } from './stepText';

/** The body that was sent to a model. */
export function requestText({ request }: ModelRequest): string {
  return prettyJson(request);
}

/** The body that came back, or why none did. */
export function responseText({ response, error }: ModelRequest): string {
  return response === '' ? (error ?? '') : prettyJson(response);
}

/** The names of the two documents of a request, from its thread's title. */
export function requestNames(title: string, { request, response, status }: ModelRequest) {
  const name = subject(title);
  const answer = status === null ? 'response' : `response-${status}`;
  return {
    request: `${name}-request.${ending(request)}`,
    response: `${name}-${answer}.${ending(response)}`,
  };
}

/** A stream of events is text; so is what was too long to be kept as JSON. */
function ending(text: string): 'json' | 'txt' {
  return parse(text) === undefined ? 'txt' : 'json';
}

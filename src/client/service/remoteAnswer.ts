import { statusError, malformedError, scrub, type ServerInfo } from '../../engine/models/modelErrors';
import { readText } from '../../engine/models/server/serverAnswer';
import { isNestedTooDeep } from '../../engine/nesting';
import { UserError } from '../errors/errors';
import { repairObject } from './remoteObjects';

// In bytes: the API's limit for a file, and far more than a page of a list or an error has.
const maxFileBytes = 512 * 1024 * 1024;
const maxObjectBytes = 64 * 1024 * 1024;
const maxErrorBytes = 64 * 1024;

/** A response with a file's content; fails beyond the API's size limit. */
export function fileAnswer(place: ServerInfo, response: Response): Response {
  return limited(place, response, maxFileBytes);
}

/**
 * A response with a JSON object, whose fields are repaired; throws if it is not JSON, too large or nested
 * too deeply.
 */
export async function objectAnswer(
  place: ServerInfo,
  response: Response,
  report: (field: string) => void,
): Promise<Response> {
  const text = await limited(place, response, maxObjectBytes).text();
  const value = parse(place, text);
  if (isNestedTooDeep(value)) throw unreadable(place, 'it is nested too deeply');
  repairObject(value, report);
  return new Response(JSON.stringify(value), response);
}

/** A response with a stream of events, whose objects are repaired. */
export function eventsAnswer(
  place: ServerInfo,
  response: Response,
  report: (field: string) => void,
): Response {
  if (!response.body) return response;
  let rest = '';
  const repair = new TransformStream<string, string>({
    transform(chunk, controller) {
      const lines = chunk.split('\n');
      lines[0] = rest + (lines[0] ?? '');
      rest = lines.pop() ?? '';
      if (rest.length > maxObjectBytes) return controller.error(unreadable(place, 'it is too large'));
      for (const line of lines) controller.enqueue(`${repairedLine(line, report)}\n`);
    },
    flush(controller) {
      if (rest !== '') controller.enqueue(repairedLine(rest, report));
    },
  });
  const body = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(repair)
    .pipeThrough(new TextEncoderStream());
  return new Response(body, response);
}

function repairedLine(line: string, report: (field: string) => void): string {
  const [, data] = /^data: ?(\{.*)$/.exec(line.replace(/\r$/, '')) ?? [];
  if (data === undefined) return line;
  try {
    const value: unknown = JSON.parse(data);
    if (isNestedTooDeep(value)) return line;
    repairObject(value, report);
    return `data: ${JSON.stringify(value)}`;
  } catch {
    // Part of an object that has several lines, or no JSON: the client reports it.
    return line;
  }
}

/** The error for a response that is not what the API specifies. */
export function unreadable(place: ServerInfo, reason: string): UserError {
  return new UserError(malformedError(place, reason).message);
}

/**
 * Converts an error response to one of the API. The message names the server unless it is about the
 * request itself.
 */
export async function failedAnswer(place: ServerInfo, response: Response): Promise<Response> {
  const { status, headers } = response;
  const text = await readText(response, maxErrorBytes);
  const isAboutRequest = [400, 404, 405, 409, 422, 501].includes(status);
  const ownError = isAboutRequest ? apiError(text, place.secrets) : undefined;
  const kept = retryHeaders(headers);
  if (ownError) return Response.json(ownError, { status, headers: kept });
  const location = headers.get('location');
  const body = location ? `It moved to ${location}.` : text;
  const { message } = statusError(place, { status, body });
  // The client would treat a redirect as a success.
  const known = status >= 400 ? status : 502;
  return Response.json(
    { error: { message, type: 'server_error', param: null, code: null } },
    { status: known, headers: kept },
  );
}

/** When to try again, for the client's own retries. */
function retryHeaders(headers: Headers): Record<string, string> {
  const names = ['retry-after', 'retry-after-ms'];
  return Object.fromEntries(
    names.flatMap((name) => (headers.has(name) ? [[name, headers.get(name) ?? '']] : [])),
  );
}

/** Parses an error of the API and removes secrets from it; undefined if the text is not one. */
function apiError(text: string, secrets: ServerInfo['secrets']): object | undefined {
  const clean = (_name: string, value: unknown): unknown =>
    typeof value === 'string' ? scrub(value, secrets) : value;
  try {
    const value = JSON.parse(text, clean) as { error?: { message?: unknown } } | null;
    return typeof value?.error?.message === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function parse(place: ServerInfo, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(place, 'it is not JSON');
  }
}

/** The same response, whose body fails beyond `limit` bytes. */
function limited(place: ServerInfo, response: Response, limit: number): Response {
  if (!response.body) return response;
  let bytes = 0;
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.length;
      if (bytes > limit) controller.error(unreadable(place, 'it is too large'));
      else controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(count), response);
}

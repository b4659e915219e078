import { answeredError, malformedError, scrub, type Place } from '../../engine/models/modelErrors';
import { readText } from '../../engine/models/server/serverAnswer';
import { isNestedTooDeep } from '../../engine/nesting';
import { UserError } from '../errors';

// In bytes. What the API takes for a file, and far more than it puts on a page.
const maxFileBytes = 512 * 1024 * 1024;
const maxObjectBytes = 64 * 1024 * 1024;
const maxErrorBytes = 64 * 1024;

/** The bytes of a file, as far as the API takes one. */
export function fileAnswer(place: Place, response: Response): Response {
  return limited(place, response, maxFileBytes);
}

/** An object of the API that can be read, and written again, without harm. */
export async function objectAnswer(place: Place, response: Response): Promise<Response> {
  const text = await limited(place, response, maxObjectBytes).text();
  if (isNestedTooDeep(parse(place, text))) throw unreadable(place, 'it is nested too deeply');
  return new Response(text, response);
}

/** What a server answers that is neither an object, nor a file, nor a stream. */
export function unreadable(place: Place, reason: string): UserError {
  return new UserError(malformedError(place, reason).message);
}

/** Names the server in what is not about the request itself, and turns what is no JSON into an error of the API. */
export async function failedAnswer(place: Place, response: Response): Promise<Response> {
  const { status, headers } = response;
  const text = await readText(response, maxErrorBytes);
  const isAboutRequest = [400, 404, 405, 409, 422, 501].includes(status);
  const ownError = isAboutRequest ? apiError(text, place.secrets) : undefined;
  if (ownError) return Response.json(ownError, { status });
  const location = headers.get('location');
  const body = location ? `It moved to ${location}.` : text;
  const { message } = answeredError(place, { status, body });
  // The client takes a redirection for a success.
  const known = status >= 400 ? status : 502;
  return Response.json(
    { error: { message, type: 'server_error', param: null, code: null } },
    { status: known },
  );
}

/** An error as the API has it, in which no secret is quoted; undefined where it is none. */
function apiError(text: string, secrets: Place['secrets']): object | undefined {
  const clean = (_name: string, value: unknown): unknown =>
    typeof value === 'string' ? scrub(value, secrets) : value;
  try {
    const value = JSON.parse(text, clean) as { error?: { message?: unknown } } | null;
    return typeof value?.error?.message === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function parse(place: Place, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(place, 'it is not JSON');
  }
}

/** The same answer, and an error in the place of all bytes that are too many. */
function limited(place: Place, response: Response, limit: number): Response {
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

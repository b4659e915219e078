/** Answers of a server that are passed on to the client of a forwarded request. */
import {
  missingPathError,
  scrub,
  malformedError,
  statusError,
  type FailedAnswer,
  type ServerInfo,
} from '../modelErrors';
import { ModelError, type ForwardedPath } from '../modelProvider';
import { fieldsOf, textOf, type Fields } from './json';
import type { Watchdog } from './watchdog';

/** Headers of a server's answer that its client gets. Others may identify the account. */
const passedHeaders = ['content-type', 'retry-after'];

/**
 * The answer to a forwarded request, with its bytes as they arrive. Takes over the watchdog, which stops when the
 * answer ends or the client leaves. `explain` turns the error of a lost connection into the one to report.
 */
export function forwardedAnswer(
  server: ServerInfo,
  { status, headers, body }: Response,
  watchdog: Watchdog,
  explain: (error: unknown) => unknown,
): Response {
  const type = headers.get('content-type') ?? '';
  if (/\bhtml\b/i.test(type)) throw malformedError(server, 'it is a web page');
  const passed = passedHeaders.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value] as [string, string]];
  });
  const bytes =
    body && watchedBytes(body as ReadableStream<Uint8Array>, watchdog, explain, /event-stream/i.test(type));
  if (!bytes) watchdog.stop();
  return new Response(bytes, { status, headers: passed });
}

function watchedBytes(
  body: ReadableStream<Uint8Array>,
  watchdog: Watchdog,
  explain: (error: unknown) => unknown,
  isEvents: boolean,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let end = '';
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      watchdog.reset();
      try {
        const { done, value } = await reader.read();
        if (!done) {
          end = (end + Buffer.from(value.subarray(-4)).toString('latin1')).slice(-4);
          controller.enqueue(value);
          return;
        }
        controller.close();
      } catch (error) {
        const reason = explain(error);
        // Within an event there is no place for another one.
        const canReport = isEvents && reason instanceof ModelError && /^$|\n\r?\n$/.test(end);
        if (!canReport) controller.error(reason);
        else {
          controller.enqueue(Buffer.from(`data: ${JSON.stringify(errorBody(reason.message, 502, {}))}\n\n`));
          controller.close();
        }
      }
      watchdog.stop();
    },
    async cancel(reason) {
      watchdog.stop();
      await reader.cancel(reason).catch(() => undefined);
    },
  });
}

/** The error that a server reported, in OpenAI's envelope and without secrets. */
export function forwardedError(server: ServerInfo, path: ForwardedPath, failed: FailedAnswer): Response {
  const status = failed.status < 400 ? 502 : failed.status;
  const error = fieldsOf(fieldsOf(scrubbedJSON(failed.body, server.secrets))['error']);
  const message = textOf(error['message']);
  // The key that a server rejects is the connection's, not the one that the client has sent.
  const isExplained = message !== '' && status !== 401;
  const body = errorBody(isExplained ? message : explanation(server, path, failed, message), status, error);
  const { retryAfter } = failed;
  const headers: Record<string, string> =
    retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfter)) };
  return Response.json(body, { status, headers });
}

function explanation(server: ServerInfo, path: ForwardedPath, failed: FailedAnswer, message: string): string {
  const isMissing = [404, 405, 501].includes(failed.status) && message === '';
  const error = isMissing ? missingPathError(server, path, failed) : statusError(server, failed);
  return error.message;
}

function errorBody(message: string, status: number, fields: Fields): { error: Fields } {
  const type = status >= 500 ? 'server_error' : 'invalid_request_error';
  return { error: { type, param: null, code: null, ...fields, message } };
}

/** The value of a JSON text, without secrets in its strings; undefined if it is not JSON. */
function scrubbedJSON(text: string, secrets: Iterable<string>): unknown {
  try {
    return JSON.parse(text, (_, value: unknown) =>
      typeof value === 'string' ? scrub(value, secrets) : value,
    );
  } catch {
    return undefined;
  }
}

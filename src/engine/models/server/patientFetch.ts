// Without `node:`: VS Code adds its proxies and certificates to modules that are required by these names alone.
import http, { type IncomingMessage } from 'http';
import https from 'https';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

/** Milliseconds of silence after which the system checks whether the other end of a connection still exists. */
const keepAliveDelay = 60_000;

/**
 * A `fetch` without limits of time. Node's own ends a request after 300 s without headers, and an answer
 * after 300 s without data; a large model may think for longer. Redirects are not followed. Requests with
 * other bodies than text (uploads) go through Node's.
 */
export const patientFetch: typeof fetch = async (input, init = {}) => {
  const { body, signal, method = 'GET' } = init;
  if (input instanceof Request || (body != null && typeof body !== 'string')) return fetch(input, init);
  signal?.throwIfAborted();
  const url = new URL(input);
  const headers = new Headers(init.headers);
  if (!headers.has('accept-encoding')) headers.set('accept-encoding', 'identity');
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      method,
      headers: Object.fromEntries(headers),
      ...(signal && { signal }),
    });
    request.setSocketKeepAlive(true, keepAliveDelay);
    request.on('response', resolve);
    request.on('error', reject);
    request.end(body ?? undefined);
  });
  const status = incoming.statusCode ?? 0;
  const hasBody = status !== 204 && status !== 205 && status !== 304 && method !== 'HEAD';
  if (!hasBody) incoming.resume();
  return new Response(hasBody ? bodyOf(incoming) : null, {
    status,
    statusText: incoming.statusMessage ?? '',
    headers: headersOf(incoming),
  });
};

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at]!, rawHeaders[at + 1]!);
  return headers;
}

function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const source = decoded(incoming);
  let open = true;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      // Servers send each event as a piece of its own. Those that arrive together are passed on together.
      let pieces: Buffer[] = [];
      const flush = (): void => {
        const [first, ...more] = pieces;
        pieces = [];
        if (!open || !first) return;
        controller.enqueue(more.length === 0 ? first : Buffer.concat([first, ...more]));
        if ((controller.desiredSize ?? 0) <= 0) source.pause();
      };
      const end = (act: () => void): void => {
        flush();
        if (open) act();
        open = false;
      };
      const fail = (error: Error): void => end(() => controller.error(error));
      source.on('data', (piece: Buffer) => {
        if (pieces.push(piece) === 1) queueMicrotask(flush);
      });
      source.on('end', () => end(() => controller.close()));
      source.on('error', fail);
      incoming.on('error', fail);
      incoming.on('close', () => {
        if (!incoming.complete) fail(new Error('terminated'));
      });
    },
    pull: () => void source.resume(),
    cancel: () => {
      open = false;
      incoming.destroy();
    },
  });
}

/** The body without the compression that a server applied although none was asked for. */
function decoded(incoming: IncomingMessage): Readable {
  switch (incoming.headers['content-encoding']?.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return incoming.pipe(createGunzip());
    case 'deflate':
      return incoming.pipe(createInflate());
    case 'br':
      return incoming.pipe(createBrotliDecompress());
    default:
      return incoming;
  }
}

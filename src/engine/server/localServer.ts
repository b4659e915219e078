import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { newRequestId, requestIdHeader } from '../api/requestIds';
import { clientHeader } from '../api/versions/author';
import type { Engine } from '../engine';
import { ApiError } from '../errors';
import { boundedBody } from './requestBody';

export interface LocalServerOptions {
  engine: Pick<Engine, 'fetch'>;
  /** Default 0: any free port. */
  port?: number;
  /** The API key that clients must send; undefined: none is required. */
  token?: string;
  limits?: Partial<LocalServerLimits>;
}

/** Limits of requests and connections. Times are in milliseconds, sizes in bytes. */
export interface LocalServerLimits {
  jsonBody: number;
  /** A multipart body; a little more than the maximum size of a file. */
  fileBody: number;
  /** All headers of a request together. */
  headers: number;
  connections: number;
  /** Until the headers of a request have arrived. */
  headersTime: number;
  /** Until a whole request has arrived. */
  requestTime: number;
  /** Until a connection without a request is closed: longer than clients wait between two requests. */
  idleTime: number;
  /** How often the times of requests are checked. */
  checkEvery: number;
}

const defaultLimits: LocalServerLimits = {
  jsonBody: 32 * 1024 * 1024,
  fileBody: 513 * 1024 * 1024,
  headers: 16 * 1024,
  connections: 4096,
  headersTime: 15_000,
  requestTime: 300_000,
  idleTime: 75_000,
  checkEvery: 5_000,
};

/** Whether a token can be sent in a header. */
export function isToken(token: unknown): boolean {
  return typeof token === 'string' && /^[\x21-\x7e]+$/.test(token);
}

/** An engine on a port of this machine. */
export interface LocalServer {
  /** The base URL for clients, with `/v1`. */
  url: string;
  /**
   * Stops accepting requests, awaits `first`, which lets requests under way finish, and ends those that
   * are left, streams included.
   */
  close: (first?: () => Promise<unknown>) => Promise<void>;
}

/**
 * Serves an engine on a port of the loopback address. Rejects with a message for the user if the port is
 * not available.
 */
export async function startServer({
  engine,
  port = 0,
  token,
  limits: given,
}: LocalServerOptions): Promise<LocalServer> {
  const limits = { ...defaultLimits, ...given };
  const listener = getRequestListener(
    async (request, env) => {
      const answer = await guarded(engine, request, token, limits);
      discardBody((env as HttpBindings).incoming);
      return answer;
    },
    // The globals belong to all extensions of the process.
    { overrideGlobalObjects: false, errorHandler: unreadable },
  );
  const server = createServer(
    {
      maxHeaderSize: limits.headers,
      headersTimeout: limits.headersTime,
      requestTimeout: limits.requestTime,
      keepAliveTimeout: limits.idleTime,
      connectionsCheckingInterval: limits.checkEvery,
    },
    (incoming, outgoing) => void listener(incoming, outgoing),
  );
  server.maxConnections = limits.connections;
  server.on('clientError', answerRaw);
  await listen(server, port);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close: (first) => close(server, first),
  };
}

/**
 * Lets the rest of a body that was refused arrive: many clients read no answer while they cannot send. The adapter
 * closes the connection if it takes longer than half a second. Its own reading is ended by the pause of a stream
 * that was made of the body and that nobody reads.
 */
function discardBody(incoming: HttpBindings['incoming']): void {
  if (!incoming.readableEnded) incoming.removeAllListeners('data').resume();
}

async function guarded(
  engine: Pick<Engine, 'fetch'>,
  incoming: Request,
  token: string | undefined,
  limits: LocalServerLimits,
): Promise<Response> {
  const error = accessError(incoming, token);
  if (error) return answerOf(error);
  let request: Request;
  try {
    request = standardRequest(incoming, limits);
  } catch (error) {
    return error instanceof ApiError ? answerOf(error) : unreadable();
  }
  return engine.fetch(request);
}

/** A standard `Request` with a bounded body: the platform does not accept the adapter's own request object. */
function standardRequest(incoming: Request, limits: LocalServerLimits): Request {
  const { url, method, signal } = incoming;
  const headers = [...incoming.headers].filter(([name]) => name !== clientHeader);
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, headers, signal });
  const isForm = /^multipart\//i.test(incoming.headers.get('content-type') ?? '');
  const body = boundedBody(incoming, isForm ? limits.fileBody : limits.jsonBody);
  return new Request(url, { method, headers, signal, body, duplex: 'half' });
}

/** Why a request is refused: it is not for this machine, is a web page's, or lacks the token. */
function accessError(request: Request, token: string | undefined): ApiError | undefined {
  if (!isLoopback(request.headers.get('host') ?? '')) {
    return new ApiError(
      403,
      'This server answers on loopback addresses only: use 127.0.0.1 or localhost.',
      null,
      'forbidden_host',
    );
  }
  // A web page must not reach the user's data through the browser.
  if (isOfPage(request.headers)) {
    return new ApiError(403, 'This server does not answer web pages.', null, 'forbidden_origin');
  }
  if (token !== undefined && !hasToken(request.headers, token)) {
    return new ApiError(
      401,
      'Incorrect API key provided. Use the token this server was started with.',
      null,
      'invalid_api_key',
    );
  }
  return undefined;
}

/**
 * Browsers send the page's `origin` or, for images and the like, its relation to this server in
 * `sec-fetch-site`; programs send neither. Electron programs and addresses typed by the user send `none`.
 */
function isOfPage(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site') ?? 'none';
  return headers.has('origin') || !['none', 'same-origin'].includes(site);
}

function isLoopback(host: string): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host);
}

/** Azure's clients send their key in a header of its own. */
function hasToken(headers: Headers, token: string): boolean {
  return ['authorization', 'api-key'].some((name) => isSameToken(headers.get(name) ?? '', token));
}

/** Takes the same time for every wrong token, whatever its length. */
function isSameToken(authorization: string, token: string): boolean {
  const [a, b] = [authorization.replace(/^bearer +/i, ''), token].map((text) =>
    createHash('sha256').update(text).digest(),
  ) as [Buffer, Buffer];
  return timingSafeEqual(a, b);
}

function answerOf(error: ApiError): Response {
  return Response.json(error.body, { status: error.status, headers: { [requestIdHeader]: newRequestId() } });
}

function unreadable(): Response {
  return answerOf(badHttp(400));
}

function badHttp(status: 400 | 408 | 431): ApiError {
  const messages = {
    400: 'The request could not be read: it is not valid HTTP, or its method is not supported.',
    408: 'The request took too long to arrive.',
    431: 'The header lines of the request are too long.',
  };
  return new ApiError(status, messages[status]);
}

/** Answers what could not be parsed as a request. */
function answerRaw(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const statuses = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 } as const;
  const status = statuses[error.code as keyof typeof statuses] ?? 400;
  const body = JSON.stringify(badHttp(status).body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json',
    `${requestIdHeader}: ${newRequestId()}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isUnavailable = error.code === 'EADDRINUSE' || error.code === 'EACCES';
      const message = `The port ${port} is not available: ${error.code === 'EACCES' ? 'it is reserved' : 'another program uses it'}. Choose another one, or 0 for any free port.`;
      reject(isUnavailable ? new Error(message, { cause: error }) : error);
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}

async function close(server: Server, first?: () => Promise<unknown>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  try {
    await first?.();
  } finally {
    server.closeAllConnections();
    await closed;
  }
}

import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import {
  type LocalServer,
  type LocalServerLimits,
  startServer,
} from '../../../src/engine/server/localServer';
import type { ModelProvider } from '../../../src/engine/models/modelProvider';
import { afterTest, openEngine, type TestEngine } from '../support';

/** An engine on a port, and the same engine as the tests use it. */
export interface OnPort extends TestEngine {
  server: LocalServer;
  port: number;
}

/** Closed after the test. */
export async function onPort(
  options: { token?: string; limits?: Partial<LocalServerLimits>; provider?: ModelProvider } = {},
): Promise<OnPort> {
  const { provider, ...more } = options;
  const test = openEngine({ provider });
  const server = await startServer({ engine: test.engine, ...more });
  afterTest(() => server.close());
  return { ...test, server, port: Number(new URL(server.url).port) };
}

/** A connection, and the text received over it. */
export interface Raw {
  socket: Socket;
  /** Everything received until the server closed it. */
  closed: Promise<string>;
}

/** Sends raw bytes: an invalid or incomplete request. */
export function raw(port: number, text: string | Uint8Array): Raw {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (data: Buffer) => (received += data.toString('latin1')));
  // The server may close while this is still being sent.
  socket.on('error', () => undefined);
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(received)));
  socket.write(text);
  afterTest(() => void socket.destroy());
  return { socket, closed };
}

export interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

export interface Sent {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

/** Sends a request exactly as given, where `fetch` would normalize it. Rejects if the connection breaks. */
export function send(port: number, { method = 'GET', path, headers = {}, body }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false });
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => (text += piece));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

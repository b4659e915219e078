import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createEngine, type Engine } from '../../src/engine/engine';
import { startServer, type LocalServer } from '../../src/engine/server/localServer';
import { createDemoModel } from '../../src/engine/models/demo';
import { command } from './support';
import { PuppetModel } from './window';

export const serverKey = 'sk-remote-0123456789-never-on-disk';

/** An Assistants API on a port with its own data, like a remote server. */
export class RemoteServer {
  readonly puppet = new PuppetModel();
  private readonly dataDir = mkdtempSync(path.join(tmpdir(), 'assistants-studio-test-'));
  private readonly engine: Engine;
  private server: LocalServer | undefined;

  private constructor() {
    this.engine = createEngine({
      dataDir: this.dataDir,
      models: () => [
        { id: 'demo', label: 'Demo', provider: createDemoModel() },
        { id: 'puppet', label: 'Puppet', provider: this.puppet },
      ],
    });
  }

  static async start(): Promise<RemoteServer> {
    const remote = new RemoteServer();
    remote.server = await startServer({ engine: remote.engine, token: serverKey });
    return remote;
  }

  get baseUrl(): string {
    return this.server?.url ?? '';
  }

  async stop(): Promise<void> {
    await this.server?.close();
    await this.engine.close();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** The network between the window and a server: can hide paths, drop connections and be unavailable. */
export class Network {
  /** Paths that the server appears not to have. */
  hidden: RegExp | undefined;
  /** Requests of this kind are answered as invalid. */
  rejects: { pattern: RegExp; status: number } | undefined;
  /** The next request of this kind reaches the server, and its response is lost. */
  loses: RegExp | undefined;
  /** Answers requests in the server's place. */
  answer: ((response: http.ServerResponse) => void) | undefined;
  /** The method and path of each request, in order. */
  readonly requests: string[] = [];
  private readonly proxy = http.createServer((request, response) => this.handle(request, response));
  private readonly streams = new Set<http.ServerResponse>();
  private isAway = false;

  private constructor(private readonly target: string) {}

  static async before(target: string): Promise<Network> {
    const network = new Network(target);
    await new Promise<void>((resolve) => network.proxy.listen(0, '127.0.0.1', resolve));
    return network;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.proxy.address() as AddressInfo).port}/v1`;
  }

  /** Drops every response in progress; with `away`, later requests fail, too. */
  cut({ away = false } = {}): void {
    this.isAway = away;
    for (const stream of this.streams) stream.destroy();
  }

  /** Makes the network available again. */
  comeBack(): void {
    this.isAway = false;
  }

  async stop(): Promise<void> {
    this.proxy.closeAllConnections();
    await new Promise((resolve) => this.proxy.close(resolve));
  }

  private handle(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { method, url = '' } = request;
    this.requests.push(`${method} ${url}`);
    if (this.isAway) return void request.socket.destroy();
    if (this.answer) return this.answer(response);
    if (this.hidden?.test(`${method} ${url}`)) {
      response.writeHead(404, { 'content-type': 'text/html' });
      return void response.end('<h1>Not Found</h1>');
    }
    if (this.rejects?.pattern.test(`${method} ${url}`)) {
      response.writeHead(this.rejects.status, { 'content-type': 'application/json' });
      const message = 'Invalid value for \'include[]\': "turn".';
      return void response.end(JSON.stringify({ error: { message, type: 'invalid_request_error' } }));
    }
    const { host } = new URL(this.target);
    const onward = http.request(new URL(url, this.target), {
      method,
      headers: { ...request.headers, host },
    });
    const isLost = this.loses?.test(`${method} ${url}`);
    if (isLost) this.loses = undefined;
    onward.on('response', (answer) => {
      if (isLost) return void response.destroy();
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      this.streams.add(response);
      response.on('close', () => {
        this.streams.delete(response);
        onward.destroy();
      });
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  }
}

/** Paths of our extensions to the API. */
export const extensions = /^GET \/v1\/(threads(\?|$)|models(\?|$)|threads\/[^/]+\/runs\/[^/]+\/events)/;

/** Makes the window use a server; the returned function switches back to its own engine. */
export async function useServer(baseUrl: string): Promise<() => Promise<void>> {
  const id = 'elsewhere';
  await command('addConnection', { id, kind: 'server', label: 'Elsewhere', baseUrl, apiKey: serverKey });
  await command('chooseService', { serviceId: id });
  return async () => {
    await command('chooseService', { serviceId: 'embedded' });
    await command('removeConnection', { connectionId: id, confirm: false });
  };
}

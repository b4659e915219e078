import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import http from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import { refuseForeignConnections, type ForeignConnections } from './network';
import { ask, command, conversation, ModelServer, newThread } from './support';

/** An address that only the proxy can reach. */
const address = 'models.invalid:80';

/** A local proxy that forwards requests for {@link address}, and no others, to a model server. */
class Proxy {
  /** The requested hosts, in order. */
  readonly asked: string[] = [];
  private readonly server = http.createServer((request, response) => this.forward(request, response));

  constructor(private readonly models: ModelServer) {
    this.server.on('connect', (request: http.IncomingMessage, socket: Socket) =>
      this.tunnel(request.url ?? '', socket),
    );
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  start(): Promise<void> {
    return new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** A request for an absolute URL, as some clients send it for unencrypted servers. */
  private forward(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { host, port } = new URL(request.url ?? '');
    this.asked.push(`${host}:${port || 80}`);
    const { method, headers, url } = request;
    const onward = http.request(this.models.baseUrl, { method, headers, path: url }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  }

  /** A `CONNECT` request, as other clients send it. */
  private tunnel(asked: string, client: Socket): void {
    this.asked.push(asked);
    client.on('error', () => undefined);
    if (asked !== address) {
      client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      return;
    }
    const server = connect(Number(new URL(this.models.baseUrl).port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      server.pipe(client).pipe(server);
    });
    server.on('error', () => client.destroy());
    client.on('close', () => server.destroy());
  }
}

async function set(setting: 'proxy' | 'proxySupport', value: string | undefined): Promise<void> {
  await vscode.workspace.getConfiguration('http').update(setting, value, vscode.ConfigurationTarget.Global);
}

describe('the proxy of VS Code’s settings', () => {
  let models: ModelServer;
  let proxy: Proxy;
  /** The errors of requests that bypassed the proxy: their server does not exist. */
  let straight: ForeignConnections;
  let assistant: Assistant;

  before(async () => {
    models = await ModelServer.start();
    proxy = new Proxy(models);
    await proxy.start();
    const connections = {
      far: `http://${address}/v1`,
      near: models.baseUrl,
      safe: 'https://models.invalid/v1',
    };
    for (const [id, baseUrl] of Object.entries(connections)) {
      await command('addConnection', { id, label: id, baseUrl });
    }
    assistant = await command('createAssistant', { name: 'Far Away', model: 'far/small' });
  });

  after(async () => {
    for (const connectionId of ['far', 'near', 'safe']) {
      await command('removeConnection', { connectionId, confirm: false });
    }
    await proxy.stop();
    await models.stop();
  });

  beforeEach(async () => {
    proxy.asked.length = 0;
    straight = refuseForeignConnections();
    await set('proxySupport', 'override');
    await set('proxy', proxy.url);
  });

  afterEach(async () => {
    await set('proxy', undefined);
    await set('proxySupport', undefined);
    straight.release();
  });

  it('leads to the models of a connection', async () => {
    const found = await command<{ id: string }[]>('testConnection', { connectionId: 'far' });
    deepEqual(
      found.map(({ id }) => id),
      ['small'],
    );
    deepEqual([...new Set(proxy.asked)], [address]);
    deepEqual(straight.found, []);
  });

  it('leads to the answer of a run', async () => {
    models.answer = { status: 200, text: 'From far away.' };
    const thread = await newThread('Far away');
    const run = await ask(thread.id, assistant.id, 'Hello?');
    equal(run.status, 'completed', run.last_error?.message);
    // May reuse an earlier tunnel; there is no other way to this server.
    equal((await conversation(thread.id)).at(-1)?.text, 'From far away.');
    deepEqual(straight.found, []);
  });

  it('is asked for a tunnel to a server with a certificate', async () => {
    await rejects(command('testConnection', { connectionId: 'safe' }), /safe/);
    deepEqual([...new Set(proxy.asked)], ['models.invalid:443']);
    deepEqual(straight.found, []);
  });

  it('is not asked for servers on this computer', async () => {
    await command('testConnection', { connectionId: 'near' });
    deepEqual(proxy.asked, []);
  });

  it('is not asked once the setting is removed', async () => {
    await set('proxy', undefined);
    await rejects(command('testConnection', { connectionId: 'far' }), /far/);
    match(straight.found[0] ?? '', /^models\.invalid\n/);
    deepEqual(proxy.asked, []);
  });

  it('is not asked if proxies are turned off', async () => {
    await set('proxySupport', 'off');
    await rejects(command('testConnection', { connectionId: 'far' }), /far/);
    match(straight.found[0] ?? '', /^models\.invalid\n/);
    deepEqual(proxy.asked, []);
  });
});

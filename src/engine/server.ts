/** The engine on a local port: `npm run serve`. Prints one line with the address, and serves until told to end. */
import { timingSafeEqual } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createAdaptorServer } from '@hono/node-server';
import { createEngine, type Engine } from './engine';
import { ApiError } from './errors';
import { createChatCompletionsModel } from './models/chatCompletions';
import { createDemoModel } from './models/demo';
import { createResponsesModel } from './models/responses';
import type { ModelConnection } from './models/types';
import { distributionUrl } from './tools/codeInterpreter/interpreter';

const usage = `Usage: npm run --silent serve -- [options]

  --port 0                  the port to listen on; 0 takes a free one
  --data-dir DIR            where everything is kept; left out, a temporary folder
  --model-api demo          demo, responses or chat-completions
  --model-base-url URL      the model server; its key comes from OPENAI_API_KEY
  --token TOKEN             what clients have to give as their API key`;

/** Requests to the engine, from this machine and from programs alone, with the token if there is one. */
export function guardedFetch(
  engine: Engine,
  token: string | undefined,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const refusal = refuse(request, token);
    if (refusal) return Response.json(refusal.body, { status: refusal.status });
    return engine.fetch(request);
  };
}

function refuse(request: Request, token: string | undefined): ApiError | undefined {
  if (!isLoopback(request.headers.get('host') ?? '')) {
    return new ApiError(
      403,
      'This server answers on loopback addresses only: use 127.0.0.1 or localhost.',
      null,
      'forbidden_host',
    );
  }
  // A browser names the page that asks; programs name none. No page has a business here.
  if (request.headers.has('origin')) {
    return new ApiError(403, 'This server does not answer web pages.', null, 'forbidden_origin');
  }
  if (token !== undefined && !sameText(request.headers.get('authorization') ?? '', `Bearer ${token}`)) {
    return new ApiError(
      401,
      'Incorrect API key provided. Use the token this server was started with.',
      null,
      'invalid_api_key',
    );
  }
  return undefined;
}

function isLoopback(host: string): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host);
}

function sameText(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

interface ServeOptions {
  port: number;
  dataDir?: string;
  connection: ModelConnection;
  token?: string;
}

function readOptions(): ServeOptions {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      'data-dir': { type: 'string' },
      'model-api': { type: 'string', default: 'demo' },
      'model-base-url': { type: 'string' },
      token: { type: 'string' },
    },
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65535)
    throw new Error(`--port takes a number from 0 to 65535, not '${values.port}'.`);
  return {
    port,
    dataDir: values['data-dir'],
    connection: connectionOf(values['model-api'], values['model-base-url']),
    token: values.token,
  };
}

function connectionOf(api: string, baseUrl: string | undefined): ModelConnection {
  if (api === 'demo')
    return { id: 'demo', label: 'Demo – scripted replies, no AI', provider: createDemoModel() };
  const create = { responses: createResponsesModel, 'chat-completions': createChatCompletionsModel }[api];
  if (!create) throw new Error(`--model-api takes demo, responses or chat-completions, not '${api}'.`);
  if (baseUrl !== undefined && !URL.canParse(baseUrl))
    throw new Error(`--model-base-url takes an address, not '${baseUrl}'.`);
  const baseURL = baseUrl ?? 'https://api.openai.com/v1';
  const label = new URL(baseURL).host;
  const provider = create({ label, baseURL, apiKey: () => Promise.resolve(process.env['OPENAI_API_KEY']) });
  return { id: 'default', label, provider };
}

async function serve({ port, dataDir, connection, token }: ServeOptions): Promise<void> {
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), 'assistants-studio-'));
  const log = (message: string): void => console.error(message);
  const packages = { baseUrl: distributionUrl, cacheFolder: join(folder, 'python-packages') };
  const engine = createEngine({
    dataDir: folder,
    models: () => [connection],
    tools: { codeInterpreter: { assets: join(__dirname, 'python'), packages } },
    log,
  });

  const server = createAdaptorServer({ fetch: guardedFetch(engine, token) });

  const end = async (): Promise<void> => {
    server.close();
    await engine.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
    if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void end().then(() => process.exit(0)));
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  console.log(`listening http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
}

if (require.main === module) {
  Promise.resolve()
    .then(() => serve(readOptions()))
    .catch((error: Error) => {
      const isUsage =
        error.message.startsWith('--') ||
        ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
      console.error(isUsage ? `${error.message}\n\n${usage}` : error.message);
      process.exit(1);
    });
}

/** The engine on a local port: `npm run serve`. Prints one line with the address, and serves until a signal ends it. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createEngine } from './engine';
import { startServer } from './localServer';
import { createChatCompletionsModel } from './models/chatCompletions';
import { createDemoModel } from './models/demo';
import { createResponsesModel } from './models/responses';
import type { ModelConnection } from './models/modelProvider';
import { distributionUrl } from './tools/codeInterpreter/interpreter';

const usage = `Usage: npm run --silent serve -- [options]

  --port 0                  the port to listen on; 0 for any free port
  --data-dir DIR            the data folder; default: a temporary one
  --model-api demo          demo, responses or chat-completions
  --model-base-url URL      the model server; its key comes from OPENAI_API_KEY
  --model-timeout 15        minutes that the model server may send nothing until a run fails; 0 for no limit
  --embeddings-model ID     the server's embeddings model, to search files by meaning, too; default: by words only
  --token TOKEN             the API key that clients must send`;

interface ServeOptions {
  port: number;
  dataDir?: string;
  connection: ModelConnection;
  /** As `connection/model`. */
  embeddings?: string;
  token?: string;
}

/** Milliseconds after which a server whose parent process is gone exits, even if it cannot close. */
const maxClosingTime = 10_000;

function readOptions(): ServeOptions {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      'data-dir': { type: 'string' },
      'model-api': { type: 'string', default: 'demo' },
      'model-base-url': { type: 'string' },
      'model-timeout': { type: 'string', default: '15' },
      'embeddings-model': { type: 'string' },
      token: { type: 'string' },
    },
  });
  for (const [name, value] of Object.entries(values))
    if (value.trim() === '')
      throw new Error(`--${name} takes a value that is not empty. Leave it out for none.`);
  // Others could not be sent in a header.
  if (values.token !== undefined && !/^[\x21-\x7e]+$/.test(values.token))
    throw new Error('--token takes letters, digits and punctuation marks of ASCII, without spaces.');
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65535)
    throw new Error(`--port takes a number from 0 to 65535, not '${values.port}'.`);
  const timeout = values['model-timeout'];
  if (!/^\d+(\.\d+)?$/.test(timeout))
    throw new Error(`--model-timeout takes a number of minutes, or 0 for no limit, not '${timeout}'.`);
  const patience = (Number(timeout) || Infinity) * 60_000;
  const connection = connectionOf(values['model-api'], values['model-base-url'], patience);
  const embeddings = values['embeddings-model'];
  if (embeddings !== undefined && !connection.provider.embed)
    throw new Error(`--embeddings-model needs a model server; ${connection.label} has none.`);
  return {
    port,
    dataDir: values['data-dir'],
    connection,
    embeddings: embeddings && `${connection.id}/${embeddings}`,
    token: values.token,
  };
}

/** `patience`: milliseconds that the model server may be silent. */
function connectionOf(api: string, baseUrl: string | undefined, patience: number): ModelConnection {
  if (api === 'demo')
    return { id: 'demo', label: 'Demo – scripted replies, no AI', provider: createDemoModel() };
  const create = { responses: createResponsesModel, 'chat-completions': createChatCompletionsModel }[api];
  if (!create) throw new Error(`--model-api takes demo, responses or chat-completions, not '${api}'.`);
  const baseURL = baseUrl ?? 'https://api.openai.com/v1';
  checkBaseUrl(baseURL);
  const label = new URL(baseURL).host;
  const provider = create({
    label,
    baseURL,
    apiKey: () => Promise.resolve(process.env['OPENAI_API_KEY']),
    patience: () => patience,
  });
  // The provider's own ids may contain slashes.
  return { id: 'default', label, provider, ownsUnknownPrefixes: true };
}

/** Its messages do not quote the URL, which may contain a password. */
function checkBaseUrl(baseUrl: string): void {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:')
    throw new Error('--model-base-url takes a URL such as https://api.openai.com/v1.');
  if (url.username || url.password)
    throw new Error(
      '--model-base-url must not contain a user name or password. Set OPENAI_API_KEY to the key instead.',
    );
}

async function serve({ port, dataDir, connection, embeddings, token }: ServeOptions): Promise<void> {
  useProxy();
  // The program that started this process is gone, for example killed.
  const abandoned = once(process, 'disconnect');
  // The reader of the log may have closed it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), 'assistants-studio-'));
  const log = (message: string): void => console.error(message);
  const packages = { baseUrl: distributionUrl, cacheFolder: join(folder, 'python-packages') };
  const engine = createEngine({
    dataDir: folder,
    models: () => [connection],
    tools: {
      codeInterpreter: { assets: join(__dirname, 'python'), packages },
      fileSearch: {
        script: join(__dirname, 'reader', 'reader.mjs'),
        worker: join(__dirname, 'searchWorker.js'),
      },
    },
    embeddings: () => embeddings,
    log,
  });

  const server = await startServer({ engine, port, token }).catch(async (error: unknown) => {
    await engine.close();
    throw error;
  });

  const end = async (): Promise<void> => {
    await server.close(() => engine.close());
    if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void end().then(() => process.exit(0)));
  }
  void abandoned.then(() => {
    setTimeout(() => process.exit(1), maxClosingTime).unref();
    void end().finally(() => process.exit(0));
  });
  // Only what was overlooked gets here. Other requests and runs of this process must not end with it.
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) =>
      log(`Unexpected error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    );
  }
  console.log(`listening ${server.url}`);
}

/** Sends requests to models through the proxy of the environment, except to this machine. */
function useProxy(): void {
  const { env } = process;
  const own = env['no_proxy'] ?? env['NO_PROXY'];
  const no_proxy = [own, 'localhost', '127.0.0.1', '[::1]', '::1'].filter(Boolean).join(',');
  const http_proxy = env['http_proxy'] ?? env['HTTP_PROXY'];
  const https_proxy = env['https_proxy'] ?? env['HTTPS_PROXY'];
  if (!http_proxy && !https_proxy) return;
  // Since Node 24.14.
  (http as Partial<typeof http>).setGlobalProxyFromEnv?.({ http_proxy, https_proxy, no_proxy });
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

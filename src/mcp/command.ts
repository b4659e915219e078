/** The command `mcp`: the tools for MCP clients, over an engine of its own or a server with the Assistants API. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { builtDatabaseWorker, builtTools } from '../engine/assets';
import { rejectEmpty, runCommandLine, useProxy } from '../engine/server/commandLine';
import { openMigrated } from '../engine/migratedEngine';
import { checkBaseUrl } from '../engine/models/connectionSettings';
import { chooseModels, modelOptions, modelUsage, OptionError } from '../engine/modelOptions';
import { clientFor } from './client';
import { serveMcp } from './server';

const usageOf = (command: string): string => `Usage: ${command} [options]

  --data-dir DIR            the data folder; default: a temporary one
${modelUsage}
  --base-url URL            a server with the Assistants API in place of an engine; its key comes from
                            ASSISTANTS_STUDIO_TOKEN
  --allow-folder DIR        a folder whose files Python may be given, and be saved to; may be repeated`;

/** Runs the command; `name` is what is typed before its options. */
export async function runMcp(args: readonly string[], name: string): Promise<void> {
  await runCommandLine(args, usageOf(name), () => start(args));
}

async function start(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'data-dir': { type: 'string' },
      ...modelOptions,
      'base-url': { type: 'string' },
      'allow-folder': { type: 'string', multiple: true },
    },
  });
  rejectEmpty(values);
  const { 'data-dir': dataDir, 'base-url': baseURL, 'allow-folder': folders = [], ...models } = values;
  for (const folder of folders)
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
      throw new OptionError(`--allow-folder: there is no folder '${folder}'.`);
  useProxy();
  if (baseURL === undefined) return serveEngine(dataDir, chooseModels(models), folders);
  if (checkBaseUrl(baseURL))
    throw new OptionError('--base-url takes a URL such as http://127.0.0.1:8000/v1.');
  const [other] = [...(dataDir === undefined ? [] : ['data-dir']), ...Object.keys(models)];
  if (other !== undefined) throw new OptionError(`--${other}: leave it out, --base-url names a server.`);
  const client = clientFor({ baseURL, apiKey: process.env['ASSISTANTS_STUDIO_TOKEN'] });
  await serveMcp({ client, folders }, () => process.exit(0));
}

async function serveEngine(
  dataDir: string | undefined,
  { engine: options, interpreter, warnings }: ReturnType<typeof chooseModels>,
  folders: readonly string[],
): Promise<void> {
  // Standard output belongs to the protocol.
  const log = (message: string): void => console.error(message);
  for (const warning of warnings) log(warning);
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), 'assistants-studio-'));
  const engine = openMigrated({
    ...options,
    dataDir: folder,
    tools: builtTools(__dirname, folder, interpreter),
    databaseWorker: builtDatabaseWorker(__dirname),
    log,
  });
  let ending: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    await engine.close();
    if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  };
  const endOnce = (): void => void (ending ??= end());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, endOnce);
  const client = clientFor({ baseURL: 'http://engine/v1', fetch: engine.fetch });
  engine.opened.catch((error: Error) => {
    if (ending) return;
    log(error.message);
    process.exit(1);
  });
  await serveMcp({ client, folders }, endOnce);
}

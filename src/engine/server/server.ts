/** The command `serve`: the engine on a local port. Prints one line with the address, and serves until a signal ends it. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { builtDatabaseWorker, builtTools } from '../assets';
import { isToken, startServer } from './localServer';
import { rejectEmpty, runCommandLine, useProxy } from './commandLine';
import { openMigrated } from '../migratedEngine';
import { chooseModels, type ChosenModels, modelOptions, modelUsage, OptionError } from '../modelOptions';

/** `command`: what is typed before the options. */
const usageOf = (command: string): string => `Usage: ${command} [options]

  --port 0                  the port to listen on; 0 for any free one
  --data-dir DIR            the data folder; default: a temporary one
${modelUsage}
  --token TOKEN             the API key that clients must send`;

interface ServeOptions {
  port: number;
  dataDir?: string;
  models: ChosenModels;
  token?: string;
}

/** Milliseconds after which a server whose parent process is gone exits, even if it cannot close. */
const maxClosingTime = 10_000;

function readOptions(args: readonly string[]): ServeOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '0' },
      'data-dir': { type: 'string' },
      ...modelOptions,
      token: { type: 'string' },
    },
  });
  rejectEmpty(values);
  const { port: givenPort, 'data-dir': dataDir, token, ...models } = values;
  if (token !== undefined && !isToken(token))
    throw new OptionError('--token takes letters, digits and punctuation marks of ASCII, without spaces.');
  const port = Number(givenPort);
  if (!/^\d+$/.test(givenPort) || port > 65535)
    throw new OptionError(`--port takes a number from 0 to 65535, not '${givenPort}'.`);
  return { port, dataDir, models: chooseModels(models), token };
}

async function serve({ port, dataDir, models, token }: ServeOptions): Promise<void> {
  useProxy();
  // The program that started this process is gone, for example killed.
  const abandoned = once(process, 'disconnect');
  // The reader of the log may have closed it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), 'assistants-studio-'));
  const log = (message: string): void => console.error(message);
  for (const warning of models.warnings) log(warning);
  const engine = openMigrated({
    ...models.engine,
    dataDir: folder,
    tools: builtTools(__dirname, folder, models.interpreter),
    databaseWorker: builtDatabaseWorker(__dirname),
    log,
  });

  const removeTemporary = (): void => {
    if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
  };
  const server = await startServer({ engine, port, token }).catch(async (error: unknown) => {
    await engine.close();
    removeTemporary();
    throw error;
  });

  let isEnding = false;
  const end = async (): Promise<void> => {
    isEnding = true;
    await server.close(() => engine.close());
    removeTemporary();
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
  await engine.opened.catch(async (error: unknown) => {
    // Ended while the database was updated.
    if (isEnding) return;
    await server.close(() => engine.close());
    throw error;
  });
}

/** Runs the command; `name` is what is typed before its options. An error is printed, with the usage for a wrong option. */
export async function runServe(args: readonly string[], name: string): Promise<void> {
  await runCommandLine(args, usageOf(name), () => serve(readOptions(args)));
}

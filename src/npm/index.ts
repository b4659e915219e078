import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtDatabaseWorker, builtTools } from '../engine/assets';
import {
  ConfigurationError,
  configurationWarnings,
  configuredModels,
  parseConfiguration,
  readConfiguration,
} from '../engine/server/configuration';
import { createEngine as openEngine } from '../engine/engine';
import { isToken, startServer as listen } from '../engine/server/localServer';
import { createDemoModel } from '../engine/models/demo';
import type { ModelConnection } from '../engine/models/modelProvider';

export { ModelError } from '../engine/models/modelProvider';
export type {
  ModelConnection,
  ModelContentPart,
  ModelErrorCode,
  ModelEvent,
  ModelFinishReason,
  ModelInfo,
  ModelMessage,
  ModelProvider,
  ModelRequest,
  ModelResponseFormat,
  ModelTool,
  ModelToolCall,
  ModelToolChoice,
  ModelUsage,
} from '../engine/models/modelProvider';

/** A connection to a model server, in the form of the setting `assistantsStudio.connections`. */
export interface Connection {
  /** The part of a model id before the slash: `connection/model`. Letters, digits, dots, dashes and underscores. */
  id: string;
  /** The API of the server. */
  kind: 'chat-completions' | 'responses';
  /** Its name in messages. Default: the id. */
  label?: string;
  /** The base URL of the API, such as `https://api.openai.com/v1`. */
  baseUrl: string;
  /** The context window in tokens, of all of its models or by model id. Default: what the server says. */
  contextWindow?: number | Record<string, number>;
  /** Headers that each request to the server has in addition. */
  headers?: Readonly<Record<string, string>>;
  /**
   * The environment variable that holds the key. Default: `ASSISTANTS_STUDIO_KEY_<ID>`, and for OpenAI's own server
   * `OPENAI_API_KEY`.
   */
  apiKeyEnv?: string;
  /** The key itself. */
  apiKey?: string;
}

/** The fields of a configuration file, which are those of VS Code's settings. */
export interface Configuration {
  /** Model ids without a connection belong to the first one. The demo, `demo/tutor`, is always there. */
  connections?: readonly Connection[];
  /** The embeddings model, as `connection/model`. Default: files are searched by their words only. */
  embeddings?: string;
  /** Minutes that a model server may send nothing until a run fails; 0 for no limit. Default: 15. */
  modelTimeout?: number;
  /** `hosted` leaves file search to OpenAI and Azure for their models. Default: `local`. */
  fileSearch?: 'local' | 'hosted';
  /** `hosted` leaves the code interpreter to OpenAI and Azure for their models. Default: `local`. */
  codeInterpreter?: 'local' | 'hosted';
  /** Megabytes that all code interpreters may take together. Default: a quarter of the computer's. */
  codeInterpreterMemory?: number;
  /** How many of the newest requests to models are kept. Default: 100. */
  keepModelRequests?: number;
  /** What models cost per million tokens, by their ids with or without the connection. Default: what servers say. */
  modelPrices?: Readonly<
    Record<string, { input: number; output: number; cachedInput?: number; currency?: string }>
  >;
}

export interface EngineOptions extends Configuration {
  /** Folder of the database and the files; several processes may share it. Default: a temporary one, deleted by `close`. */
  dataDir?: string;
  /** Path of a configuration file, in place of the fields of `Configuration`. */
  configFile?: string;
  /** Models of your own; re-read on each use. They come before the connections. */
  models?: () => readonly ModelConnection[];
  /** Seconds until a run expires, including the time it waits for function outputs. Default: 24 hours. */
  runExpirySeconds?: number;
  /** Reports errors that no caller sees. Default: they are dropped. */
  log?: (message: string) => void;
}

/** The Assistants service: the `fetch` of an `openai` client, with no server behind it. */
export interface Engine {
  /** Answers requests below `http://engine/v1`; the host does not matter. */
  fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** Stops the work of this process. The next engine on the same folder resumes runs under way. */
  close(): Promise<void>;
}

/** Opens a data folder. Throws for wrong options, naming the field, and for a folder that cannot be used. */
export function createEngine(options: EngineOptions = {}): Engine {
  const { dataDir, configFile, models: own, runExpirySeconds, log, ...fields } = options;
  checkOptions(options);
  const [extra] = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (configFile !== undefined && extra !== undefined)
    throw new Error(`createEngine: ${extra}: leave it out, configFile says it.`);
  const configuration =
    configFile === undefined ? parseConfiguration(fields, 'createEngine') : readConfiguration(configFile);
  const { embeddings, fileSearch, codeInterpreter, keepModelRequests, codeInterpreterMemory } = configuration;
  const { modelPrices } = configuration;
  for (const warning of configurationWarnings(configuration, process.env))
    log?.(`${configFile ?? 'createEngine'}: ${warning}`);
  const demo = { id: 'demo', label: 'Demo – scripted replies, no AI', provider: createDemoModel() };
  const connections = [...configuredModels(configuration, process.env), demo];
  const hosted = { fileSearch: fileSearch === 'hosted', codeInterpreter: codeInterpreter === 'hosted' };
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), 'assistants-studio-'));
  const engine = openEngine({
    dataDir: folder,
    models: () => (own ? [...own(), ...connections] : connections),
    tools: builtTools(__dirname, folder, { memoryMb: () => codeInterpreterMemory }),
    databaseWorker: builtDatabaseWorker(__dirname),
    embeddings: () => embeddings,
    hosted: () => hosted,
    keptRequests: () => keepModelRequests,
    prices: () => modelPrices,
    runExpirySeconds,
    log,
  });
  const close = async (): Promise<void> => {
    await engine.close();
    if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
  };
  let closed: Promise<void> | undefined;
  return { fetch: engine.fetch, close: () => (closed ??= close()) };
}

/** Throws for options of a wrong type: a caller in JavaScript has no compiler to say so. */
function checkOptions({ dataDir, configFile, models, runExpirySeconds, log }: EngineOptions): void {
  const fail = (name: string, reason: string): never => {
    throw new ConfigurationError(`createEngine: ${name}: ${reason}`);
  };
  for (const [name, path] of Object.entries({ dataDir, configFile }))
    if (path !== undefined && (typeof path !== 'string' || path.trim() === ''))
      fail(name, 'must be a path, as a string that is not empty.');
  for (const [name, given] of Object.entries({ models, log }))
    if (given !== undefined && typeof given !== 'function') fail(name, 'must be a function.');
  if (runExpirySeconds !== undefined && !(Number.isFinite(runExpirySeconds) && runExpirySeconds > 0))
    fail('runExpirySeconds', 'must be a number of seconds greater than 0.');
}

export interface ServerOptions {
  engine: Pick<Engine, 'fetch'>;
  /** Default 0: any free port. */
  port?: number;
  /** The API key that clients must send. Default: none is required. */
  token?: string;
}

/** An engine on a port of the loopback address. */
export interface Server {
  /** The base URL for clients, with `/v1`. */
  url: string;
  /** Ends all requests and streams. The engine stays open. */
  close(): Promise<void>;
}

/** Serves an engine to programs of this machine. Rejects if an option is wrong, or the port not available. */
export async function startServer({ engine, port, token }: ServerOptions): Promise<Server> {
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65535))
    throw new Error('startServer: port: must be an integer from 0 to 65535.');
  // Others, an empty one among them, could not be sent in a header.
  if (token !== undefined && !isToken(token))
    throw new Error(
      'startServer: token: must be letters, digits and punctuation marks of ASCII, without spaces.',
    );
  const { url, close } = await listen({ engine: { fetch: engine.fetch }, port, token });
  return { url, close: () => close() };
}

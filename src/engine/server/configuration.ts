import { readFileSync } from 'node:fs';
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';
import * as z from 'zod';
import {
  checkConnection,
  type Connection,
  type ConnectionError,
  connectionKinds,
  connectionOf,
  minContextWindow,
  modelConnection,
  offersModels,
} from '../models/connectionSettings';
import type { ModelConnection } from '../models/modelProvider';
import { checkedPrices, type ModelPrice } from '../models/prices';

/** A connection of a configuration file, with where its API key is. */
export interface ConfiguredConnection extends Connection {
  /** The environment variable that holds the key. */
  apiKeyEnv?: string;
  /** The key itself. Allowed, with a warning: everyone who can read the file has it. */
  apiKey?: string;
}

/** What VS Code's settings of the same names say. */
export interface Configuration {
  connections: readonly ConfiguredConnection[];
  /** As `connection/model`; undefined to search files by words only. */
  embeddings?: string;
  /** Minutes that a model server may send nothing; 0 for no limit. */
  modelTimeout: number;
  fileSearch: 'local' | 'hosted';
  codeInterpreter: 'local' | 'hosted';
  /** Megabytes that all code interpreters may take together; 0 for a quarter of the computer's. */
  codeInterpreterMemory: number;
  keepModelRequests: number;
  /** By the ids of models, with or without their connection. */
  modelPrices: ReadonlyMap<string, ModelPrice>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A configuration is wrong. The message names the file and the field. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

const toolPlace = z.enum(['local', 'hosted']).default('local');

/** The limits are those of the settings in package.json. */
const configurationSchema = z.strictObject({
  $schema: z.string().optional(),
  connections: z.array(z.unknown()).default([]),
  embeddings: z.string().trim().optional(),
  modelTimeout: z.number().min(0).max(10_080).default(15),
  fileSearch: toolPlace,
  codeInterpreter: toolPlace,
  codeInterpreterMemory: z.int().min(0).max(1_048_576).default(0),
  keepModelRequests: z.int().min(0).max(1_000).default(100),
  modelPrices: z.record(z.string(), z.unknown()).default({}),
});

const connectionFields = [
  'id',
  'kind',
  'label',
  'baseUrl',
  'contextWindow',
  'headers',
  'apiKeyEnv',
  'apiKey',
];

const priceError =
  'has “input” and “output”, and if wanted “cachedInput”, in numbers of at least 0, and a “currency” such as "USD".';

/** Reads a configuration file: JSON, in which comments are allowed. Throws ConfigurationError. */
export function readConfiguration(path: string): Configuration {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigurationError(`${path} cannot be read: ${(error as Error).message}`);
  }
  const errors: ParseError[] = [];
  const value: unknown = parse(text.replace(/^\uFEFF/, ''), errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error) {
    const line = text.slice(0, error.offset).split('\n').length;
    throw new ConfigurationError(`${path}, line ${line}: ${printParseErrorCode(error.error)}.`);
  }
  return parseConfiguration(value, path);
}

/** Checks a configuration; `source` is its name in errors. Throws ConfigurationError. */
export function parseConfiguration(value: unknown, source: string): Configuration {
  const { data, error } = configurationSchema.safeParse(value);
  if (error) {
    const [{ path, message }] = error.issues as [z.core.$ZodIssue];
    throw new ConfigurationError(`${source}: ${[nameOf(path), message].filter(Boolean).join(': ')}`);
  }
  const { connections: entries, embeddings, modelTimeout, fileSearch } = data;
  const { codeInterpreter, codeInterpreterMemory, keepModelRequests } = data;
  const modelPrices = checkedPrices(data.modelPrices);
  const wrong = Object.keys(data.modelPrices).find((model) => !modelPrices.has(model));
  if (wrong !== undefined)
    throw new ConfigurationError(`${source}: modelPrices[${JSON.stringify(wrong)}]: ${priceError}`);
  const connections: ConfiguredConnection[] = [];
  entries.forEach((entry, at) => connections.push(configuredConnection(entry, at, connections, source)));
  checkKeyVariables(connections, source);
  checkEmbeddings(embeddings, connections, source);
  return {
    connections,
    ...(embeddings && { embeddings }),
    ...{ modelTimeout, fileSearch, codeInterpreter, codeInterpreterMemory, keepModelRequests, modelPrices },
  };
}

function configuredConnection(
  entry: unknown,
  at: number,
  others: readonly Connection[],
  source: string,
): ConfiguredConnection {
  const fail = (field: string | undefined, reason: string): never => {
    throw new ConfigurationError(`${source}: ${nameOf(['connections', at, field ?? []].flat())}: ${reason}`);
  };
  const error = checkConnection(entry, others);
  if (error) fail(error.field, errorText(error));
  const { apiKeyEnv, apiKey, ...fields } = entry as Record<string, unknown>;
  const unknown = Object.keys(fields).find((name) => !connectionFields.includes(name));
  if (unknown !== undefined)
    fail(unknown, `there is no such field. A connection has ${connectionFields.join(', ')}.`);
  // Not quoted: a key may have been put here.
  if (apiKeyEnv !== undefined && !isVariableName(apiKeyEnv))
    fail('apiKeyEnv', 'must be the name of an environment variable, and not the key itself.');
  if (apiKey !== undefined && (typeof apiKey !== 'string' || apiKey.trim() === ''))
    fail('apiKey', 'must be a string that is not empty.');
  if (apiKey !== undefined && apiKeyEnv !== undefined) fail('apiKey', 'leave it out beside “apiKeyEnv”.');
  return {
    ...connectionOf(entry),
    ...(apiKeyEnv !== undefined && { apiKeyEnv: apiKeyEnv as string }),
    ...(apiKey !== undefined && { apiKey: apiKey as string }),
  };
}

function isVariableName(value: unknown): boolean {
  return typeof value === 'string' && /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(value);
}

/** No server must get the key of another one because their ids differ in case or punctuation only. */
function checkKeyVariables(connections: readonly ConfiguredConnection[], source: string): void {
  const owners = new Map<string, string>();
  connections.forEach((connection, at) => {
    if (!offersModels(connection) || connection.apiKey !== undefined || connection.apiKeyEnv !== undefined)
      return;
    const variable = keyVariable(connection);
    const owner = owners.get(variable);
    if (owner !== undefined)
      throw new ConfigurationError(
        `${source}: connections[${at}].id: the key of '${connection.id}' would be ${variable}, as that of '${owner}'. ` +
          'Choose another id, or name a variable in “apiKeyEnv”.',
      );
    owners.set(variable, connection.id);
  });
}

function checkEmbeddings(
  embeddings: string | undefined,
  connections: readonly Connection[],
  source: string,
): void {
  if (!embeddings) return;
  const [id, model] = embeddings.split(/\/(.*)/s);
  if (!model) throw new ConfigurationError(`${source}: embeddings: must be a model as connection/model.`);
  if (!connections.some((connection) => connection.id === id && offersModels(connection)))
    throw new ConfigurationError(
      `${source}: embeddings: there is no connection '${id}' to a model server among the connections.`,
    );
}

function errorText(error: ConnectionError): string {
  switch (error.code) {
    case 'not_an_object':
      return 'must be an object.';
    case 'invalid_id':
      return 'may contain only letters, digits, dots, dashes and underscores.';
    case 'reserved_id':
      return `'${error.id}' belongs to a built-in connection.`;
    case 'duplicate_id':
      return `'${error.id}' is used twice.`;
    case 'unknown_kind':
      return `must be one of: ${connectionKinds.join(', ')}.`;
    case 'label_not_a_string':
      return 'must be a string.';
    case 'invalid_headers':
      return 'must be an object with the names of headers, and texts as their values';
    case 'invalid_context_window':
      return `must be a number of tokens of at least ${minContextWindow}, or an object with one for each model ID.`;
    case 'not_a_url':
      return 'must be a URL such as https://api.openai.com/v1.';
    case 'unsupported_protocol':
      return 'must start with https:// or http://.';
    case 'credentials_in_url':
      return 'must not contain a user name or password. Put the key into an environment variable instead.';
  }
}

/** `connections[0].baseUrl` */
function nameOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === 'number') return `${name}[${part}]`;
    return name === '' ? String(part) : `${name}.${String(part)}`;
  }, '');
}

/** The environment variable of a connection's key if it names none: `my-server` has `ASSISTANTS_STUDIO_KEY_MY_SERVER`. */
export function keyVariable({ id }: Pick<Connection, 'id'>): string {
  return `ASSISTANTS_STUDIO_KEY_${id.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
}

/**
 * The key of a connection; undefined if it has none. `OPENAI_API_KEY` is the key of OpenAI's own server, and is
 * sent to no other.
 */
function keyOf(connection: ConfiguredConnection, env: Environment): string | undefined {
  const { apiKeyEnv, apiKey, baseUrl } = connection;
  if (apiKey !== undefined) return apiKey.trim();
  const isOpenAI = new URL(baseUrl).origin === 'https://api.openai.com';
  const names = apiKeyEnv ? [apiKeyEnv] : [keyVariable(connection), ...(isOpenAI ? ['OPENAI_API_KEY'] : [])];
  return names.map((name) => env[name]?.trim()).find(Boolean);
}

/** The connections with models, as the engine takes them, without the built-in one. Keys are read when they are used. */
export function configuredModels(
  { connections, modelTimeout }: Configuration,
  env: Environment,
): ModelConnection[] {
  const patience = (modelTimeout || Infinity) * 60_000;
  return connections.filter(offersModels).map((connection) =>
    modelConnection(connection, {
      apiKey: () => Promise.resolve(keyOf(connection, env)),
      patience: () => patience,
    }),
  );
}

/** What the user should know of a valid configuration; the texts contain no keys. */
export function configurationWarnings({ connections }: Configuration, env: Environment): string[] {
  return connections.flatMap((connection, at) => {
    const field = `connections[${at}]`;
    const { id, kind, apiKey, apiKeyEnv } = connection;
    if (kind === 'server')
      return [`${field}: '${id}' is a server with the Assistants API, which has no models. It is ignored.`];
    if (apiKey !== undefined)
      return [
        `${field}.apiKey: the key of '${id}' is in the file in clear text. Put it into an environment variable ` +
          `and name that in “apiKeyEnv”, or use ${keyVariable(connection)}.`,
      ];
    if (apiKeyEnv !== undefined && !env[apiKeyEnv]?.trim())
      return [`${field}.apiKeyEnv: the environment variable ${apiKeyEnv} is not set.`];
    return [];
  });
}

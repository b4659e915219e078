/** The context windows of models, and their prices, as their servers describe them. */
import { type ContextWindow, ModelError } from '../modelProvider';
import { priceIn } from '../prices';
import { countOf, type Fields, fieldsOf, listOf, textOf } from './json';
import { knownFamilyWindow } from './modelFamilies';
import type { ModelServer } from './modelServer';

/** Smaller numbers are not sizes of windows. */
const minTokens = 256;

/** Names of the window in descriptions of models, and of the objects in them that may have it instead. */
const windowFields = [
  'max_model_len', // vLLM, SGLang
  'context_length', // OpenRouter, Together, Moonshot, Fireworks
  'context_window', // Groq
  'max_context_length', // Mistral, LM Studio
  'loaded_context_length', // LM Studio
  'max_context_window_tokens',
  'max_context_window',
  'max_input_tokens', // LiteLLM, GitHub Models
  'max_prompt_tokens',
  'inputTokenLimit', // Google
  'input_token_limit',
  'context_size', // Novita
  'max_seq_len', // TabbyAPI
  'n_ctx', // llama.cpp
  'max_total_tokens', // Text Generation Inference
] as const;
const nestedFields = [
  'top_provider',
  'limits',
  'capabilities',
  'meta',
  'model_info',
  'default_generation_settings',
  'parameters',
];

/** The smallest window that a description of a model names; a router's provider may have less than the model. */
export function windowIn(description: Fields): number | undefined {
  return smallest(windowSizes(description, 0));
}

/**
 * The window of a model as its server says now; undefined if it does not say. Asks only what servers of its
 * kind answer, and few things of one whose kind is not known. Throws ModelError if its models cannot be listed,
 * or the signal's reason.
 */
export async function askContextWindow(
  server: ModelServer,
  model: string,
  signal: AbortSignal,
): Promise<ContextWindow | undefined> {
  const family = knownFamilyWindow(server.host, model);
  if (family !== undefined) return family === null ? undefined : { tokens: family };
  const asked: Asked = { server, model, signal, listed: {} };
  if (/(^|\.)googleapis\.com$/.test(server.host)) return askGoogle(asked);
  const list = await server
    .describe(signal, (client, options) => client.get('/models', options))
    .catch((error: unknown) => {
      signal.throwIfAborted();
      // Some servers have no list; all other errors may be gone the next time.
      const status = error instanceof ModelError ? (error.status ?? 0) : 0;
      if (![400, 404, 405, 501].includes(status)) throw error;
    });
  asked.listed = modelIn(list, model);
  const window = await askServer(asked);
  const price = priceIn(asked.listed);
  return window && price ? { ...window, price } : window;
}

async function askServer(asked: Asked): Promise<ContextWindow | undefined> {
  const { server, listed: entry } = asked;
  const listed = windowIn(entry);
  const own = kinds.filter(({ is }) => is(entry, server.host));
  for (const { ask } of own) {
    const window = await ask(asked);
    if (window) return window;
  }
  if (listed !== undefined) return { tokens: listed };
  if (!isSelfHosted(server.host)) return undefined;
  const others = kinds.filter((kind) => !own.includes(kind));
  const windows = await Promise.all(others.map(({ ask }) => ask(asked)));
  return windows.find((window) => window !== undefined);
}

interface Asked {
  server: ModelServer;
  model: string;
  signal: AbortSignal;
  /** The model's entry in the list of models; empty if it has none. */
  listed: Fields;
}

type Ask = (asked: Asked) => Promise<ContextWindow | undefined>;

/** Servers whose list of models does not have the window that a model runs with, by their signs in it. */
const kinds: readonly { is: (listed: Fields, host: string) => boolean; ask: Ask }[] = [
  {
    is: ({ owned_by }, host) => owned_by === 'library' || /(:11434|^ollama\.com)$/.test(host),
    ask: askOllama,
  },
  {
    is: ({ owned_by }, host) => owned_by === 'organization_owner' || host.endsWith(':1234'),
    ask: askLMStudio,
  },
  { is: ({ owned_by }) => owned_by === 'llamacpp', ask: askLlamaCpp },
  // The time of creation that its lists have for all models.
  { is: ({ created }, host) => created === 1677610602 || host.endsWith(':4000'), ask: askLiteLLM },
  { is: ({ owned_by }) => owned_by === 'koboldcpp', ask: askKobold },
  {
    is: ({ owned_by }) => owned_by === 'tabbyAPI',
    ask: ({ server, signal }) => windowAt(server, signal, '/v1/model'),
  },
  { is: () => false, ask: ({ server, signal }) => windowAt(server, signal, '/info') },
];

/** Ollama's window if neither the model nor the server has a setting for it: it depends on the memory, and is this at least. */
const ollamaDefault = 4096;

async function askOllama({ server, model, signal }: Asked): Promise<ContextWindow | undefined> {
  const [running, shown] = await Promise.all([
    fieldsAt(server, signal, '/api/ps'),
    fieldsAt(server, signal, '/api/show', { model }),
  ]);
  const info = fieldsOf(shown['model_info']);
  const modelTokens = validSize(
    info[`${textOf(info['general.architecture'])}.context_length`] ??
      Object.entries(info).find(([name]) => name.endsWith('.context_length'))?.[1],
  );
  const loaded = listOf(running['models'])
    .map(fieldsOf)
    .find((entry) =>
      [entry['model'], entry['name']].some((name) => name === model || name === `${model}:latest`),
    );
  const used = validSize(loaded?.['context_length']);
  if (used !== undefined) return windowOf(used, modelTokens);
  if (modelTokens === undefined && !textOf(shown['parameters'])) return undefined;
  const isCloud = server.host === 'ollama.com' || Boolean(shown['remote_host']);
  if (isCloud && modelTokens !== undefined) return { tokens: modelTokens };
  const set = validSize(Number(/^num_ctx\s+(\d+)/m.exec(textOf(shown['parameters']))?.[1]));
  const tokens = Math.min(set ?? ollamaDefault, modelTokens ?? Infinity);
  return { ...windowOf(tokens, modelTokens), ...(set === undefined && !loaded && { isProvisional: true }) };
}

async function askLMStudio({ server, model, signal }: Asked): Promise<ContextWindow | undefined> {
  const entry = modelIn(await fieldsAt(server, signal, '/api/v0/models'), model);
  const modelTokens = validSize(entry['max_context_length']);
  if (modelTokens !== undefined) {
    const used = validSize(entry['loaded_context_length']);
    return windowOf(used ?? modelTokens, modelTokens, entry['state'] === 'not-loaded');
  }
  const { models } = await fieldsAt(server, signal, '/api/v1/models');
  const instances = listOf(models)
    .map(fieldsOf)
    .map((known) => ({ known, loaded: listOf(known['loaded_instances']).map(fieldsOf) }));
  const found = instances.find(
    ({ known, loaded }) => known['key'] === model || loaded.some(({ id }) => id === model),
  );
  const most = validSize(found?.known['max_context_length']);
  if (!found || most === undefined) return undefined;
  const running = found.loaded.find(({ id }) => id === model) ?? found.loaded[0];
  const used = validSize(fieldsOf(running?.['config'])['context_length']);
  return windowOf(used ?? most, most, !running);
}

async function askLlamaCpp({ server, model, signal, listed }: Asked): Promise<ContextWindow | undefined> {
  let props = await fieldsAt(server, signal, '/props');
  if (props['role'] === 'router') {
    props = await fieldsAt(server, signal, `/props?model=${encodeURIComponent(model)}&autoload=false`);
  }
  const used =
    validSize(fieldsOf(props['default_generation_settings'])['n_ctx']) ??
    validSize(props['n_ctx']) ??
    validSize(fieldsOf(listed['meta'])['n_ctx']);
  return used === undefined ? undefined : windowOf(used, validSize(fieldsOf(listed['meta'])['n_ctx_train']));
}

async function askLiteLLM({ server, model, signal }: Asked): Promise<ContextWindow | undefined> {
  const { data } = await fieldsAt(server, signal, '/model/info');
  const sizes = listOf(data)
    .map(fieldsOf)
    .filter((entry) => entry['model_name'] === model)
    .map((entry) => {
      const info = fieldsOf(entry['model_info']);
      return validSize(info['max_input_tokens']) ?? validSize(info['max_tokens']);
    });
  const tokens = smallest(sizes);
  return tokens === undefined ? undefined : { tokens };
}

async function askKobold({ server, signal }: Asked): Promise<ContextWindow | undefined> {
  const tokens = validSize((await fieldsAt(server, signal, '/api/extra/true_max_context_length'))['value']);
  return tokens === undefined ? undefined : { tokens };
}

/** Google's own API describes its models; it takes the key in a header of its own. */
async function askGoogle({ server, model, signal }: Asked): Promise<ContextWindow | undefined> {
  const version = /\/(v\d+(?:beta)?)(?:\/|$)/.exec(server.info.baseURL)?.[1] ?? 'v1beta';
  const url = `${server.root}/${version}/models/${encodeURIComponent(model.replace(/^models\//, ''))}`;
  const answer = await server
    .describe(signal, (client, options) =>
      client.get(url, { ...options, headers: { Authorization: null, 'x-goog-api-key': client.apiKey } }),
    )
    .catch(failed(signal));
  const tokens = windowIn(fieldsOf(answer));
  return tokens === undefined ? undefined : { tokens };
}

async function windowAt(
  server: ModelServer,
  signal: AbortSignal,
  path: string,
): Promise<ContextWindow | undefined> {
  const tokens = windowIn(await fieldsAt(server, signal, path));
  return tokens === undefined ? undefined : { tokens };
}

/** What a server's own API answers; nothing if it has no such path. */
async function fieldsAt(
  server: ModelServer,
  signal: AbortSignal,
  path: string,
  body?: Fields,
): Promise<Fields> {
  const url = server.root + path;
  const answer = await server
    .describe(signal, (client, options) =>
      body ? client.post(url, { ...options, body }) : client.get(url, options),
    )
    .catch(failed(signal));
  return fieldsOf(answer);
}

/** Ignores an error of the server: it does not offer what it was asked for. */
function failed(signal: AbortSignal): (error: unknown) => undefined {
  return () => {
    signal.throwIfAborted();
    return undefined;
  };
}

/** The entry of a model in a list of models; empty if it has none. */
function modelIn(list: unknown, model: string): Fields {
  const fields = fieldsOf(list);
  const entries = listOf(Array.isArray(list) ? list : (fields['data'] ?? fields['models'])).map(fieldsOf);
  const isNamed = (entry: Fields): boolean =>
    [entry['id'], entry['name'], entry['model']].some(
      (name) => name === model || name === `models/${model}` || name === `${model}:latest`,
    );
  return entries.find(isNamed) ?? {};
}

function windowSizes(fields: Fields, depth: number): (number | undefined)[] {
  const nested =
    depth < 2 ? nestedFields.flatMap((name) => windowSizes(fieldsOf(fields[name]), depth + 1)) : [];
  return [...windowFields.map((name) => validSize(fields[name])), ...nested];
}

function windowOf(tokens: number, modelTokens: number | undefined, isProvisional = false): ContextWindow {
  return {
    tokens,
    ...(modelTokens !== undefined && modelTokens > tokens && { modelTokens }),
    ...(isProvisional && { isProvisional }),
  };
}

function smallest(sizes: readonly (number | undefined)[]): number | undefined {
  const known = sizes.filter((size) => size !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

function validSize(value: unknown): number | undefined {
  const size = countOf(value);
  return size !== undefined && size >= minTokens ? size : undefined;
}

/** Whether a host may run a server of any kind: it is on this computer or its network, or has a port of its own. */
function isSelfHosted(host: string): boolean {
  const name = host.replace(/:\d+$/, '');
  return (
    host !== name ||
    !name.includes('.') ||
    /^(10|127|192\.168|172\.(1[6-9]|2\d|3[01]))\.|\.(local|lan|internal)$/.test(name)
  );
}

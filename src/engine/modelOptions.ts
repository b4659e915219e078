import { parse } from 'node:path';
import { configurationWarnings, configuredModels, readConfiguration } from './server/configuration';
import type { EngineOptions } from './engine';
import { checkBaseUrl, isConnectionId } from './models/connectionSettings';
import { createChatCompletionsModel } from './models/chatCompletions';
import { createDemoModel } from './models/demo';
import type { ModelConnection } from './models/modelProvider';
import { createResponsesModel } from './models/responses';

/** The options of the command line that say where models come from, as `parseArgs` takes them. */
export const modelOptions = {
  config: { type: 'string' },
  'model-api': { type: 'string' },
  'model-base-url': { type: 'string' },
  'model-connection': { type: 'string' },
  'model-timeout': { type: 'string' },
  'embeddings-model': { type: 'string' },
} as const;

export type ModelOptions = Partial<Record<keyof typeof modelOptions, string>>;

export const modelUsage = `  --model-api demo          demo, responses or chat-completions
  --model-base-url URL      the model server; its key comes from OPENAI_API_KEY
  --model-connection ID     its id in model ids, as connection/model; default: default
  --model-timeout 15        minutes that the model server may send nothing until a run fails; 0 for no limit
  --embeddings-model ID     the server's embeddings model, to search files by meaning, too; default: by words only
  --config FILE             several connections instead, in the form of the setting assistantsStudio.connections`;

/** What the options say of the models; `warnings` are for the user. */
export interface ChosenModels {
  engine: Required<Pick<EngineOptions, 'models'>> &
    Pick<EngineOptions, 'embeddings' | 'hosted' | 'keptRequests' | 'prices'>;
  /** Settings of the code interpreter. */
  interpreter?: { memoryMb: () => number };
  warnings: string[];
}

/** A wrong option; the message starts with its name. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/** Throws OptionError, or ConfigurationError for the file of `--config`. */
export function chooseModels(values: ModelOptions, env: NodeJS.ProcessEnv = process.env): ChosenModels {
  const { config, ...others } = values;
  if (config === undefined) return { engine: singleConnection(others, env), warnings: [] };
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw new OptionError(`--${other}: leave it out, --config says where models come from.`);
  const configuration = readConfiguration(config);
  const { embeddings, fileSearch, codeInterpreter, keepModelRequests, codeInterpreterMemory } = configuration;
  const { modelPrices } = configuration;
  const connections = [...configuredModels(configuration, env), demo()];
  const hosted = { fileSearch: fileSearch === 'hosted', codeInterpreter: codeInterpreter === 'hosted' };
  const { base } = parse(config);
  return {
    engine: {
      models: () => connections,
      embeddings: () => embeddings,
      hosted: () => hosted,
      keptRequests: () => keepModelRequests,
      prices: () => modelPrices,
    },
    interpreter: { memoryMb: () => codeInterpreterMemory },
    warnings: configurationWarnings(configuration, env).map((warning) => `${base}: ${warning}`),
  };
}

function singleConnection(values: ModelOptions, env: NodeJS.ProcessEnv): ChosenModels['engine'] {
  const timeout = values['model-timeout'] ?? '15';
  if (!/^\d+(\.\d+)?$/.test(timeout))
    throw new OptionError(`--model-timeout takes a number of minutes, or 0 for no limit, not '${timeout}'.`);
  const patience = (Number(timeout) || Infinity) * 60_000;
  const id = values['model-connection'] ?? 'default';
  if (!isConnectionId(id))
    throw new OptionError(
      `--model-connection takes letters, digits, dots, dashes and underscores, and not 'demo' or 'vscode'.`,
    );
  const api = values['model-api'] ?? 'demo';
  const [unused] = (['model-base-url', 'model-connection'] as const).filter((name) => values[name]);
  if (api === 'demo' && unused)
    throw new OptionError(`--${unused} needs --model-api responses or --model-api chat-completions.`);
  const connection = connectionOf(api, { id, baseUrl: values['model-base-url'] }, patience, env);
  const model = values['embeddings-model'];
  if (model !== undefined && !connection.provider.embed)
    throw new OptionError(`--embeddings-model needs a model server; ${connection.label} has none.`);
  const embeddings = model && `${connection.id}/${model}`;
  return { models: () => [connection], embeddings: () => embeddings };
}

function demo(): ModelConnection {
  return { id: 'demo', label: 'Demo – scripted replies, no AI', provider: createDemoModel() };
}

/** `patience`: milliseconds that the model server may be silent. */
function connectionOf(
  api: string,
  { id, baseUrl }: { id: string; baseUrl: string | undefined },
  patience: number,
  env: NodeJS.ProcessEnv,
): ModelConnection {
  if (api === 'demo') return demo();
  const create = { responses: createResponsesModel, 'chat-completions': createChatCompletionsModel }[api];
  if (!create) throw new OptionError(`--model-api takes demo, responses or chat-completions, not '${api}'.`);
  const baseURL = baseUrl ?? 'https://api.openai.com/v1';
  rejectBaseUrl(baseURL);
  const label = new URL(baseURL).host;
  const provider = create({
    label,
    baseURL,
    apiKey: () => Promise.resolve(env['OPENAI_API_KEY']),
    patience: () => patience,
  });
  // The provider's own ids may contain slashes.
  return { id, label, provider, ownsUnknownPrefixes: true };
}

/** Its messages do not quote the URL, which may contain a password. */
function rejectBaseUrl(baseUrl: string): void {
  const error = checkBaseUrl(baseUrl);
  if (error?.code === 'credentials_in_url')
    throw new OptionError(
      '--model-base-url must not contain a user name or password. Set OPENAI_API_KEY to the key instead.',
    );
  if (error) throw new OptionError('--model-base-url takes a URL such as https://api.openai.com/v1.');
}

import { lazyPromise } from '../process/lazyPromise';
import { type HostedFiles, ModelError, type ModelProvider } from './modelProvider';

/** The APIs of model servers. */
export const modelKinds = ['chat-completions', 'responses'] as const;

export type ModelKind = (typeof modelKinds)[number];

/** How the server of a connection is used. */
export interface ServerAccess {
  apiKey: () => Promise<string | undefined>;
  /** As in `ModelServerOptions`. */
  headers?: Readonly<Record<string, string>>;
  /** As in `ModelServerOptions`. */
  patience?: () => number;
}

type ProviderOptions =
  { kind: 'demo' } | ({ kind: ModelKind; label: string; baseURL: string } & ServerAccess);

/** The model provider of a connection, loaded when it is first used. */
export function createProvider(options: ProviderOptions): ModelProvider {
  const loaded = lazyPromise(() => loadProvider(options));
  return {
    listModels: async (signal) => (await loaded()).listModels(signal),
    generate: async function* (request, signal, context) {
      yield* (await loaded()).generate(request, signal, context);
    },
    contextWindow: async (model, signal) => (await loaded()).contextWindow?.(model, signal),
    ...(options.kind === 'demo' && { isFree: true }),
    ...(options.kind !== 'demo' && {
      hasModel: async (model, signal) => (await (await loaded()).hasModel?.(model, signal)) ?? false,
      server: `${options.kind} ${options.baseURL}`,
      embed: async (model, texts, signal) => {
        const provider = await loaded();
        if (!provider.embed) throw new ModelError(`${options.label} has no embeddings models.`);
        return provider.embed(model, texts, signal);
      },
      forward: async (path, body, signal) => {
        const provider = await loaded();
        if (!provider.forward) throw new ModelError(`${options.label} has no server.`);
        return provider.forward(path, body, signal);
      },
    }),
    ...(options.kind === 'responses' && { hosted: hostedFiles(options, loaded) }),
  };
}

/** The provider's file API, loaded with the provider; only `place` is available before. */
function hostedFiles(
  { label, baseURL }: { label: string; baseURL: string },
  loaded: () => Promise<ModelProvider>,
): HostedFiles {
  const files = async (): Promise<HostedFiles> => {
    const { hosted } = await loaded();
    if (!hosted) throw new ModelError(`${label} does not store files.`);
    return hosted;
  };
  return {
    place: URL.canParse(baseURL) ? new URL(baseURL).host : '',
    uploadFile: async (...asked) => (await files()).uploadFile(...asked),
    hasFile: async (...asked) => (await files()).hasFile(...asked),
    deleteFile: async (...asked) => (await files()).deleteFile(...asked),
    createStore: async (...asked) => (await files()).createStore(...asked),
    hasStore: async (...asked) => (await files()).hasStore(...asked),
    deleteStore: async (...asked) => (await files()).deleteStore(...asked),
    addFile: async (...asked) => (await files()).addFile(...asked),
    fileStatus: async (...asked) => (await files()).fileStatus(...asked),
    removeFile: async (...asked) => (await files()).removeFile(...asked),
    containerFile: async (...asked) => (await files()).containerFile(...asked),
  };
}

/** A new kind of model needs a case here. */
async function loadProvider(options: ProviderOptions): Promise<ModelProvider> {
  switch (options.kind) {
    case 'demo':
      return (await import('./demo')).createDemoModel();
    case 'chat-completions':
      return (await import('./chatCompletions')).createChatCompletionsModel(options);
    case 'responses':
      return (await import('./responses')).createResponsesModel(options);
  }
}

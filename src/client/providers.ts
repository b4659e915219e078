import { createChatCompletionsModel } from '../engine/models/chatCompletions';
import { createDemoModel } from '../engine/models/demo';
import { createResponsesModel } from '../engine/models/responses';
import type { ModelProvider } from '../engine/models/types';

/** What a connection of the settings can be. */
export const connectionKinds = ['chat-completions', 'responses'] as const;

export type ConnectionKind = (typeof connectionKinds)[number];

type ProviderOptions =
  | { kind: 'demo' }
  | {
      kind: ConnectionKind;
      label: string;
      baseURL: string;
      apiKey: () => Promise<string | undefined>;
    };

/** The model provider behind a connection; a new kind is one line here. */
export function createProvider(options: ProviderOptions): ModelProvider {
  switch (options.kind) {
    case 'demo':
      return createDemoModel();
    case 'chat-completions':
      return createChatCompletionsModel(options);
    case 'responses':
      return createResponsesModel(options);
  }
}

import * as vscode from 'vscode';
import * as z from 'zod';
import { embeddingsModel, setEmbeddingsModel } from '../../client/models/embeddingsSetting';
import type { Services } from '../../client/services';
import type { ModelInfo } from '../../client/models/connections';
import { command } from '../command';
import { askChoice, type Choice } from '../ask/inputs';
import { modelChoices, modelPlaceholder, typedModels, withConnection } from '../ask/modelPicker';

/** The command that chooses the embeddings model, which enables search by meaning. */
export function embeddingsCommands(services: Services) {
  return [
    command('chooseEmbeddings', { model: z.string() }, async ({ model }) => {
      const chosen = model ?? (await pickEmbeddings(services));
      // Dependents listen to the setting.
      await setEmbeddingsModel(chosen.trim() || undefined);
      return chosen;
    }),
  ];
}

/** Asks for an embeddings model of any connection, or for a typed id. Returns '' for none. */
async function pickEmbeddings({ connections }: Services): Promise<string> {
  const now = embeddingsModel();
  const aborter = new AbortController();
  const able = connections.models().filter(({ provider }) => 'embed' in provider);
  const none: Choice<string> = {
    label: vscode.l10n.t('None'),
    description: vscode.l10n.t('files are searched by keyword only, on this computer'),
    value: '',
  };
  try {
    return await askChoice<string>({
      title: vscode.l10n.t('Choose Embeddings Model'),
      placeholder: modelPlaceholder(now),
      items: modelChoices<string>(connections, aborter.signal, { choose: likelyOf, before: [none] }, able),
      typed: (text) => typedModels(connections, text),
      whileTyping: withConnection,
      current: now,
    });
  } finally {
    aborter.abort();
  }
}

/** Servers do not mark embeddings models; their names usually do. */
function likelyOf(models: ModelInfo[]): ModelInfo[] {
  const likely = models.filter(({ id }) => isLikely(id));
  return likely.length > 0 ? likely : models;
}

function isLikely(id: string): boolean {
  return /embed|minilm|bge|e5|gte/i.test(id);
}

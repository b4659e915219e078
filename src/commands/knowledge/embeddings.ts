import * as vscode from 'vscode';
import * as z from 'zod';
import { embeddingsModel, setEmbeddingsModel } from '../../client/models/embeddingsSetting';
import { describeError } from '../../client/errors';
import type { Services } from '../../client/services';
import type { ModelConnection } from '../../client/models/connections';
import { command } from '../command';
import { askChoice, type Choice } from '../ask/inputs';

/** Milliseconds a connection may take to name its models before the list is shown without them. */
const patience = 8_000;

/** The commands about the model that files are searched by meaning with. */
export function embeddingsCommands(services: Services) {
  return [
    command('chooseEmbeddings', { model: z.string() }, async ({ model }) => {
      const chosen = model ?? (await pickEmbeddings(services));
      // What depends on it hears of it by the settings.
      await setEmbeddingsModel(chosen.trim() || undefined);
      return chosen;
    }),
  ];
}

/** Asks for an embeddings model: those of all connections, or any id, typed; empty for none. */
function pickEmbeddings({ connections }: Services): Promise<string> {
  const now = embeddingsModel();
  return askChoice<string>({
    title: vscode.l10n.t('Choose Embeddings Model'),
    placeholder: now
      ? vscode.l10n.t('Choose a model, or type its id (now {0})', now)
      : vscode.l10n.t('Choose a model, or type its id'),
    items: choices(connections.models()),
    typed: (text) =>
      text.includes('/')
        ? { label: text, description: vscode.l10n.t('use this id'), value: text }
        : undefined,
  });
}

async function choices(connections: readonly ModelConnection[]): Promise<Choice<string>[]> {
  const able = connections.filter(({ provider }) => 'embed' in provider);
  const groups = await Promise.all(able.map((connection) => choicesOf(connection)));
  return [
    {
      label: vscode.l10n.t('None'),
      description: vscode.l10n.t('files are found by their words alone, on this computer'),
      value: '',
    },
    ...groups.flat(),
  ];
}

async function choicesOf({ id, label, provider }: ModelConnection): Promise<Choice<string>[]> {
  const heading = { label, kind: vscode.QuickPickItemKind.Separator };
  try {
    const models = await provider.listModels(AbortSignal.timeout(patience));
    // Servers do not say which of their models are for embeddings, but their names do.
    const likely = models.filter((model) => isLikely(model.id));
    return [heading, ...(likely.length > 0 ? likely : models).map((model) => choiceOf(`${id}/${model.id}`))];
  } catch (error) {
    return [heading, { label: `$(warning) ${label}`, detail: describeError(error), alwaysShow: true }];
  }
}

function choiceOf(model: string): Choice<string> {
  return { label: model, value: model };
}

function isLikely(id: string): boolean {
  return /embed|minilm|bge|e5|gte/i.test(id);
}

import * as vscode from 'vscode';
import * as z from 'zod';
import { embeddingsModel, setEmbeddingsModel } from '../../client/models/embeddingsSetting';
import { describeError } from '../../client/errors';
import type { Services } from '../../client/services';
import type { ModelConnection } from '../../client/models/connections';
import { command } from '../command';
import { askChoice, type Choice } from '../ask/inputs';

/** Milliseconds; after that, the list shows an error in place of the connection's models. */
const listTimeout = 8_000;

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
      description: vscode.l10n.t('files are searched by keyword only, on this computer'),
      value: '',
    },
    ...groups.flat(),
  ];
}

async function choicesOf({ id, label, provider }: ModelConnection): Promise<Choice<string>[]> {
  const heading = { label, kind: vscode.QuickPickItemKind.Separator };
  try {
    const models = await provider.listModels(AbortSignal.timeout(listTimeout));
    // Servers do not mark embeddings models; their names usually do.
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

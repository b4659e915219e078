import * as vscode from 'vscode';
import { runCommand } from '../../client/commands';
import type { Connections, ModelConnection } from '../../client/models/connections';
import { describeError, isUnsupported } from '../../client/errors';
import type { Services } from '../../client/services';
import { askChoice, type Choice, type Position } from './inputs';

/** Milliseconds; after that, the list shows an error in place of the connection's models. */
const listTimeout = 8_000;

/** The list's item that adds a connection. */
const addConnection = Symbol('add connection');

/** Asks for a model of any connection (or of the server in use), or for a typed id. */
export async function pickModel(services: Services, position: Position, current?: string): Promise<string> {
  for (;;) {
    const choice = await askChoice<string | typeof addConnection>({
      ...position,
      placeholder: current
        ? vscode.l10n.t('Choose a model, or type its id (now {0})', current)
        : vscode.l10n.t('Choose a model, or type its id'),
      items: services.service.server ? serverChoices(services) : modelChoices(services.connections),
      typed: (text) =>
        text ? { label: text, description: vscode.l10n.t('use this id'), value: text } : undefined,
    });
    if (choice !== addConnection) return choice;
    await runCommand('addConnection');
  }
}

/** The models of a server with the Assistants API, if it lists them. */
async function serverChoices({ client, service }: Services): Promise<Choice<string>[]> {
  const label = service.server?.label ?? '';
  try {
    const { data } = await client.models.list();
    return data.map(({ id }) => ({ label: id, value: id }));
  } catch (error) {
    const detail = isUnsupported(error)
      ? vscode.l10n.t('This server does not list its models. Type a model ID.')
      : describeError(error);
    return [{ label: `$(warning) ${label}`, detail, alwaysShow: true }];
  }
}

async function modelChoices(connections: Connections): Promise<Choice<string | typeof addConnection>[]> {
  const groups = await Promise.all(connections.models().map((connection) => choicesOf(connection)));
  // Connections without models come last.
  const [empty, filled] = [groups.filter(isEmpty), groups.filter((group) => !isEmpty(group))];
  return [
    ...filled.flat(),
    ...empty.flat(),
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    { label: `$(plug) ${vscode.l10n.t('Add Connection…')}`, value: addConnection },
  ];
}

/** Whether a connection's group has no models, and perhaps an error. */
function isEmpty(group: readonly Choice<string>[]): boolean {
  return group.every(({ value }) => value === undefined);
}

async function choicesOf({ id, label, provider }: ModelConnection): Promise<Choice<string>[]> {
  const heading = { label, kind: vscode.QuickPickItemKind.Separator };
  try {
    const models = await provider.listModels(AbortSignal.timeout(listTimeout));
    const choices = models.map((model) => ({
      label: `${id}/${model.id}`,
      description: model.label === model.id ? undefined : model.label,
      value: `${id}/${model.id}`,
    }));
    return [heading, ...choices];
  } catch (error) {
    // Without a value, it cannot be chosen.
    return [heading, { label: `$(warning) ${label}`, detail: describeError(error), alwaysShow: true }];
  }
}

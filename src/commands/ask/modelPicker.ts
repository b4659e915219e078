import * as vscode from 'vscode';
import type { Connections, ModelConnection } from '../../client/models/connections';
import { describeError, isUnsupported } from '../../client/errors';
import type { Services } from '../../client/services';
import { askChoice, type Choice, type Position } from './inputs';

/** Milliseconds a connection may take to name its models before the list is shown without them. */
const patience = 8000;

/** Stands for «make a new connection» in the list. */
const addConnection = Symbol('add connection');

/** Asks for a model: those of all connections, or of the server that is in use; or any id, typed. */
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
    await vscode.commands.executeCommand('assistantsStudio.addConnection');
  }
}

/** What a server with the Assistants API offers, where it says so. */
async function serverChoices({ client, service }: Services): Promise<Choice<string>[]> {
  const label = service.server?.label ?? '';
  try {
    const { data } = await client.models.list();
    return data.map(({ id }) => ({ label: id, value: id }));
  } catch (error) {
    const detail = isUnsupported(error)
      ? vscode.l10n.t('This server does not list its models: type the id of one.')
      : describeError(error);
    return [{ label: `$(warning) ${label}`, detail, alwaysShow: true }];
  }
}

async function modelChoices(connections: Connections): Promise<Choice<string | typeof addConnection>[]> {
  const groups = await Promise.all(connections.models().map((connection) => choicesOf(connection)));
  // Those that can be chosen from come first.
  const [silent, offering] = [groups.filter(isSilent), groups.filter((group) => !isSilent(group))];
  return [
    ...offering.flat(),
    ...silent.flat(),
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    { label: `$(plug) ${vscode.l10n.t('Add Connection…')}`, value: addConnection },
  ];
}

/** Whether a connection offers nothing, but perhaps a reason. */
function isSilent(group: readonly Choice<string>[]): boolean {
  return group.every(({ value }) => value === undefined);
}

async function choicesOf({ id, label, provider }: ModelConnection): Promise<Choice<string>[]> {
  const heading = { label, kind: vscode.QuickPickItemKind.Separator };
  try {
    const models = await provider.listModels(AbortSignal.timeout(patience));
    const choices = models.map((model) => ({
      label: `${id}/${model.id}`,
      description: model.label === model.id ? undefined : model.label,
      value: `${id}/${model.id}`,
    }));
    return [heading, ...choices];
  } catch (error) {
    // Has no value, so that it tells and cannot be chosen.
    const problem = { label: `$(warning) ${label}`, detail: describeError(error), alwaysShow: true };
    return [heading, problem];
  }
}

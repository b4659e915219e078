import * as vscode from 'vscode';
import { runCommand } from '../../client/commands';
import {
  demoConnectionId,
  vscodeConnectionId,
  type Connections,
  type ModelConnection,
  type ModelInfo,
} from '../../client/models/connections';
import { isUnsupported } from '../../client/errors/errors';
import { displayError } from '../../client/errors/translatedError';
import type { Services } from '../../client/services';
import { askChoice, type Choice, type Draft, type GrowingList, type Position } from './inputs';

/** Seconds; after that, the list shows an error in place of the connection's models. */
const listTimeout = 20;

/** The list's item that adds a connection. */
const addConnection = Symbol('add connection');

/** Asks for a model of any connection (or of the server in use), or for a typed id. */
export async function pickModel(services: Services, position: Position, current?: string): Promise<string> {
  const { connections, service } = services;
  const draft: Draft = position.draft ?? {};
  for (;;) {
    const aborter = new AbortController();
    try {
      const choice = await askChoice<string | typeof addConnection>({
        ...position,
        draft,
        placeholder: modelPlaceholder(current),
        items: service.server
          ? serverChoices(services)
          : modelChoices(connections, aborter.signal, {
              after: [
                { label: '', kind: vscode.QuickPickItemKind.Separator },
                { label: `$(plug) ${vscode.l10n.t('Add Connection…')}`, value: addConnection },
              ],
            }),
        typed: (text) =>
          service.server ? typedFor(service.server.label, text) : typedModels(connections, text),
        whileTyping: withConnection,
        current,
      });
      if (choice !== addConnection) return choice;
    } finally {
      aborter.abort();
    }
    Object.assign(draft, { text: undefined, chosen: undefined });
    await runCommand('addConnection');
  }
}

export function modelPlaceholder(current: string | undefined): string {
  return current
    ? vscode.l10n.t('Choose a model, or type its id (now {0})', current)
    : vscode.l10n.t('Choose a model, or type its id');
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
      : displayError(error);
    return [{ label: `$(warning) ${label}`, detail, alwaysShow: true }];
  }
}

/** What differs from the list of all models. */
interface ModelList<T> {
  /** Picks from the models of one connection. */
  choose?: (models: ModelInfo[]) => ModelInfo[];
  before?: readonly Choice<T>[];
  after?: readonly Choice<T>[];
}

/**
 * The models of connections, each in a group of its name. A group is shown as soon as its connection has
 * answered; one that failed can be tried again. Groups without models come last.
 */
export function modelChoices<T>(
  connections: Connections,
  signal: AbortSignal,
  { choose = (models) => models, before = [], after = [] }: ModelList<T>,
  listed: readonly ModelConnection[] = connections.models(),
): GrowingList<string | T> {
  return async (show) => {
    const groups = listed.map((connection) => new ModelGroup(connection));
    const showGroups = (): void => {
      const empty = (group: ModelGroup): boolean => group.models.length === 0;
      const items = [...groups.filter((group) => !empty(group)), ...groups.filter(empty)];
      if (!signal.aborted) show([...before, ...items.flatMap((group) => group.choices(retry)), ...after]);
    };
    const list = async (group: ModelGroup): Promise<void> => {
      await group.list(() => connections.listModels(group.connection.id, signal, listTimeout), choose);
      showGroups();
    };
    const retry = (group: ModelGroup): void => {
      void list(group);
      showGroups();
    };
    const lists = groups.map((group) => list(group));
    showGroups();
    await Promise.all(lists);
  };
}

/** The models of one connection in the list. */
class ModelGroup {
  models: ModelInfo[] = [];
  private error: string | undefined;
  private isListed = false;

  constructor(readonly connection: ModelConnection) {}

  /** Never rejects: its choices show the error. */
  async list(ask: () => Promise<ModelInfo[]>, choose: (models: ModelInfo[]) => ModelInfo[]): Promise<void> {
    this.isListed = false;
    this.error = undefined;
    try {
      this.models = choose(await ask());
    } catch (error) {
      this.error = displayError(error);
    }
    this.isListed = true;
  }

  choices(retry: (group: ModelGroup) => void): Choice<string>[] {
    const { id, label } = this.connection;
    const heading = { label, kind: vscode.QuickPickItemKind.Separator };
    if (this.error !== undefined) {
      const again = `$(refresh) ${vscode.l10n.t('Try Again')}`;
      return [heading, { label: again, detail: this.error, act: () => retry(this) }];
    }
    if (!this.isListed) return [heading, { label: `$(loading~spin) ${vscode.l10n.t('Asking for models…')}` }];
    // The demo's model has the name of its connection, in English.
    const isNamed = (model: ModelInfo): boolean =>
      id !== demoConnectionId && model.label !== model.id && model.label !== label;
    return [
      heading,
      ...this.models.map((model) => ({
        label: model.id,
        description: isNamed(model) ? model.label : undefined,
        value: `${id}/${model.id}`,
      })),
    ];
  }
}

/** VS Code hides the names of groups while one types: a model then bears its full id. */
export function withConnection<T>(item: Choice<T>): Choice<T> {
  return typeof item.value === 'string' && item.value.endsWith(`/${item.label}`)
    ? { ...item, label: item.value }
    : item;
}

/**
 * The items that use a typed id: with the connection that it names, else with any of the connections of the
 * settings, the default one first.
 */
export function typedModels(connections: Connections, text: string): Choice<string>[] {
  // No id has a space: it is a name, or words of a description.
  if (text === '' || /\s/.test(text)) return [];
  const all = connections.models();
  const named = all.find(({ id }) => text.startsWith(`${id}/`));
  if (named) return text.length > named.id.length + 1 ? [typedChoice(named.label, text, text)] : [];
  const configured = all.filter(({ id }) => id !== demoConnectionId && id !== vscodeConnectionId);
  return configured.map(({ id, label }) => typedChoice(label, text, `${id}/${text}`));
}

function typedFor(label: string, text: string): Choice<string>[] {
  return text === '' ? [] : [typedChoice(label, text, text)];
}

/** Its label has no text: VS Code puts matches of labels first. */
function typedChoice(connection: string, text: string, value: string): Choice<string> {
  return {
    label: '$(edit)',
    description: vscode.l10n.t('Use the ID “{0}” with {1}', text, connection),
    value,
  };
}

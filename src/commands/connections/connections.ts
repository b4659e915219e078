import * as vscode from 'vscode';
import * as z from 'zod';
import { openSetting } from '../../client/settings';
import { runCommand } from '../../client/commands';
import {
  demoConnectionId,
  connectionError,
  baseUrlError,
  offersModels,
  vscodeConnectionId,
  type Connection,
  type ModelInfo,
} from '../../client/models/connections';
import { describeError, isAuthenticationError, UserError } from '../../client/errors';
import { showError, showInformation, showWarning, withProgress } from '../../client/notices';
import { connectionKinds } from '../../client/models/providers';
import type { Services } from '../../client/services';
import { command } from '../command';
import {
  askForConnection,
  askForKeyAnd,
  vscodeModels,
  type ConnectionAnswers,
} from '../ask/connectionQuestions';
import { askChoice, confirm } from '../ask/inputs';
import { showServerTest, signalOf } from './service';

/** Commands that add, remove and test connections, and set their API keys. */
export function connectionCommands(services: Services) {
  const { connections, keys, reporter, service } = services;

  async function find(connectionId: string | undefined, title: string): Promise<Connection> {
    if (connectionId === undefined) return pickConnection(services, title);
    if (connectionId === demoConnectionId || connectionId === vscodeConnectionId) {
      throw new UserError(
        vscode.l10n.t(
          'The connection “{0}” is built in: it needs no key and cannot be removed.',
          connectionId,
        ),
      );
    }
    const found = connections.list().find(({ id }) => id === connectionId);
    if (!found) throw new UserError(vscode.l10n.t('There is no connection “{0}”.', connectionId));
    return found;
  }

  async function add({ apiKey, ...answers }: ConnectionAnswers): Promise<Connection> {
    const connection = completed(answers, connections.list());
    // The key first: the connection may be used as soon as it exists.
    if (apiKey) await keys.set(connection, apiKey);
    await connections.add(connection);
    return connection;
  }

  async function setKey(connection: Connection, key: string): Promise<void> {
    if (key === '') await keys.delete(connection);
    else await keys.set(connection, key);
  }

  return [
    command(
      'addConnection',
      {
        id: z.string(),
        kind: z.enum(connectionKinds),
        label: z.string(),
        baseUrl: z.string(),
        apiKey: z.string(),
      },
      async (given) => {
        if (Object.keys(given).length > 0) return add(given);
        const connection = await askForConnection(add);
        if (connection === vscodeModels) {
          await showTest(services, { id: vscodeConnectionId, label: vscode.l10n.t('VS Code') });
          return;
        }
        showTestOf(services, connection).catch(reporter.notify);
        return connection;
      },
    ),

    command(
      'removeConnection',
      { connectionId: z.string(), confirm: z.boolean() },
      async ({ connectionId, confirm: asks = true }) => {
        const connection = await find(connectionId, vscode.l10n.t('Remove Connection'));
        if (asks) {
          await confirm(
            vscode.l10n.t('Remove the connection “{0}”?', connection.label),
            vscode.l10n.t(
              'Its API key will be deleted, too. Assistants that use its models are not deleted.',
            ),
            vscode.l10n.t('Remove'),
          );
        }
        await connections.remove(connection);
        return connection;
      },
    ),

    command('testConnection', { connectionId: z.string() }, async ({ connectionId }) => {
      const title = vscode.l10n.t('Test Connection');
      if (connectionId === undefined) return showTestOf(services, await find(undefined, title));
      const server = service.servers().find(({ id }) => id === connectionId);
      if (server) return service.probe(server, AbortSignal.timeout(30_000));
      return connections.listModels(connectionId, AbortSignal.timeout(30_000));
    }),

    command(
      'setApiKey',
      { connectionId: z.string(), apiKey: z.string() },
      async ({ connectionId, apiKey }) => {
        const connection = await find(connectionId, vscode.l10n.t('Set API Key'));
        let key = apiKey?.trim();
        if (key === undefined) {
          key = await askForKeyAnd(vscode.l10n.t('Set API Key'), connection, async (asked) => {
            await setKey(connection, asked);
            return asked;
          });
        } else await setKey(connection, key);
        if (key === '') return;
        if (apiKey === undefined) showTestOf(services, connection).catch(reporter.notify);
        if (service.server?.id === connection.id) services.assistants.refresh();
      },
    ),
  ];
}

/** A connection with missing fields filled in. Throws a UserError when it cannot be used. */
function completed(given: Partial<Connection>, others: readonly Connection[]): Connection {
  const baseUrl = given.baseUrl?.trim();
  const urlError = baseUrlError(baseUrl);
  if (baseUrl === undefined || urlError) {
    throw new UserError(vscode.l10n.t('The connection was not added: {0}', urlError ?? ''));
  }
  const label = given.label?.trim() || new URL(baseUrl).host;
  const connection: Connection = {
    id: given.id ?? unusedId(label, others),
    kind: given.kind ?? 'chat-completions',
    label,
    baseUrl,
  };
  const error = connectionError(connection, others);
  if (error) throw new UserError(vscode.l10n.t('The connection was not added: {0}', error));
  return connection;
}

/** An id made from a label: `Ollama` → `ollama`, the second one `ollama-2`. */
function unusedId(label: string, others: readonly Connection[]): string {
  const slug =
    label
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'connection';
  const taken = new Set([demoConnectionId, vscodeConnectionId, ...others.map(({ id }) => id)]);
  for (let number = 1; ; number++) {
    const id = number === 1 ? slug : `${slug}-${number}`;
    if (!taken.has(id)) return id;
  }
}

async function pickConnection({ connections }: Services, title: string): Promise<Connection> {
  const items = connections.list().map((connection) => ({
    label: connection.label,
    description: connection.id,
    detail: connection.baseUrl,
    value: connection,
  }));
  if (items.length > 0) {
    return askChoice({ title, placeholder: vscode.l10n.t('Choose a connection'), items });
  }
  const add = vscode.l10n.t('Add Connection…');
  const choice = await showInformation(
    vscode.l10n.t('There are no connections yet. The demo does not need one.'),
    add,
  );
  if (choice === add) await runCommand('addConnection');
  throw new vscode.CancellationError();
}

/** The fields of a connection that messages use. */
type Named = Pick<Connection, 'id' | 'label'>;

function showTestOf(services: Services, connection: Connection): Promise<unknown> {
  if (offersModels(connection)) return showTest(services, connection);
  return showServerTest(services, connection, (error) => offerRemedy(services, connection, error));
}

/** Requests a connection's models and shows the result; undefined after an error. */
async function showTest(services: Services, connection: Named): Promise<ModelInfo[] | undefined> {
  try {
    const models = await withProgress(
      { title: vscode.l10n.t('Asking {0} for its models…', connection.label), cancellable: true },
      (_progress, token) => services.connections.listModels(connection.id, signalOf(token)),
    );
    await offerAssistant(connection, models);
    return models;
  } catch (error) {
    await offerRemedy(services, connection, error);
    return undefined;
  }
}

async function offerAssistant(connection: Named, models: ModelInfo[]): Promise<void> {
  if (models.length === 0) {
    await showWarning(vscode.l10n.t('{0} currently offers no models.', connection.label));
    return;
  }
  const create = vscode.l10n.t('Create Assistant…');
  const words = vscode.l10n.t('{0} is connected. Models: {1}.', connection.label, models.length);
  const choice = await showInformation(words, create);
  if (choice === create) await runCommand('createAssistant');
}

async function offerRemedy({ reporter }: Services, connection: Named, error: unknown): Promise<void> {
  const message = describeError(error);
  reporter.info(`Connection ${connection.id}: ${message}`);
  const setKey = vscode.l10n.t('Set API Key…');
  const settings = vscode.l10n.t('Open Settings');
  const actions = isAuthenticationError(message) ? [setKey, settings] : [settings];
  const choice = await showError(message, ...actions);
  if (choice === setKey) {
    await runCommand('setApiKey', { connectionId: connection.id });
  }
  if (choice === settings) {
    await openSetting('connections');
  }
}

import * as vscode from 'vscode';
import * as z from 'zod';
import { openSetting } from '../../client/settings';
import { runCommand } from '../../client/commands';
import {
  demoConnectionId,
  connectionError,
  baseUrlError,
  connectionKinds,
  offersModels,
  vscodeConnectionId,
  type Connection,
  type ModelInfo,
} from '../../client/models/connections';
import { describeError, isAddressError, isAuthenticationError, UserError } from '../../client/errors/errors';
import { translatedError } from '../../client/errors/translatedError';
import { showError, showInformation, showWarning, withProgress } from '../../client/errors/notices';
import { findAddress } from '../../client/models/addressSearch';
import { testConnection } from '../../client/service/connectionTest';
import type { KeyStore } from '../../client/models/keys';
import type { Services } from '../../client/services';
import { command } from '../command';
import {
  askForConnection,
  askForKeyAnd,
  ExistingConnection,
  keysHint,
  vscodeModels,
  type ConnectionAnswers,
} from '../ask/connectionQuestions';
import { askChoice, confirm } from '../ask/inputs';
import { checkedAnswers } from './checking';
import { connectionEditingCommands } from './editing';
import { isOfPreset, presets } from '../ask/presets';
import { assistantsOf, removalDetail } from './users';
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

  /** Asks for a connection, and adds it. */
  async function addAsked(): Promise<Connection | undefined> {
    const hint = keysHint(() => keys.forgets());
    const existing = connections.list();
    const connection = await askForConnection<Connection>({
      existing,
      keysHint: hint,
      add: (answers) => add({ ...answers, id: unusedId(answers.id ?? answers.label ?? '', existing) }),
      check: async (answers) => checkedAnswers(answers, await hint),
    });
    if (connection === vscodeModels) {
      await showTest(services, { id: vscodeConnectionId, label: vscode.l10n.t('VS Code') });
      return undefined;
    }
    if (!(connection instanceof ExistingConnection)) {
      showTestOf(services, connection).catch(reporter.notify);
      return connection;
    }
    const { connection: same, action } = connection;
    if (action === 'setKey') await runCommand('setApiKey', { connectionId: same.id });
    else showTestOf(services, same).catch(reporter.notify);
    return same;
  }

  /** Throws an error that names the right address, if the server's API is at another one. */
  async function listModels(connectionId: string): Promise<ModelInfo[]> {
    const signal = AbortSignal.timeout(30_000);
    try {
      return await connections.listModels(connectionId, signal);
    } catch (error) {
      const connection = connections.list().find(({ id }) => id === connectionId);
      const found = connection && (await otherAddress(connection, keys, error, signal));
      if (found === undefined) throw error;
      throw new UserError(withAddress(describeError(error), found));
    }
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
      (given) => {
        return Object.keys(given).length > 0 ? add(given) : addAsked();
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
            removalDetail(await assistantsOf(services, connection)),
            vscode.l10n.t('Remove'),
          );
        }
        await connections.remove(connection);
        return connection;
      },
    ),

    // `show`: with progress and a notification of the result, as without an id.
    command(
      'testConnection',
      { connectionId: z.string(), show: z.boolean() },
      async ({ connectionId, show }) => {
        const title = vscode.l10n.t('Test Connection');
        const builtIn = connections.models().find(({ id }) => id === connectionId);
        const isBuiltIn = connectionId === demoConnectionId || connectionId === vscodeConnectionId;
        if (show && isBuiltIn && builtIn) return showTest(services, builtIn);
        if (connectionId === undefined || show) return showTestOf(services, await find(connectionId, title));
        const server = service.servers().find(({ id }) => id === connectionId);
        if (server) return testConnection(services, server.id);
        return listModels(connectionId);
      },
    ),

    command(
      'setApiKey',
      { connectionId: z.string(), apiKey: z.string() },
      async ({ connectionId, apiKey }) => {
        const connection = await find(connectionId, vscode.l10n.t('Set API Key'));
        let key = apiKey?.trim();
        if (key === undefined) {
          const hint = await keysHint(() => keys.forgets());
          const keysAt = presets().find((preset) => isOfPreset(preset, connection.baseUrl))?.keysAt;
          const owner = { ...connection, hint, keysAt };
          key = await askForKeyAnd(vscode.l10n.t('Set API Key'), owner, async (asked) => {
            await setKey(connection, asked);
            return asked;
          });
        } else await setKey(connection, key);
        connections.states.forget(connection.id);
        if (key === '') return;
        if (apiKey === undefined) showTestOf(services, connection).catch(reporter.notify);
        if (service.server?.id === connection.id) services.assistants.refresh();
      },
    ),

    ...connectionEditingCommands(services, find),
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
async function showTest(
  services: Services,
  connection: Connection | Named,
): Promise<ModelInfo[] | undefined> {
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

/**
 * The address at which a server's API is, after a test that failed because it is not at the connection's;
 * undefined if that was not the reason, or it is found nowhere.
 */
async function otherAddress(
  connection: Connection,
  keys: Pick<KeyStore, 'get'>,
  error: unknown,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!offersModels(connection) || !isAddressError(describeError(error))) return undefined;
  return findAddress(connection, () => keys.get(connection), signal);
}

/** The connection with the address at which its API was found; shows that it looks for it. */
async function searchAddress(
  { keys }: Services,
  connection: Connection,
  error: unknown,
): Promise<Connection | undefined> {
  if (!isAddressError(describeError(error))) return undefined;
  const title = vscode.l10n.t('Looking for the API of {0}…', connection.label);
  const baseUrl = await withProgress({ title, cancellable: true }, (_progress, token) =>
    otherAddress(connection, keys, error, signalOf(token)),
  );
  return baseUrl === undefined ? undefined : { ...connection, baseUrl };
}

function withAddress(message: string, address: string): string {
  return `${message} ${vscode.l10n.t('The API was found at {0}.', address)}`;
}

/** Shows why a test failed, and offers what helps. */
async function offerRemedy(
  services: Services,
  connection: Connection | Named,
  error: unknown,
): Promise<void> {
  const { reporter, connections } = services;
  const found = 'baseUrl' in connection ? await searchAddress(services, connection, error) : undefined;
  const message = found ? withAddress(describeError(error), found.baseUrl) : describeError(error);
  reporter.info(`Connection ${connection.id}: ${message}`);
  const setKey = vscode.l10n.t('Set API Key…');
  const settings = vscode.l10n.t('Open Settings');
  const use = found && vscode.l10n.t('Use {0}', found.baseUrl);
  const actions = isAuthenticationError(message) ? [setKey, settings] : [...(use ? [use] : []), settings];
  const choice = await showError(translatedError(message), ...actions);
  if (found && choice === use) {
    await showTestOf(
      services,
      await connections.update(connection as Connection, { baseUrl: found.baseUrl }),
    );
  }
  if (choice === setKey) {
    await runCommand('setApiKey', { connectionId: connection.id });
  }
  if (choice === settings) {
    await openSetting('connections');
  }
}

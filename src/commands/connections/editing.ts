import * as vscode from 'vscode';
import * as z from 'zod';
import {
  baseUrlError,
  connectionKinds,
  offersModels,
  type Connection,
} from '../../client/models/connections';
import { UserError } from '../../client/errors/errors';
import { runCommand } from '../../client/commands';
import { openSetting } from '../../client/settings';
import { testConnection } from '../../client/service/connectionTest';
import type { Services } from '../../client/services';
import { command } from '../command';
import { askChoice, askInTurn, askText, type Question } from '../ask/inputs';

/** Finds a connection by its id, or asks for one. */
export type FindConnection = (connectionId: string | undefined, title: string) => Promise<Connection>;

const connectionsView = 'assistantsStudio.connections';

type Field = 'label' | 'baseUrl' | 'kind';

/** Commands that change connections, and test them all. */
export function connectionEditingCommands(services: Services, find: FindConnection) {
  const { connections } = services;

  return [
    command(
      'editConnection',
      {
        connectionId: z.string(),
        label: z.string().min(1),
        baseUrl: z.string(),
        kind: z.enum(connectionKinds),
      },
      async ({ connectionId, ...change }) => {
        const connection = await find(connectionId, title());
        const error = change.baseUrl === undefined ? undefined : baseUrlError(change.baseUrl);
        if (error) throw new UserError(vscode.l10n.t('The connection was not changed: {0}', error));
        if (Object.keys(change).length > 0) return connections.update(connection, change);
        return edit(services, connection);
      },
    ),

    command('makeDefaultConnection', { connectionId: z.string() }, async ({ connectionId }) => {
      const connection = await find(connectionId, vscode.l10n.t('Make Default Connection'));
      if (!offersModels(connection)) {
        throw new UserError(
          vscode.l10n.t('“{0}” is a server with the Assistants API: it offers no models.', connection.label),
        );
      }
      await connections.makeDefault(connection);
      return connection;
    }),

    // The view is hidden until it is opened once: its header takes room from the chat.
    command('manageConnections', {}, () => vscode.commands.executeCommand(`${connectionsView}.focus`)),

    command('testConnections', {}, async () => {
      const tests = connections.all().map((id) => testConnection(services, id));
      // Their states show the results.
      await Promise.allSettled(tests);
    }),
  ];
}

const title = (): string => vscode.l10n.t('Edit Connection');

async function edit(services: Services, connection: Connection): Promise<Connection> {
  const field = await askForField(connection);
  if (field === 'settings') {
    await openSetting('connections');
    return connection;
  }
  if (field === 'key') {
    await runCommand('setApiKey', { connectionId: connection.id });
    return connection;
  }
  const changed = await services.connections.update(connection, await askForChange(connection, field));
  const { origin } = new URL(connection.baseUrl);
  // A key is bound to the origin that it was entered for.
  if (new URL(changed.baseUrl).origin !== origin) await runCommand('setApiKey', { connectionId: changed.id });
  return changed;
}

function askForField({ label, baseUrl, kind }: Connection): Promise<Field | 'key' | 'settings'> {
  return askChoice<Field | 'key' | 'settings'>({
    title: `${title()}: ${label}`,
    placeholder: vscode.l10n.t('What do you want to change?'),
    items: [
      { label: vscode.l10n.t('Name'), detail: label, value: 'label' },
      { label: vscode.l10n.t('Base URL'), detail: baseUrl, value: 'baseUrl' },
      { label: vscode.l10n.t('API'), detail: kindWords()[kind], value: 'kind' },
      {
        label: vscode.l10n.t('API Key'),
        detail: vscode.l10n.t('It can be changed, and is never shown'),
        value: 'key',
      },
      {
        label: vscode.l10n.t('Open Settings'),
        detail: vscode.l10n.t('All fields, such as its headers and context window'),
        value: 'settings',
      },
    ],
  });
}

async function askForChange(connection: Connection, field: Field): Promise<Partial<Connection>> {
  const words = `${title()}: ${connection.label}`;
  if (field === 'kind') {
    const kind = await askChoice({
      title: words,
      placeholder: vscode.l10n.t('Which API does it have?'),
      items: connectionKinds.map((value) => ({ label: kindWords()[value], value })),
      current: connection.kind,
    });
    return { kind };
  }
  let text = connection[field];
  const ask: Question = async (position) => {
    const isAddress = field === 'baseUrl';
    text = await askText({
      ...position,
      prompt: isAddress
        ? vscode.l10n.t('The base URL of its API. A key is sent only to the server that it was set for.')
        : vscode.l10n.t('Name of the connection'),
      value: connection[field],
      errorOf: (value) =>
        isAddress ? baseUrlError(value.trim()) : value.trim() ? undefined : vscode.l10n.t('Enter a name.'),
    });
  };
  return askInTurn(words, [ask], () => Promise.resolve({ [field]: text.trim() }));
}

function kindWords(): Record<Connection['kind'], string> {
  return {
    'chat-completions': vscode.l10n.t('Chat Completions: most servers'),
    responses: vscode.l10n.t('Responses: OpenAI, Azure, xAI'),
    server: vscode.l10n.t('Assistants: the assistants and threads of a server'),
  };
}

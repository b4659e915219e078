import * as vscode from 'vscode';
import * as z from 'zod';
import { runCommand } from '../../client/commands';
import { embeddedServiceId } from '../../client/service/activeService';
import { testConnection } from '../../client/service/connectionTest';
import type { Connection } from '../../client/models/connections';
import { showInformation, withProgress } from '../../client/errors/notices';
import type { Services } from '../../client/services';
import { command } from '../command';
import { askChoice, type Choice } from '../ask/inputs';

/** The list's item that adds a connection. */
const addServer = Symbol('add server');

/** The command that chooses the service whose assistants this window shows. */
export function serviceCommands({ service }: Services) {
  return [
    command('chooseService', { serviceId: z.string() }, async ({ serviceId }) => {
      const id = serviceId ?? (await askForService(service.servers(), service.id));
      if (id === addServer) {
        await runCommand('addConnection');
        return service.id;
      }
      await service.use(id);
      return service.id;
    }),
  ];
}

function askForService(servers: readonly Connection[], current: string): Promise<string | typeof addServer> {
  const mark = (id: string): string | undefined =>
    id === current ? vscode.l10n.t('in use in this window') : undefined;
  const items: Choice<string | typeof addServer>[] = [
    {
      label: vscode.l10n.t('This computer'),
      description: mark(embeddedServiceId),
      detail: vscode.l10n.t(
        'Assistants and threads are stored on this computer; models are used through your connections',
      ),
      value: embeddedServiceId,
    },
    ...servers.map(({ id, label, baseUrl }) => ({
      label,
      description: mark(id),
      detail: baseUrl,
      value: id,
    })),
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    { label: `$(plug) ${vscode.l10n.t('Add Connection…')}`, value: addServer },
  ];
  return askChoice({
    title: vscode.l10n.t('Choose Service'),
    placeholder: vscode.l10n.t('Whose assistants and threads should this window show?'),
    items,
  });
}

/** Checks that a server offers the Assistants API, and offers to use it. */
export async function showServerTest(
  services: Services,
  server: Connection,
  onError: (error: unknown) => Promise<void>,
): Promise<void> {
  const { service } = services;
  const progress = {
    title: vscode.l10n.t('Asking {0} for its assistants…', server.label),
    cancellable: true,
  };
  try {
    await withProgress(progress, (_, token) => testConnection(services, server.id, signalOf(token)));
  } catch (error) {
    return onError(error);
  }
  if (service.server?.id === server.id) return;
  const use = vscode.l10n.t('Use in This Window');
  const words = vscode.l10n.t('{0} provides the Assistants API.', server.label);
  if ((await showInformation(words, use)) === use) await service.use(server.id);
}

/** An AbortSignal that is aborted when the token is cancelled. */
export function signalOf(token: vscode.CancellationToken): AbortSignal {
  const aborter = new AbortController();
  token.onCancellationRequested(() => aborter.abort());
  return aborter.signal;
}

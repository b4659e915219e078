import { readFile, stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import * as z from 'zod';
import { createClient } from '../../client/client';
import { UserError } from '../../client/errors/errors';
import { withProgress } from '../../client/errors/notices';
import type { Connection } from '../../client/models/connections';
import { loadTransfer } from '../../client/transfer';
import { askChoice, askText } from '../ask/inputs';
import { command } from '../command';
import { abortSignal } from './places';
import { runImport, showReport, type ImportParts } from './imports';

/** How often a request is tried again that a service is too busy for, or that failed there. */
const maxRetries = 6;
const maxIdFileBytes = 16 * 1024 * 1024;

/** The command that imports from another service, while it runs. */
export function serviceImportCommands(parts: ImportParts) {
  const { service, keys } = parts.services;

  /** A server of the settings, or an address whose key is kept in memory alone. */
  async function chooseServer(title: string): Promise<{ server: Connection; key: string | undefined }> {
    const servers = service.servers().filter(({ id }) => id !== service.server?.id);
    const chosen = await askChoice<Connection | undefined>({
      title,
      placeholder: vscode.l10n.t('Which service should be read?'),
      items: [
        ...servers.map((server) => ({ label: server.label, description: server.baseUrl, value: server })),
        {
          label: `$(globe) ${vscode.l10n.t('Another Address…')}`,
          description: vscode.l10n.t('OpenAI, Azure, or a server with the Assistants API'),
          value: undefined,
        },
      ],
    });
    if (chosen) return { server: chosen, key: await keys.get(chosen) };
    const baseUrl = await askText({
      title,
      prompt: vscode.l10n.t(
        'Base URL of the service. For Azure’s classic endpoint, add its API version: https://NAME.openai.azure.com/openai?api-version=2024-05-01-preview',
      ),
      value: 'https://api.openai.com/v1',
      errorOf: addressError,
    });
    const key = await askText({
      title,
      prompt: vscode.l10n.t('API key. It is used for this import only and not stored.'),
      password: true,
    });
    return { server: { id: 'import', label: new URL(baseUrl).host, kind: 'server', baseUrl }, key };
  }

  async function chooseThreads(title: string): Promise<'all' | string[]> {
    const choice = await askChoice<'all' | 'type' | 'file' | 'none'>({
      title,
      placeholder: vscode.l10n.t('Which threads should be imported?'),
      items: [
        {
          label: vscode.l10n.t('All Threads'),
          description: vscode.l10n.t('If the service lists them; OpenAI and Azure do not'),
          value: 'all',
        },
        { label: vscode.l10n.t('Enter Thread IDs…'), value: 'type' },
        { label: vscode.l10n.t('Read Thread IDs from a File…'), value: 'file' },
        { label: vscode.l10n.t('No Threads'), value: 'none' },
      ],
    });
    if (choice === 'all') return 'all';
    if (choice === 'none') return [];
    if (choice === 'type') {
      const typed = await askText({
        title,
        prompt: vscode.l10n.t('IDs of threads, separated by spaces or commas'),
        placeholder: 'thread_abc123 thread_def456',
        errorOf: (text) =>
          idsIn(text).length === 0 ? vscode.l10n.t('There is no ID such as thread_abc123.') : undefined,
      });
      return idsIn(typed);
    }
    const [file] = (await vscode.window.showOpenDialog({ title, openLabel: vscode.l10n.t('Choose') })) ?? [];
    if (!file) throw new vscode.CancellationError();
    return idsOfFile(file.fsPath);
  }

  return [
    command(
      'importFromService',
      { connectionId: z.string(), threadIds: z.array(z.string()) },
      async ({ connectionId, threadIds }) => {
        const title = vscode.l10n.t('Import from Another Service');
        const { server, key } =
          connectionId === undefined ? await chooseServer(title) : await known(connectionId);
        const threads = threadIds ?? (connectionId === undefined ? await chooseThreads(title) : 'all');
        const source = new URL(server.baseUrl);
        const remote = service.reading(server, key);
        const report = await withProgress(
          { title: vscode.l10n.t('Importing from {0}…', server.label), cancellable: true },
          async (progress, token) => {
            const signal = abortSignal(token);
            const client = createClient(remote.fetch).withOptions({ maxRetries });
            const reader = (await loadTransfer()).readService({
              client,
              target: parts.services.client,
              source: `${source.origin}${source.pathname}`,
              threads,
              isListPartial: () => remote.listsRemembered,
              signal,
            });
            return runImport(parts, reader, { progress, signal });
          },
        );
        if (connectionId === undefined) await showReport(parts, report, server.baseUrl);
        return report;
      },
    ),
  ];

  async function known(id: string): Promise<{ server: Connection; key: string | undefined }> {
    const server = service.servers().find((one) => one.id === id);
    if (!server) throw new UserError(vscode.l10n.t('There is no service “{0}”.', id));
    return { server, key: await keys.get(server) };
  }
}

function addressError(text: string): string | undefined {
  const url = URL.parse(text.trim());
  const isLocal = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLocal)) return undefined;
  if (url?.protocol === 'http:')
    return vscode.l10n.t('A key must not be sent to another computer without encryption. Use https.');
  return vscode.l10n.t('Enter an address such as https://api.openai.com/v1.');
}

function idsIn(text: string): string[] {
  return [...new Set(text.match(/\bthread_[A-Za-z0-9_-]+/g) ?? [])];
}

async function idsOfFile(path: string): Promise<string[]> {
  if ((await stat(path)).size > maxIdFileBytes) throw new UserError(vscode.l10n.t('It is too large.'));
  const ids = idsIn(await readFile(path, 'utf8'));
  if (ids.length === 0) throw new UserError(vscode.l10n.t('There is no ID such as thread_abc123.'));
  return ids;
}

import * as vscode from 'vscode';
import * as z from 'zod';
import { readSetting } from '../../client/settings';
import { runCommand } from '../../client/commands';
import { environmentFormats, environmentLines, type EnvironmentFormat } from '../../client/environment';
import { UserError } from '../../client/errors/errors';
import { PortTakenError, type LocalServer, type ServerAddress } from '../../client/engine/localServer';
import { showInformation } from '../../client/errors/notices';
import type { Reporter } from '../../client/errors/reporter';
import { command } from '../command';
import { askChoice } from '../ask/inputs';

/** Commands of the local API server, through which programs use this window's assistants. */
export function serverCommands(server: LocalServer, reporter: Reporter) {
  async function copyEnvironment(given?: EnvironmentFormat): Promise<void> {
    const format = given ?? (await askForFormat());
    const token = await server.token();
    const { address } = server;
    if (!address || token === undefined) throw notRunning();
    const lines = environmentLines(format, { OPENAI_BASE_URL: address.baseUrl, OPENAI_API_KEY: token });
    await vscode.env.clipboard.writeText(lines);
    vscode.window.setStatusBarMessage(
      vscode.l10n.t('Copied the environment variables, including the key'),
      3000,
    );
  }

  async function copyAddress(): Promise<void> {
    if (!server.address) throw notRunning();
    await vscode.env.clipboard.writeText(server.address.baseUrl);
    vscode.window.setStatusBarMessage(vscode.l10n.t('Copied {0}', server.address.baseUrl), 3000);
  }

  async function showStarted(address: ServerAddress): Promise<void> {
    const copy = vscode.l10n.t('Copy as Environment Variables…');
    const stop = vscode.l10n.t('Stop');
    const choice = await showInformation(startedWords(address), copy, stop);
    if (choice === copy) await runCommand('copyServerEnvironment');
    if (choice === stop) await server.stop();
  }

  return [
    command('startServer', { port: z.int().min(0).max(65535) }, async ({ port }) => {
      const running = server.address;
      const address = running ?? (await startOn(server, port));
      showStarted(address).catch(reporter.notify);
      return address;
    }),

    command('stopServer', {}, () => server.stop()),

    command('copyServerEnvironment', { format: z.enum(environmentFormats) }, ({ format }) => {
      if (!server.address) throw notRunning();
      return copyEnvironment(format);
    }),

    command('serverMenu', {}, async () => {
      if (!server.address) {
        await runCommand('startServer');
        return;
      }
      const act = await askChoice<() => Promise<void>>({
        title: vscode.l10n.t('Local API Server'),
        placeholder: server.address.baseUrl,
        items: [
          {
            label: `$(terminal) ${vscode.l10n.t('Copy as Environment Variables…')}`,
            value: () => copyEnvironment(),
          },
          { label: `$(copy) ${vscode.l10n.t('Copy Address')}`, value: copyAddress },
          { label: `$(debug-stop) ${vscode.l10n.t('Stop Local API Server')}`, value: () => server.stop() },
        ],
      });
      await act();
    }),
  ];
}

/** Starts on the given port, or on the port of the settings; when that one is taken, on any free port. */
async function startOn(server: LocalServer, asked: number | undefined): Promise<ServerAddress> {
  if (asked !== undefined) return server.start(asked);
  const port = readSetting('server.port');
  try {
    return await server.start(port);
  } catch (error) {
    // Another window may use the port of the settings; the message shows which port this one got.
    if (error instanceof PortTakenError) return server.start(0);
    throw error;
  }
}

function startedWords({ baseUrl }: ServerAddress): string {
  const { remoteName } = vscode.env;
  if (remoteName === undefined)
    return vscode.l10n.t('Programs on this computer can use your assistants at {0}.', baseUrl);
  return vscode.l10n.t(
    'Programs on the remote machine of this window ({0}) can use your assistants at {1}. The address is not available on your local computer.',
    remoteName,
    baseUrl,
  );
}

function askForFormat(): Promise<EnvironmentFormat> {
  return askChoice<EnvironmentFormat>({
    title: vscode.l10n.t('Copy as Environment Variables'),
    placeholder: vscode.l10n.t('Choose a format. The copied text includes the key.'),
    items: [
      { label: 'bash, zsh', value: 'bash' },
      { label: 'PowerShell', value: 'powershell' },
      { label: 'cmd', value: 'cmd' },
      { label: '.env', value: 'dotenv' },
    ],
  });
}

function notRunning(): UserError {
  return new UserError(vscode.l10n.t('The local API server is not running.'));
}

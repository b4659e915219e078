import * as vscode from 'vscode';
import * as z from 'zod';
import { readSetting } from '../../client/settings';
import { runCommand } from '../../client/commands';
import { environmentFormats, environmentLines, type EnvironmentFormat } from '../../client/environment';
import { UserError } from '../../client/errors';
import { PortTakenError, type LocalServer, type ServerAddress } from '../../client/engine/localServer';
import { showInformation } from '../../client/notices';
import type { Reporter } from '../../client/reporter';
import { command } from '../command';
import { askChoice } from '../ask/inputs';

/** The commands of the port that programs reach this window's assistants by. */
export function serverCommands(server: LocalServer, reporter: Reporter) {
  async function copyEnvironment(given?: EnvironmentFormat): Promise<void> {
    const format = given ?? (await askForFormat());
    const token = await server.token();
    const { address } = server;
    if (!address || token === undefined) throw notRunning();
    const lines = environmentLines(format, { OPENAI_BASE_URL: address.baseUrl, OPENAI_API_KEY: token });
    await vscode.env.clipboard.writeText(lines);
    vscode.window.setStatusBarMessage(vscode.l10n.t('Copied the variables, the key among them'), 3000);
  }

  async function copyAddress(): Promise<void> {
    if (!server.address) throw notRunning();
    await vscode.env.clipboard.writeText(server.address.baseUrl);
    vscode.window.setStatusBarMessage(vscode.l10n.t('Copied {0}', server.address.baseUrl), 3000);
  }

  async function tell(address: ServerAddress): Promise<void> {
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
      tell(address).catch(reporter.notify);
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

/** Starts on the port asked for, else on the one of the settings; another one takes its place when it is taken. */
async function startOn(server: LocalServer, asked: number | undefined): Promise<ServerAddress> {
  if (asked !== undefined) return server.start(asked);
  const port = readSetting('server.port');
  try {
    return await server.start(port);
  } catch (error) {
    // Two windows cannot have the same one: the second gets its own, and the message says which.
    if (error instanceof PortTakenError) return server.start(0);
    throw error;
  }
}

function startedWords({ baseUrl }: ServerAddress): string {
  const { remoteName } = vscode.env;
  if (remoteName === undefined)
    return vscode.l10n.t('Programs on this computer reach your assistants at {0}.', baseUrl);
  return vscode.l10n.t(
    'Programs on the machine of this window ({0}) reach your assistants at {1}. That is an address of that machine, not of the one you sit at.',
    remoteName,
    baseUrl,
  );
}

function askForFormat(): Promise<EnvironmentFormat> {
  return askChoice<EnvironmentFormat>({
    title: vscode.l10n.t('Copy as Environment Variables'),
    placeholder: vscode.l10n.t('For which shell? The copied text holds the key.'),
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

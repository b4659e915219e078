import * as vscode from 'vscode';
import * as z from 'zod';
import { deleteAllData, type AllDataParts } from '../client/engine/allData';
import { withProgress } from '../client/notices';
import { command } from './command';
import { confirm } from './ask/inputs';

/** The command that deletes all data of the extension. */
export function allDataCommands(parts: AllDataParts) {
  return [
    command('deleteAllData', { confirm: z.boolean() }, async ({ confirm: asks = true }) => {
      if (asks) {
        await confirm(
          vscode.l10n.t('Delete all data of Assistants Studio on this computer?'),
          vscode.l10n.t(
            'All assistants, threads, messages, runs and files, the search index, downloaded Python packages, drafts, selections and API keys will be deleted, in all windows. Active runs will be stopped. What VS Code stores for other workspaces and profiles is deleted when they are next opened. Connections stay in your settings, without their keys. Data on servers is not deleted. This cannot be undone.',
          ),
          vscode.l10n.t('Delete All Data'),
        );
      }
      await withProgress({ title: vscode.l10n.t('Deleting all data…') }, () => deleteAllData(parts));
      if (asks) vscode.window.setStatusBarMessage(vscode.l10n.t('All data was deleted'), 5000);
    }),
  ];
}

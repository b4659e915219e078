import * as vscode from 'vscode';
import * as z from 'zod';
import { deleteAllData, type AllDataParts } from '../client/engine/allData';
import { fileSize } from '../client/files/fileSize';
import { showInformation, withProgress } from '../client/errors/notices';
import { command } from './command';
import { confirm } from './ask/inputs';

/** The commands that delete and compact the data of the extension. */
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

    command('compactData', { confirm: z.boolean() }, async ({ confirm: asks = true }) => {
      const before = await parts.engine.dataSizes();
      if (asks) {
        await confirm(
          vscode.l10n.t('Compact the data of Assistants Studio on this computer?'),
          vscode.l10n.t(
            'The database takes {0}, of which at least {1} are unused. It is written again without them, which needs as much free disk space for a moment. Nothing is deleted. Until it is done, this window waits, and other windows can read but not write.',
            fileSize(before.bytes),
            fileSize(before.unused),
          ),
          vscode.l10n.t('Compact Data'),
        );
      }
      const after = await withProgress({ title: vscode.l10n.t('Compacting data…') }, () =>
        parts.engine.compactData(),
      );
      if (asks) {
        void showInformation(
          vscode.l10n.t(
            'The database now takes {0}; before, it took {1}.',
            fileSize(after.bytes),
            fileSize(before.bytes),
          ),
        );
      }
      return { before: before.bytes, after: after.bytes };
    }),
  ];
}

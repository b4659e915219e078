import * as vscode from 'vscode';
import * as z from 'zod';
import type { AllDataParts } from '../../client/engine/allData';
import { UserError } from '../../client/errors/errors';
import { showInformation, showWarning, withProgress } from '../../client/errors/notices';
import { loadTransfer } from '../../client/transfer';
import { confirm } from '../ask/inputs';
import { command } from '../command';
import { abortSignal, askForSource, askForTarget, datedName } from './places';

/** The commands that back up all data of this window's engine, and restore it. */
export function backupCommands({ engine, server }: AllDataParts) {
  return [
    command('backUpAllData', { path: z.string() }, async ({ path: given }) => {
      const title = vscode.l10n.t('Back Up All Data');
      const path = given ?? (await askForTarget(title, datedName('assistants-studio-backup')));
      const { FolderTarget, writeBackup, ZipTarget } = await loadTransfer();
      const target = path.toLowerCase().endsWith('.zip') ? new ZipTarget(path) : new FolderTarget(path);
      const report = await withProgress(
        { title: vscode.l10n.t('Backing up…'), cancellable: true },
        (progress, token) => {
          const signal = abortSignal(token);
          const onProgress = progressOf(progress);
          return orCancelled(signal, () =>
            engine.withSnapshot((copy) => writeBackup({ ...copy, signal, onProgress }, target)),
          );
        },
      );
      if (given === undefined) {
        void showInformation(
          vscode.l10n.t('All data was backed up to {0}. Settings and API keys are not part of it.', path),
        );
      }
      return report;
    }),

    command('restoreBackup', { path: z.string(), confirm: z.boolean() }, async (given) => {
      const title = vscode.l10n.t('Restore Backup');
      const path = given.path ?? (await askForSource(title, { [vscode.l10n.t('Backups')]: ['zip'] }));
      if (given.confirm ?? true) {
        await confirm(
          vscode.l10n.t('Replace all data of Assistants Studio on this computer with the backup?'),
          vscode.l10n.t(
            'All present assistants, threads, messages, runs and files are replaced by those of {0}, in all windows. Settings and API keys stay. If the backup cannot be used, nothing is changed.',
            path,
          ),
          vscode.l10n.t('Restore Backup'),
        );
      }
      const { openArchive, unpackBackup } = await loadTransfer();
      await server.stop();
      const check = await withProgress(
        { title: vscode.l10n.t('Restoring the backup…'), cancellable: true },
        async (progress, token) => {
          const signal = abortSignal(token);
          const archive = await openArchive(path, { anyRatio: true });
          try {
            return await orCancelled(signal, () =>
              engine.restore((folder) =>
                unpackBackup(archive, folder, { signal, onProgress: progressOf(progress) }).catch(
                  unpackError,
                ),
              ),
            );
          } finally {
            await archive.close();
          }
        },
      );
      const { length } = check.missing;
      if (length > 0)
        void showWarning(
          vscode.l10n.t('The backup was restored. It has no content for {0} of its files.', length),
        );
      else if (given.path === undefined) void showInformation(vscode.l10n.t('The backup was restored.'));
      return check;
    }),
  ];
}

function progressOf(progress: vscode.Progress<{ message?: string }>) {
  return ({ done, total }: { done: number; total: number }): void =>
    progress.report({ message: vscode.l10n.t('{0} of {1}', done, total) });
}

async function orCancelled<R>(signal: AbortSignal, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted) throw new vscode.CancellationError();
    throw error;
  }
}

/** The class of the error is another bundle's. */
function unpackError(error: unknown): never {
  const { name, reason } = error as { name?: unknown; reason?: unknown };
  if (name !== 'BackupError') throw error;
  const words: Readonly<Record<string, string>> = {
    notABackup: vscode.l10n.t('This is not a backup of Assistants Studio. Nothing was changed.'),
    newer: vscode.l10n.t(
      'The backup was written by a newer version of Assistants Studio. Update Assistants Studio to restore it. Nothing was changed.',
    ),
    damaged: vscode.l10n.t('The backup is damaged. Nothing was changed.'),
    unsafeName: vscode.l10n.t('The backup has files that do not belong to one. Nothing was changed.'),
    noSpace: vscode.l10n.t('There is not enough free disk space to restore the backup. Nothing was changed.'),
  };
  throw new UserError(words[String(reason)] ?? String(reason));
}

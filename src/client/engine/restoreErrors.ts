import * as vscode from 'vscode';
import type { BackupCheck, DataUser } from '../../engine/store/maintenance/databaseTasks';
import { isAlive } from '../../engine/process/isAlive';
import { processSpace } from '../../engine/process/processSpace';
import { UserError } from '../errors/errors';

/** The data cannot be replaced now. */
export function restoringBusyError(): UserError {
  const message = vscode.l10n.t(
    'A backup cannot be restored while an assistant is working or files are being indexed. Try again later.',
  );
  return new UserError(message);
}

/** Why a backup cannot be used. */
export function backupError(error: NonNullable<BackupCheck['error']>): UserError {
  const words = {
    newer: vscode.l10n.t(
      'The backup was written by a newer version of Assistants Studio. Update Assistants Studio to restore it. Nothing was changed.',
    ),
    damaged: vscode.l10n.t('The backup is damaged. Nothing was changed.'),
    notOurs: vscode.l10n.t('This is not a backup of Assistants Studio. Nothing was changed.'),
  };
  return new UserError(words[error]);
}

/**
 * Throws UserError if other processes of this computer have the data open, and names them. Those of other computers and
 * containers may have ended long ago: they notice that the data was replaced.
 */
export function rejectUsers(users: readonly DataUser[]): void {
  const open = users.filter(({ pid, host }) => host === processSpace && pid !== process.pid && isAlive(pid));
  if (open.length === 0) return;
  const names = open.map(({ pid }) => String(pid)).join(', ');
  throw new UserError(
    vscode.l10n.t(
      'The data is open in other windows or programs (process IDs: {0}). Close them, and restore again. Nothing was changed.',
      names,
    ),
  );
}

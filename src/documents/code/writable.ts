import * as vscode from 'vscode';
import { UserError } from '../../client/errors/errors';

/** Whether a file, or each file of its kind, cannot be written to. */
export async function isReadOnly(uri: vscode.Uri): Promise<boolean> {
  if (uri.scheme === 'untitled') return false;
  if (vscode.workspace.fs.isWritableFileSystem(uri.scheme) !== true) return true;
  const { permissions = 0 } = await vscode.workspace.fs.stat(uri);
  return (permissions & vscode.FilePermission.Readonly) !== 0;
}

/** The error of a change to a file or an editor that cannot be written to. */
export function readOnlyError(uri: vscode.Uri): UserError {
  return new UserError(vscode.l10n.t('{0} is read-only.', vscode.workspace.asRelativePath(uri)));
}

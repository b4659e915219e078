import path from 'node:path';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { UserError } from '../../client/errors/errors';
import type { ToolHandler, FunctionCall, ToolBinding } from '../toolHandler';
import { commandLineFor, commandText, programEnvironment, timeLimit } from './commandLine';
import { listFunctionFiles, type FunctionFile } from './functionFiles';
import { Programs, type ProgramEnd } from './programs';
import { VirtualFunctions } from './virtualFunctions';

/** Answers calls with programs of the workspace, from its folder `.assistants/functions`. */
export class WorkspaceFunctions implements ToolHandler, vscode.Disposable {
  private readonly programs = new Programs();
  private readonly virtual = new VirtualFunctions();

  constructor(private readonly isTrusted: () => boolean = () => vscode.workspace.isTrusted) {}

  /** All functions of the workspace; of two with the same name, the one of the first folder. */
  list(): FunctionFile[] {
    const files = localFolders().flatMap(({ uri }) => listFunctionFiles(uri.fsPath));
    return files.filter(({ name }, index) => files.findIndex((other) => other.name === name) === index);
  }

  /** Why no programs of this workspace may run; undefined if they may. */
  disabledReason(): string | undefined {
    if (!this.isTrusted()) {
      return vscode.l10n.t(
        'Functions of a workspace run only once you trust it (Workspaces: Manage Workspace Trust).',
      );
    }
    const hasFolders = (vscode.workspace.workspaceFolders ?? []).length > 0;
    if (hasFolders && localFolders().length === 0) return virtualReason();
    return undefined;
  }

  find(call: FunctionCall, _run: Run): ToolBinding | undefined {
    const file = this.list().find(({ name }) => name === call.name);
    if (!file) return this.virtual.has(call.name) ? refusedBinding(virtualReason()) : undefined;
    const reason = this.disabledReason() ?? file.error;
    if (reason !== undefined) return refusedBinding(reason);
    const command = commandOf(file);
    return {
      describe: { kind: 'workspaceFunction', file: shownFile(file), command },
      run: (args, token) => this.run({ ...file, command }, args, token),
    };
  }

  dispose(): void {
    this.programs.dispose();
    this.virtual.dispose();
  }

  /** Runs the program that was shown to the user; throws if it has changed since. */
  private async run(
    shown: FunctionFile & { command: string },
    args: unknown,
    token: vscode.CancellationToken,
  ): Promise<string> {
    const file = this.list().find(({ name }) => name === shown.name);
    const reason = this.disabledReason() ?? file?.error;
    if (reason !== undefined) throw new UserError(reason);
    if (file?.root !== shown.root || commandOf(file) !== shown.command) {
      throw new UserError(vscode.l10n.t('The program that was shown has changed; nothing was run.'));
    }
    const commandLine = commandLineFor(file.file);
    const end = await this.programs.run(
      {
        ...commandLine,
        cwd: file.root,
        env: programEnvironment(commandLine),
        input: JSON.stringify(args),
        timeLimit: timeLimit(),
      },
      token,
    );
    if (end.code !== 0) throw new UserError(endMessage(file, end));
    return end.output.trimEnd();
  }
}

function localFolders(): vscode.WorkspaceFolder[] {
  return (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
}

function refusedBinding(reason: string): ToolBinding {
  return { describe: { kind: 'refused', reason }, run: () => Promise.reject(new UserError(reason)) };
}

function commandOf({ file }: FunctionFile): string {
  return commandText(commandLineFor(file));
}

/** The path of a program, with the folder's name if there are several folders. */
function shownFile({ root, file }: FunctionFile): string {
  return localFolders().length > 1 ? path.join(path.basename(root), file) : file;
}

function virtualReason(): string {
  return vscode.l10n.t('Workspace functions run only in a workspace whose files are on a local disk.');
}

function endMessage({ file }: FunctionFile, { code, signal, errors }: ProgramEnd): string {
  if (file.endsWith('.ts') && /ERR_UNKNOWN_FILE_EXTENSION|ERR_NO_TYPESCRIPT|bad option/.test(errors)) {
    return vscode.l10n.t(
      'Node {0}, which comes with this VS Code, does not run TypeScript. Write {1} in JavaScript.',
      process.version,
      file,
    );
  }
  const end =
    code === null
      ? vscode.l10n.t('The program was ended by {0}.', signal ?? '?')
      : vscode.l10n.t('The program ended with exit code {0}.', code);
  return [end, errors.trim()].filter(Boolean).join('\n');
}

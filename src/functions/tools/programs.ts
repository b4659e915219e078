import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { constants } from 'node:os';
import * as vscode from 'vscode';
import { UserError } from '../../client/errors/errors';
import { windowsProgram } from './commandLine';

/** A program to run, and its input. */
export interface ProgramStart {
  file: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Written to its standard input, which is then closed. */
  input: string;
  /** Seconds after which it is killed. */
  timeLimit: number;
}

/** How a program ended, and its output. */
export interface ProgramEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
  /** The last part of its standard error. */
  errors: string;
}

/** Maximum bytes of standard output; a program that writes more is killed. */
export const maxOutputBytes = 1024 * 1024;
/** Bytes of standard error that are kept, from its end. */
const maxErrorBytes = 4096;

/** Milliseconds to wait for remaining output after a program has exited. */
const outputGrace = 250;

/**
 * Runs programs, and kills them with their child processes: on cancellation, after the time limit, and
 * when the window closes.
 */
export class Programs implements vscode.Disposable {
  private readonly running = new Set<ChildProcessWithoutNullStreams>();
  private readonly endAll = (): void => this.running.forEach(endGroup);

  constructor() {
    // The extension host may exit without calling `dispose`.
    process.once('exit', this.endAll);
  }

  /** Runs a program to its end; rejects with a `UserError` if it could not be started or was killed. */
  run(start: ProgramStart, token: vscode.CancellationToken): Promise<ProgramEnd> {
    if (token.isCancellationRequested) return Promise.reject(new vscode.CancellationError());
    return new Promise((resolve, reject) => {
      const child = spawn(start.file, start.args, {
        cwd: start.cwd,
        env: start.env,
        // In its own process group, which can be killed as a whole. On Windows, taskkill does that.
        detached: process.platform !== 'win32',
        windowsHide: true,
      });
      const output: Buffer[] = [];
      let outputBytes = 0;
      let errors = Buffer.alloc(0);
      let endError: Error | undefined;

      const end = (error: Error): void => {
        endError ??= error;
        endGroup(child);
      };
      const timer = setTimeout(
        () => end(new UserError(timeoutMessage(start.timeLimit))),
        start.timeLimit * 1000,
      );
      const subscription = token.onCancellationRequested(() => end(new vscode.CancellationError()));
      const settle = (): void => {
        clearTimeout(timer);
        subscription.dispose();
        this.running.delete(child);
      };

      child.stdout.on('data', (chunk: Buffer) => {
        outputBytes += chunk.length;
        if (outputBytes > maxOutputBytes) end(new UserError(outputLimitMessage()));
        else output.push(chunk);
      });
      child.stderr.on('data', (chunk: Buffer) => {
        errors = Buffer.concat([errors, chunk]).subarray(-maxErrorBytes);
      });
      // A program may exit without reading its input.
      child.stdin.on('error', () => undefined);
      child.on('error', (error: NodeJS.ErrnoException) => {
        settle();
        reject(new UserError(startErrorMessage(start.file, error)));
      });
      child.on('exit', () => {
        // Child processes left behind would keep the output open, even those in another group.
        endGroup(child);
        setTimeout(() => {
          child.stdout.destroy();
          child.stderr.destroy();
        }, outputGrace);
      });
      child.on('close', (code, signal) => {
        settle();
        if (endError) reject(endError);
        else resolve({ code, signal, output: Buffer.concat(output).toString(), errors: errors.toString() });
      });
      if (child.pid === undefined) return;
      this.running.add(child);
      child.stdin.end(start.input);
    });
  }

  dispose(): void {
    process.removeListener('exit', this.endAll);
    this.endAll();
  }
}

function endGroup({ pid }: ChildProcessWithoutNullStreams): void {
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    // Not awaited, so that it does not hold up the extension host; it outlives a host that exits.
    const options = { detached: true, stdio: 'ignore', windowsHide: true } as const;
    spawn(windowsProgram('taskkill.exe'), ['/pid', String(pid), '/T', '/F'], options)
      .on('error', () => undefined)
      .unref();
    return;
  }
  try {
    process.kill(-pid, constants.signals.SIGKILL);
  } catch {
    // All processes of the group have exited already.
  }
}

function timeoutMessage(seconds: number): string {
  return vscode.l10n.t(
    'The program did not finish within {0} seconds and was stopped. To allow more time, increase the setting assistantsStudio.functions.timeLimit.',
    seconds,
  );
}

function outputLimitMessage(): string {
  return vscode.l10n.t('The program wrote more than {0} bytes of output and was stopped.', maxOutputBytes);
}

function startErrorMessage(file: string, error: NodeJS.ErrnoException): string {
  return error.code === 'ENOENT'
    ? vscode.l10n.t('There is no program “{0}” on this computer.', file)
    : vscode.l10n.t('“{0}” could not be started: {1}', file, error.message);
}

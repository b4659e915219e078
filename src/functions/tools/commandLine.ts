import path from 'node:path';
import * as vscode from 'vscode';

/** A program and its arguments. */
export interface CommandLine {
  file: string;
  args: readonly string[];
}

const extensions = ['.js', '.mjs', '.ts', '.py'];

/** Whether a file is of a kind that can answer a function call. */
export function isProgram(fileName: string): boolean {
  return extensions.includes(path.extname(fileName));
}

/** What runs a program of the workspace. */
export function commandLineFor(file: string): CommandLine {
  if (path.extname(file) === '.py') return { file: python(), args: [file] };
  // Newer versions of Node take TypeScript unasked.
  const isAsked = path.extname(file) === '.ts' && !process.features.typescript;
  const flags = isAsked ? ['--experimental-strip-types'] : [];
  return { file: process.execPath, args: [...flags, file] };
}

/** A command line as a person would type it. */
export function commandText({ file, args }: CommandLine): string {
  return [file, ...args]
    .map((word) => (/^[\w./\\:=@%+-]+$/.test(word) ? word : JSON.stringify(word)))
    .join(' ');
}

/** The user's own environment for a program, without what VS Code puts into it for its own processes. */
export function programEnvironment({ file }: CommandLine): NodeJS.ProcessEnv {
  const isElectron = file === process.execPath && process.versions['electron'] !== undefined;
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(ELECTRON_|VSCODE_|ASSISTANTS_STUDIO_)/i.test(name),
  );
  return {
    ...Object.fromEntries(own),
    // VS Code's own executable is a Node only when told so.
    ...(isElectron && { ELECTRON_RUN_AS_NODE: '1' }),
    // Python writes in the system's encoding otherwise, which on Windows is not UTF-8.
    PYTHONIOENCODING: 'utf-8',
  };
}

/** Seconds that a program may take. */
export function timeLimit(): number {
  const seconds = settings().get<unknown>('timeLimit');
  return typeof seconds === 'number' && seconds > 0 ? Math.min(seconds, 24 * 60 * 60) : 60;
}

function python(): string {
  const chosen = settings().get<unknown>('python');
  if (typeof chosen === 'string' && chosen.trim()) return chosen.trim();
  return process.platform === 'win32' ? 'py' : 'python3';
}

/** Both settings are the user's alone: VS Code takes them from no workspace. */
function settings(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration('assistantsStudio.functions');
}

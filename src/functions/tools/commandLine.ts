import { lstatSync } from 'node:fs';
import path from 'node:path';
import { readSetting } from '../../client/settings';

/** A program and its arguments. */
export interface CommandLine {
  file: string;
  args: readonly string[];
}

const extensions = ['.js', '.mjs', '.ts', '.py'];

/** Whether a file has the extension of a program that can answer a function call. */
export function isProgram(fileName: string): boolean {
  return extensions.includes(path.extname(fileName));
}

/** The command line that runs a program of the workspace. */
export function commandLineFor(file: string): CommandLine {
  if (path.extname(file) === '.py') return { file: python(), args: [file] };
  // Newer versions of Node run TypeScript without a flag.
  const needsFlag = path.extname(file) === '.ts' && !process.features.typescript;
  const flags = needsFlag ? ['--experimental-strip-types'] : [];
  return { file: process.execPath, args: [...flags, file] };
}

/** A command line as a person would type it. */
export function commandText({ file, args }: CommandLine): string {
  return [file, ...args]
    .map((word) => (/^[\w./\\:=@%+-]+$/.test(word) ? word : JSON.stringify(word)))
    .join(' ');
}

/** The user's environment for a program, without the variables that VS Code sets for its own processes. */
export function programEnvironment({ file }: CommandLine): NodeJS.ProcessEnv {
  const isElectron = file === process.execPath && process.versions['electron'] !== undefined;
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(ELECTRON_|VSCODE_|ASSISTANTS_STUDIO_)/i.test(name),
  );
  return {
    ...Object.fromEntries(own),
    // VS Code's executable runs as Node only with this variable.
    ...(isElectron && { ELECTRON_RUN_AS_NODE: '1' }),
    // Otherwise Python uses the system's encoding, which on Windows is not UTF-8.
    PYTHONIOENCODING: 'utf-8',
  };
}

/** Time limit of a program, in seconds. */
export function timeLimit(): number {
  return readSetting('functions.timeLimit');
}

function python(): string {
  const name = readSetting('functions.python').trim();
  return process.platform === 'win32' ? windowsProgram(name || 'py') : name || 'python3';
}

/**
 * The path of a program of Windows. Node looks for a bare name in the working folder first, where the
 * workspace could have a program of that name, so only the folders of PATH are searched here.
 */
export function windowsProgram(
  name: string,
  env: NodeJS.ProcessEnv = process.env,
  exists: (file: string) => boolean = isThere,
): string {
  const { win32 } = path;
  if (/[\\/:]/.test(name)) return name;
  // The environment of a process on Windows is case-insensitive; a copy of it is not.
  const valueOf = (wanted: string) =>
    Object.entries(env).find(([variable]) => variable.toUpperCase() === wanted)?.[1];
  const systemRoot = valueOf('SYSTEMROOT') ?? 'C:\\Windows';
  const folders = (valueOf('PATH') ?? '').split(win32.delimiter).map((folder) => folder.replaceAll('"', ''));
  const names = /^\.(exe|com)$/i.test(win32.extname(name)) ? [name] : [`${name}.com`, `${name}.exe`];
  const files = folders
    .filter((folder) => win32.isAbsolute(folder))
    .flatMap((folder) => names.map((each) => win32.join(folder, each)));
  // If it is nowhere: where the installer of Python puts its launcher, so that the error names a path.
  return files.find(exists) ?? win32.join(systemRoot, names.at(-1) ?? name);
}

/** Also true for the aliases of programs from Microsoft's store, which cannot be opened. */
function isThere(file: string): boolean {
  try {
    return !lstatSync(file).isDirectory();
  } catch {
    return false;
  }
}

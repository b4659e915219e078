import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../client/errors/errors';
import { isProgram } from './commandLine';
import type { FunctionDefinition } from './definition';
import type * as Reading from './readFunctions';

/** The folder of a workspace's functions, relative to its root. */
export const functionsPath = '.assistants/functions';

/** Maximum size of a schema file, in bytes. */
const maxSchemaBytes = 256 * 1024;

/** A program of the workspace, with the schema of its function. */
export interface FunctionFile {
  /** The name of the function. */
  name: string;
  /** The real path of the workspace folder, in which the program runs. */
  root: string;
  /** The real path of the program, relative to `root`. */
  file: string;
  /** The function; undefined if there is an `error`. */
  definition?: FunctionDefinition;
  error?: string;
}

/** Lists the functions of a workspace folder without running them. */
export function listFunctionFiles(folder: string): FunctionFile[] {
  const names = namesIn(path.join(folder, functionsPath));
  return names
    .filter((name) => isProgram(name) && names.includes(schemaName(name)))
    .map((name) => readFunctionFile(folder, name));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    // Most workspaces have no such folder.
    return [];
  }
}

function schemaName(program: string): string {
  return `${path.parse(program).name}.json`;
}

function readFunctionFile(folder: string, program: string): FunctionFile {
  const { name } = path.parse(program);
  const shown = path.posix.join(functionsPath, program);
  try {
    const root = realpathSync(folder);
    const file = path.relative(root, realFile(root, program));
    const definition = readDefinition(realFile(root, schemaName(program)), name);
    return { name: definition.name, root, file, definition };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { name, root: folder, file: shown, error: reason };
  }
}

/** The real path of a file; throws if it is not a file inside the functions folder. */
function realFile(root: string, name: string): string {
  const folder = realpathSync(path.join(root, functionsPath));
  const file = realpathSync(path.join(folder, name));
  if (!isInside(root, folder) || !isInside(folder, file)) {
    throw new UserError(
      vscode.l10n.t('{0} points outside the folder {1} and is not run.', name, functionsPath),
    );
  }
  if (!statSync(file).isFile()) throw new UserError(vscode.l10n.t('{0} is not a file.', name));
  return file;
}

function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
}

function readDefinition(file: string, name: string): FunctionDefinition {
  const shown = path.basename(file);
  if (statSync(file).size > maxSchemaBytes) {
    throw new UserError(vscode.l10n.t('{0} is larger than {1} bytes.', shown, maxSchemaBytes));
  }
  const text = readFileSync(file, 'utf8');
  // Loaded when it is needed: most workspaces have no functions.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { describeFunctionError, readFunctions } = require('./readFunctions') as typeof Reading;
  const { functions, errors } = readFunctions(text, { fallbackName: name });
  const [error] = errors;
  if (error) throw new UserError(`${shown}: ${describeFunctionError(text, error)}`);
  const [definition] = functions;
  if (!definition || functions.length > 1) {
    throw new UserError(vscode.l10n.t('{0} must describe exactly one function.', shown));
  }
  return definition;
}

import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../client/errors';
import { isProgram } from './commandLine';
import type { FunctionDefinition } from './definition';
import { describeFunctionError, readFunctions } from './readFunctions';

/** Where a workspace keeps its functions, from its root. */
export const functionsPath = '.assistants/functions';

/** Bytes a schema may have. */
const maxSchemaBytes = 256 * 1024;

/** A program of the workspace beside the schema of its function. */
export interface FunctionFile {
  /** What the function is called. */
  name: string;
  /** The root of its workspace, with no link in it: where the program runs. */
  root: string;
  /** The program, from that root, with no link in it. */
  file: string;
  /** The function; none where `problem` tells why not. */
  definition?: FunctionDefinition;
  error?: string;
}

/** The functions of a workspace's folder; none where it has no such folder. Nothing of it is run. */
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
    // Most workspaces have none.
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

/** The file that a name leads to; it has to be one, and to lie below the folder of functions. */
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
  const { functions, errors } = readFunctions(text, { fallbackName: name });
  const [error] = errors;
  if (error) throw new UserError(`${shown}: ${describeFunctionError(text, error)}`);
  const [definition] = functions;
  if (!definition || functions.length > 1) {
    throw new UserError(vscode.l10n.t('{0} must describe exactly one function.', shown));
  }
  return definition;
}

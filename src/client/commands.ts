import * as vscode from 'vscode';
import type manifest from '../../package.json';
import type titles from '../../package.nls.json';

/**
 * The commands of package.json, without the `assistantsStudio.` before each. Of JSON, TypeScript keeps
 * the names of properties and no texts, so the ids come from the titles; scripts/check-manifest.mjs
 * holds the two together.
 */
export type CommandId = IdOfTitle<keyof typeof titles>;

type IdOfTitle<Key> = Key extends `command.${infer Id}` ? Id : never;

const prefix = 'assistantsStudio.';

/** The ids of all commands, as the running extension's package.json lists them. */
export function commandIds({ packageJSON }: vscode.Extension<unknown>): CommandId[] {
  const { commands } = (packageJSON as typeof manifest).contributes;
  return commands.map(({ command }) => command.slice(prefix.length) as CommandId);
}

/** The id by which VS Code knows a command. */
export function commandName(id: CommandId): string {
  return prefix + id;
}

/** Runs a command of this extension; without arguments, it asks for what it needs. */
export function runCommand<T = unknown>(id: CommandId, args?: Record<string, unknown>): Thenable<T> {
  return vscode.commands.executeCommand<T>(commandName(id), args);
}

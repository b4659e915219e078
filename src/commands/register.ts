import * as vscode from 'vscode';
import { describeError, isCancellation } from '../client/errors';
import { withoutLinks } from '../client/notices';
import type { Reporter } from '../client/reporter';
import { ChosenFiles } from '../views/trees/nodes';
import { isFromMenu, type Command } from './command';

const prefix = 'assistantsStudio.';

/**
 * Registers the commands of package.json, which are loaded when the first of them is used. A failure
 * is shown to whoever chose the command in the user interface, and thrown at whoever called it with
 * arguments.
 */
export function registerCommands(
  manifest: unknown,
  load: () => Promise<readonly Command[]>,
  reporter: Reporter,
): vscode.Disposable {
  let loading: Promise<Map<string, Command>> | undefined;
  const find = async (id: string): Promise<Command> => {
    loading ??= load().then((commands) => new Map(commands.map((command) => [prefix + command.id, command])));
    const command = (await loading).get(id);
    if (!command) throw new Error(`The command ${id} of package.json is not there.`);
    return command;
  };
  const { commands } = (manifest as { contributes: { commands: { command: string }[] } }).contributes;
  return vscode.Disposable.from(
    ...commands.map(({ command: id }) =>
      vscode.commands.registerCommand(id, async (first?: unknown, selected?: unknown) => {
        const given = chosenIn(first, selected);
        try {
          return await (await find(id)).run(given);
        } catch (error) {
          if (isCancellation(error)) return undefined;
          if (given === undefined || given === null || isFromMenu(given)) return reporter.notify(error);
          reporter.log(error);
          // The caller may be VS Code itself, which shows it.
          throw new Error(withoutLinks(describeError(error)), { cause: error });
        }
      }),
    ),
  );
}

/** The files that a menu was opened on: all that are selected, in the explorer. */
function chosenIn(first: unknown, selected: unknown): unknown {
  if (!(first instanceof vscode.Uri)) return first;
  const uris: readonly unknown[] = Array.isArray(selected) ? selected : [];
  const chosen = uris.filter((uri) => uri instanceof vscode.Uri);
  return new ChosenFiles(chosen.length > 0 ? chosen : [first]);
}

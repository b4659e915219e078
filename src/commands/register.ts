import * as vscode from 'vscode';
import { commandName, type CommandId } from '../client/commands';
import { describeError, isCancellation } from '../client/errors/errors';
import { lazyPromise } from '../client/lazyPromise';
import { withoutLinks } from '../client/errors/notices';
import type { Reporter } from '../client/errors/reporter';
import type { Command } from './command';
import { isFromMenu, menuArgument } from './menuArgument';

/**
 * Registers commands, whose code is loaded when the first of them runs. A command chosen in the user
 * interface shows its error there; one called with arguments throws it to the caller.
 */
export function registerCommands(
  ids: readonly CommandId[],
  load: () => Promise<readonly Command[]>,
  reporter: Reporter,
): vscode.Disposable {
  const loaded = lazyPromise(async () => new Map((await load()).map((command) => [command.id, command])));
  const run = async (id: CommandId, given: unknown): Promise<unknown> => (await loaded()).get(id)!.run(given);
  const register = (id: CommandId): vscode.Disposable =>
    vscode.commands.registerCommand(commandName(id), async (first?: unknown, selected?: unknown) => {
      const given = menuArgument(first, selected);
      try {
        return await run(id, given);
      } catch (error) {
        if (isCancellation(error)) return undefined;
        if (given === undefined || given === null || isFromMenu(given)) return reporter.notify(error);
        reporter.log(error);
        // The caller may be VS Code itself, which shows it.
        throw new Error(withoutLinks(describeError(error)), { cause: error });
      }
    });
  return vscode.Disposable.from(...ids.map(register));
}

import * as vscode from 'vscode';
import * as z from 'zod';
import { describeError, isCancellation, UserError } from '../client/errors';
import type { Reporter } from '../client/reporter';
import { AssistantNode, MoreNode, ThreadNode } from '../views/nodes';

/** A command of the palette that can be given its arguments, too, by a key binding or by code. */
export interface Command {
  /** Without the `assistantsStudio.` before it. */
  id: string;
  /** Takes whatever VS Code or a caller hands over. */
  run: (given: unknown) => unknown;
}

/** Makes a command whose one argument is an object of the given shape; what is left out is asked for. */
export function command<Shape extends z.ZodRawShape>(
  id: string,
  shape: Shape,
  run: (args: Partial<z.output<z.ZodObject<Shape>>>) => unknown,
): Command {
  const schema = z.strictObject(shape).partial();
  return {
    id,
    run: (given) => {
      const parsed = schema.safeParse(argumentsOf(given));
      if (!parsed.success) throw new UserError(faultOf(id, parsed.error));
      return run(parsed.data as Partial<z.output<z.ZodObject<Shape>>>);
    },
  };
}

/**
 * Registers commands. A failure is shown to whoever chose the command in the user interface, and
 * thrown at whoever called it with arguments.
 */
export function registerCommands(commands: readonly Command[], reporter: Reporter): vscode.Disposable {
  return vscode.Disposable.from(
    ...commands.map(({ id, run }) =>
      vscode.commands.registerCommand(`assistantsStudio.${id}`, async (given?: unknown) => {
        try {
          return await run(given);
        } catch (error) {
          if (isCancellation(error)) return undefined;
          if (!isFromCode(given)) return reporter.notify(error);
          reporter.log(error);
          throw new Error(describeError(error), { cause: error });
        }
      }),
    ),
  );
}

function argumentsOf(given: unknown): unknown {
  if (given === undefined || given === null) return {};
  // Menus hand over the tree's element or the editor's address.
  if (given instanceof vscode.Uri || given instanceof MoreNode) return {};
  if (given instanceof AssistantNode || given instanceof ThreadNode) return { ...given };
  return given;
}

function isFromCode(given: unknown): boolean {
  const fromMenu =
    given instanceof vscode.Uri ||
    given instanceof MoreNode ||
    given instanceof AssistantNode ||
    given instanceof ThreadNode;
  return given !== undefined && given !== null && !fromMenu;
}

function faultOf(id: string, error: z.ZodError): string {
  const faults = error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
  return vscode.l10n.t('assistantsStudio.{0} was given wrong arguments: {1}', id, faults.join('; '));
}

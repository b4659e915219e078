import * as vscode from 'vscode';
import * as z from 'zod';
import type { CommandId } from '../client/commands';
import { UserError } from '../client/errors/errors';
import {
  AssistantNode,
  ChosenFiles,
  ConnectionNode,
  ChosenThreads,
  FileNode,
  MoreNode,
  StoreNode,
  ThreadNode,
} from '../views/trees/nodes';
import { isFromMenu } from './menuArgument';

/** A command of the palette; key bindings and code can call it with arguments. */
export interface Command<Id extends CommandId = CommandId> {
  id: Id;
  /** `given`: the unchecked argument of a menu, a key binding or code. */
  run: (given: unknown) => unknown;
}

/**
 * Defines a command whose argument is an object of the given shape; `run` asks for what is left out. A
 * wrong argument is a UserError that names the field.
 */
export function command<Id extends CommandId, Shape extends z.ZodRawShape>(
  id: Id,
  shape: Shape,
  run: (args: Partial<z.output<z.ZodObject<Shape>>>) => unknown,
): Command<Id> {
  const schema = z.strictObject(shape).partial();
  return {
    id,
    run: (given) => {
      const parsed = schema.safeParse(argumentsOf(given, shape));
      if (!parsed.success) throw new UserError(argumentError(id, parsed.error));
      return run(parsed.data as Partial<z.output<z.ZodObject<Shape>>>);
    },
  };
}

function argumentsOf(given: unknown, shape: z.ZodRawShape): unknown {
  if (given === undefined || given === null) return {};
  if (given instanceof AssistantNode || given instanceof ThreadNode) return { ...given };
  if (given instanceof ConnectionNode) return definedFields(given, shape);
  const isOfFiles = given instanceof StoreNode || given instanceof FileNode || given instanceof MoreNode;
  if (isOfFiles || isWebviewContext(given)) {
    // A file's node has its store's id, which not every command about files accepts; the context of a menu in
    // a webview describes the webview besides.
    return definedFields(given, shape);
  }
  if (given instanceof ChosenThreads) {
    if ('threadIds' in shape) return { threadIds: given.threadIds };
    return 'threadId' in shape ? { threadId: given.threadIds[0] } : {};
  }
  if (given instanceof ChosenFiles) return 'uris' in shape ? { uris: given.uris } : {};
  return isFromMenu(given) ? {} : given;
}

function definedFields(given: object, shape: z.ZodRawShape): unknown {
  return Object.fromEntries(
    Object.entries(given).filter(([name, value]) => name in shape && value !== undefined),
  );
}

function isWebviewContext(given: unknown): given is object {
  return typeof given === 'object' && given !== null && 'webviewSection' in given;
}

function argumentError(id: string, error: z.ZodError): string {
  const errors = error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
  return vscode.l10n.t('assistantsStudio.{0} was given wrong arguments: {1}', id, errors.join('; '));
}

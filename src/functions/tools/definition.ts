import { createHash } from 'node:crypto';
import type { AssistantTool, FunctionTool } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';

/** A function definition of an assistant. */
export interface FunctionDefinition {
  name: string;
  description?: string;
  /** A JSON Schema of an object. */
  parameters?: Record<string, unknown>;
  /** Whether the model must follow the schema exactly. */
  strict?: boolean;
}

const maxNameLength = 64;
const hashLength = 8;

/** Whether the API accepts this as a function's name. */
export function isFunctionName(name: string): boolean {
  return /^[a-zA-Z0-9_-]{1,64}$/.test(name);
}

export function functionNameRule(): string {
  return vscode.l10n.t(
    'A function’s name must have 1 to 64 letters, digits, underscores or dashes (a–z, A–Z, 0–9, _, -).',
  );
}

/**
 * Converts any name to a function name that the API accepts. The result is always the same for a name,
 * so that the tool can be found by it. A long name is cut and ends in a hash, to stay unique.
 */
export function functionNameFor(name: string): string {
  const valid = name.replace(/[^a-zA-Z0-9_-]+/g, '_') || '_';
  if (valid.length <= maxNameLength) return valid;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, hashLength);
  return `${valid.slice(0, maxNameLength - hashLength - 1)}_${hash}`;
}

/** The functions among an assistant's tools. */
export function functionsOf(tools: readonly AssistantTool[]): FunctionDefinition[] {
  return tools.filter((tool) => tool.type === 'function').map((tool) => definitionOf(tool));
}

/** An assistant's tools with its functions replaced by the given ones; other tools are kept. */
export function withFunctions(
  tools: readonly AssistantTool[],
  functions: readonly FunctionDefinition[],
): AssistantTool[] {
  const others = tools.filter(({ type }) => type !== 'function');
  return [...others, ...functions.map((definition) => ({ type: 'function' as const, function: definition }))];
}

/** Merges two lists of functions; a function of `more` replaces one with the same name. */
export function mergeFunctions(
  functions: readonly FunctionDefinition[],
  more: readonly FunctionDefinition[],
): FunctionDefinition[] {
  const merged = new Map(functions.map((definition) => [definition.name, definition]));
  for (const definition of more) merged.set(definition.name, definition);
  return [...merged.values()];
}

function definitionOf({
  function: { name, description, parameters, strict },
}: FunctionTool): FunctionDefinition {
  return {
    name,
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters }),
    ...(typeof strict === 'boolean' && { strict }),
  };
}

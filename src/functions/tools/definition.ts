import { createHash } from 'node:crypto';
import type { AssistantTool, FunctionTool } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';

/** A function as an assistant is given it. */
export interface FunctionDefinition {
  name: string;
  description?: string;
  /** A JSON Schema of an object. */
  parameters?: Record<string, unknown>;
  /** Whether the model has to keep to the schema to the letter. */
  strict?: boolean;
}

const maxNameLength = 64;
const hashLength = 8;

/** Whether the API takes this as a function's name. */
export function isFunctionName(name: string): boolean {
  return /^[a-zA-Z0-9_-]{1,64}$/.test(name);
}

export function functionNameRule(): string {
  return vscode.l10n.t(
    'A function’s name must have 1 to 64 letters, digits, underscores or dashes (a–z, A–Z, 0–9, _, -).',
  );
}

/**
 * The name that stands for any other in the API: always the same, so that what it stands for is found
 * again. One that is too long ends in a hash, so that two of them stay two.
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

/** An assistant's tools with these functions in place of those it has; all others stay. */
export function withFunctions(
  tools: readonly AssistantTool[],
  functions: readonly FunctionDefinition[],
): AssistantTool[] {
  const others = tools.filter(({ type }) => type !== 'function');
  return [...others, ...functions.map((definition) => ({ type: 'function' as const, function: definition }))];
}

/** Functions with more of them; one of a name that is there takes the place of the other. */
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

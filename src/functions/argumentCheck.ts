import { runInNewContext } from 'node:vm';
import { Validator, type OutputUnit } from '@cfworker/json-schema';
import * as vscode from 'vscode';
import { isTooDeep } from '../protocol/json';

/** Characters of arguments and schema together; more is not checked. */
const maxCheckedLength = 1_000_000;

/** Milliseconds a check may take: a pattern may be made to never end. */
const timeLimit = 200;

/** Faults named; the first ones say enough. */
const maxErrorsShown = 3;

/** Keywords whose fault says no more than that there is one inside. */
const containerKeywords = new Set(['properties', 'items', 'prefixItems', '$ref', 'allOf', 'false']);

/** A call's arguments, read and checked. */
export interface CheckedArguments {
  /** Undefined where they are no JSON. */
  value: unknown;
  /** What is wrong with them, in words for the user. */
  error?: string;
}

/** Reads the arguments that a model wrote for a function with the given JSON Schema. */
export function checkArguments(json: string, schema: Record<string, unknown> | undefined): CheckedArguments {
  let value: unknown;
  try {
    // Some model servers send nothing for no arguments.
    value = JSON.parse(json.trim() === '' ? '{}' : json);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { value: undefined, error: vscode.l10n.t('The arguments are not valid JSON: {0}', reason) };
  }
  if (isTooDeep(value)) {
    return { value: undefined, error: vscode.l10n.t('The arguments are nested too deeply.') };
  }
  const errors = schema ? schemaErrors(value, json, schema) : [];
  if (errors.length === 0) return { value };
  const named = errors.slice(0, maxErrorsShown).join(' ');
  return { value, error: vscode.l10n.t('The arguments do not match the function’s schema: {0}', named) };
}

/** The schema comes from others as well: where it cannot be used, there is nothing to say. */
function schemaErrors(value: unknown, json: string, schema: Record<string, unknown>): string[] {
  try {
    if (json.length + JSON.stringify(schema).length > maxCheckedLength) return [];
    const { errors } = withinTime(() => new Validator(schema, '2020-12', false).validate(value));
    return errors.filter(({ keyword }) => !containerKeywords.has(keyword)).map(errorText);
  } catch {
    return [];
  }
}

/** Works off a function, and throws when that takes too long: V8 ends what a script called by then. */
function withinTime<T>(task: () => T): T {
  const sandbox: { task: () => T; result?: T } = { task };
  runInNewContext('result = work()', sandbox, { timeout: timeLimit });
  return sandbox.result as T;
}

function errorText({ instanceLocation, error }: OutputUnit): string {
  const place = instanceLocation.replace(/^#\/?/, '').replaceAll('/', '.');
  return place ? `${place}: ${error}` : error;
}

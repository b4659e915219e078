import { runInNewContext } from 'node:vm';
import { Validator, type OutputUnit } from '@cfworker/json-schema';
import * as vscode from 'vscode';
import { isTooDeep } from '../protocol/json';

/** Maximum number of characters of arguments and schema together; longer ones are not checked. */
const maxCheckedLength = 1_000_000;

/** Milliseconds a check may take: a malicious pattern may never end. */
const timeLimit = 200;

/** Maximum number of errors in the message. */
const maxErrorsShown = 3;

/** Keywords whose error only says that there is an error inside. */
const containerKeywords = new Set(['properties', 'items', 'prefixItems', '$ref', 'allOf', 'false']);

/** A call's arguments, parsed and checked. */
export interface CheckedArguments {
  /** Undefined if they are not valid JSON. */
  value: unknown;
  /** Why they are invalid, in words for the user. */
  error?: string;
}

/** Parses the arguments that a model wrote, and checks them against the function's JSON Schema. */
export function checkArguments(json: string, schema: Record<string, unknown> | undefined): CheckedArguments {
  let value: unknown;
  try {
    // Some model servers send an empty string for no arguments.
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

/** Returns no errors if the schema itself is invalid: it may come from others. */
function schemaErrors(value: unknown, json: string, schema: Record<string, unknown>): string[] {
  try {
    if (json.length + JSON.stringify(schema).length > maxCheckedLength) return [];
    const { errors } = withinTime(() => new Validator(schema, '2020-12', false).validate(value));
    return errors.filter(({ keyword }) => !containerKeywords.has(keyword)).map(errorText);
  } catch {
    return [];
  }
}

/**
 * Runs a function, and throws if it takes too long: the time limit of a script also ends the functions
 * it calls.
 */
function withinTime<T>(task: () => T): T {
  const sandbox: { task: () => T; result?: T } = { task };
  runInNewContext('result = task()', sandbox, { timeout: timeLimit });
  return sandbox.result as T;
}

function errorText({ instanceLocation, error }: OutputUnit): string {
  const place = instanceLocation.replace(/^#\/?/, '').replaceAll('/', '.');
  return place ? `${place}: ${error}` : error;
}

import { runInNewContext } from 'node:vm';
import { Validator, type OutputUnit } from '@cfworker/json-schema';
import * as vscode from 'vscode';
import { isTooDeep } from '../protocol/json';

/** Characters of arguments and schema together; more is not checked. */
const checkable = 1_000_000;

/** Milliseconds a check may take: a pattern may be made to never end. */
const timeLimit = 200;

/** Faults named; the first ones say enough. */
const faultsNamed = 3;

/** Keywords whose fault says no more than that there is one inside. */
const containers = new Set(['properties', 'items', 'prefixItems', '$ref', 'allOf', 'false']);

/** A call's arguments, read and checked. */
export interface CheckedArguments {
  /** Undefined where they are no JSON. */
  value: unknown;
  /** What is wrong with them, in words for the user. */
  problem?: string;
}

/** Reads the arguments that a model wrote for a function with the given JSON Schema. */
export function checkArguments(json: string, schema: Record<string, unknown> | undefined): CheckedArguments {
  let value: unknown;
  try {
    // Some model servers send nothing for no arguments.
    value = JSON.parse(json.trim() === '' ? '{}' : json);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { value: undefined, problem: vscode.l10n.t('The arguments are not valid JSON: {0}', reason) };
  }
  if (isTooDeep(value)) {
    return { value: undefined, problem: vscode.l10n.t('The arguments are nested too deeply.') };
  }
  const faults = schema ? faultsOf(value, json, schema) : [];
  if (faults.length === 0) return { value };
  const named = faults.slice(0, faultsNamed).join(' ');
  return { value, problem: vscode.l10n.t('The arguments do not fit the function’s schema: {0}', named) };
}

/** The schema comes from others as well: where it cannot be used, there is nothing to say. */
function faultsOf(value: unknown, json: string, schema: Record<string, unknown>): string[] {
  try {
    if (json.length + JSON.stringify(schema).length > checkable) return [];
    const { errors } = withinTime(() => new Validator(schema, '2020-12', false).validate(value));
    return errors.filter(({ keyword }) => !containers.has(keyword)).map(faultWords);
  } catch {
    return [];
  }
}

/** Works off a function, and throws when that takes too long: V8 ends what a script called by then. */
function withinTime<T>(work: () => T): T {
  const sandbox: { work: () => T; result?: T } = { work };
  runInNewContext('result = work()', sandbox, { timeout: timeLimit });
  return sandbox.result as T;
}

function faultWords({ instanceLocation, error }: OutputUnit): string {
  const place = instanceLocation.replace(/^#\/?/, '').replaceAll('/', '.');
  return place ? `${place}: ${error}` : error;
}

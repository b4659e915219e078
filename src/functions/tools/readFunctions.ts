import { findNodeAtLocation, parseTree, printParseErrorCode, type JSONPath, type Node } from 'jsonc-parser';
import * as vscode from 'vscode';
import { functionNameFor, functionNameRule, isFunctionName, type FunctionDefinition } from './definition';
import { strictErrors } from './strictSchema';

/** An error in a text of function definitions, and its location. */
export interface FunctionError {
  message: string;
  /** In UTF-16 units, from the start of the text. */
  offset: number;
  length: number;
  /** Whether the text is not valid JSON; VS Code marks that itself. */
  isSyntax: boolean;
}

/** The functions of a text; those with errors are left out. */
export interface FunctionReading {
  functions: FunctionDefinition[];
  errors: FunctionError[];
}

/** The fields of a function in any of the formats, and their paths in the text. */
interface Spelling {
  fields: Record<keyof FunctionDefinition, unknown>;
  at: Record<keyof FunctionDefinition, JSONPath>;
  /** Paths of unknown properties. */
  unknown: JSONPath[];
}

type Fields = Record<string, unknown>;

const schemaKeys = ['parameters', 'inputSchema', 'input_schema'];
const knownKeys = ['type', 'name', 'description', 'strict', ...schemaKeys];
/** Properties of MCP tools that the API does not have; they are ignored. */
const mcpKeys = ['title', 'annotations', 'outputSchema', 'execution', 'icons', '_meta'];

export interface ReadingOptions {
  /** The name for a single function without a name, or a schema without a title. */
  fallbackName?: string | undefined;
  /** Whether tools other than functions are skipped instead of reported as errors. */
  skipOtherTools?: boolean;
}

/**
 * Reads functions in any common format: a list or a single one, as a tool of Chat Completions
 * (`{type, function}`) or of Responses (`{type, name}`), as the function alone, as a tool of an MCP
 * server, or as a JSON Schema whose title is the name.
 */
export function readFunctions(text: string, options: ReadingOptions = {}): FunctionReading {
  const parseErrors: { error: number; offset: number; length: number }[] = [];
  const tree = parseTree(text, parseErrors, { disallowComments: true });
  const [error] = parseErrors;
  if (error || !tree) {
    const message = error
      ? vscode.l10n.t('This is not valid JSON: {0}', syntaxMessage(text) ?? printParseErrorCode(error.error))
      : vscode.l10n.t('There are no functions in it.');
    const { offset = 0, length = text.length } = error ?? {};
    return { functions: [], errors: [{ message, offset, length, isSyntax: true }] };
  }
  return new Reader(tree, options).read();
}

/** The message of an error, with its line. */
export function describeFunctionError(text: string, { message, offset }: FunctionError): string {
  const line = text.slice(0, offset).split('\n').length;
  return vscode.l10n.t('Line {0}: {1}', line, message);
}

/** The message of `JSON.parse`, which says more than the parser's error code. */
function syntaxMessage(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : undefined;
  }
}

class Reader {
  private readonly errors: FunctionError[] = [];
  private readonly names = new Set<string>();

  constructor(
    private readonly tree: Node,
    private readonly options: ReadingOptions,
  ) {}

  read(): FunctionReading {
    const { fallbackName, skipOtherTools } = this.options;
    const items = itemsOf(this.tree).filter(
      (path) => !skipOtherTools || !isOtherTool(valueAt(this.tree, path)),
    );
    const functions = items.flatMap(
      (path) => this.readItem(path, items.length === 1 ? fallbackName : undefined) ?? [],
    );
    return { functions, errors: this.errors };
  }

  private readItem(path: JSONPath, fallbackName: string | undefined): FunctionDefinition | undefined {
    const value = valueAt(this.tree, path);
    if (!isObject(value))
      return this.addError(path, vscode.l10n.t('A function must be an object with a name.'));
    const { fields, at, unknown } = spellingOf(value, path, fallbackName);
    const before = this.errors.length;
    this.checkName(fields.name, at.name, path);
    if (fields.description !== undefined && typeof fields.description !== 'string')
      this.addError(at.description, vscode.l10n.t('The description must be a string.'));
    if (fields.strict !== undefined && typeof fields.strict !== 'boolean')
      this.addError(at.strict, vscode.l10n.t('“strict” must be true or false.'));
    this.checkParameters(fields, at.parameters);
    for (const path of unknown) {
      this.addError(path, vscode.l10n.t('A function has no property “{0}”.', String(path.at(-1))), true);
    }
    return this.errors.length > before ? undefined : definitionFrom(fields);
  }

  private checkName(name: unknown, at: JSONPath, item: JSONPath): void {
    if (name === undefined) return this.addError(item, vscode.l10n.t('This function has no name.'));
    if (typeof name !== 'string' || !isFunctionName(name)) {
      return this.addError(at, functionNameRule());
    }
    if (this.names.has(name))
      return this.addError(at, vscode.l10n.t('There are two functions named “{0}”.', name));
    this.names.add(name);
  }

  private checkParameters({ parameters, strict }: Spelling['fields'], at: JSONPath): void {
    if (parameters === undefined) {
      if (strict === true) {
        this.addError(
          at.slice(0, -1),
          vscode.l10n.t('A strict function needs parameters: the schema of an object.'),
        );
      }
      return;
    }
    if (!isObject(parameters) || parameters['type'] !== 'object') {
      this.addError(
        at,
        vscode.l10n.t('The parameters must be the JSON Schema of an object: {"type": "object", …}.'),
      );
    } else if (strict === true) {
      for (const { path, message } of strictErrors(parameters)) this.addError([...at, ...path], message);
    }
  }

  /** Adds an error at a path: of the value, or, with `isName`, of the property's name. */
  private addError(path: JSONPath, message: string, isName = false): undefined {
    const node = findNodeAtLocation(this.tree, path);
    const marked = (isName ? node?.parent?.children?.[0] : node) ?? this.tree;
    this.errors.push({ message, offset: marked.offset, length: marked.length, isSyntax: false });
  }
}

/** Whether a value is a built-in tool: it has its own type, and no name. */
function isOtherTool(value: unknown): boolean {
  if (!isObject(value) || 'name' in value || isBareSchema(value)) return false;
  return typeof value['type'] === 'string' && value['type'] !== 'function';
}

/** The paths of the functions: in a list, in the list of a request body, or the whole text is one. */
function itemsOf(tree: Node): JSONPath[] {
  if (tree.type === 'array') return (tree.children ?? []).map((_, index) => [index]);
  for (const key of ['tools', 'functions']) {
    const list = findNodeAtLocation(tree, [key]);
    if (list?.type === 'array' && !findNodeAtLocation(tree, ['name'])) {
      return (list.children ?? []).map((_, index) => [key, index]);
    }
  }
  return [[]];
}

function spellingOf(value: Fields, path: JSONPath, fallbackName: string | undefined): Spelling {
  const inner = value['function'];
  if (value['type'] === 'function' && isObject(inner)) return functionSpelling(inner, [...path, 'function']);
  if (isBareSchema(value)) return schemaSpelling(value, path, fallbackName);
  return functionSpelling(value, path, fallbackName);
}

/** Whether a value is a JSON Schema without a function around it. A value with a “name” is a function. */
function isBareSchema(value: Fields): boolean {
  if (typeof value['name'] === 'string' || schemaKeys.some((key) => key in value)) return false;
  return value['type'] === 'object' || isObject(value['properties']);
}

function functionSpelling(value: Fields, path: JSONPath, fallbackName?: string): Spelling {
  const schemaKey = schemaKeys.find((key) => key in value) ?? 'parameters';
  const known = schemaKey === 'inputSchema' ? [...knownKeys, ...mcpKeys] : knownKeys;
  return {
    fields: {
      name: value['name'] ?? fallbackName,
      description: value['description'] ?? undefined,
      parameters: value[schemaKey] ?? undefined,
      strict: value['strict'] ?? undefined,
    },
    at: {
      name: [...path, 'name'],
      description: [...path, 'description'],
      parameters: [...path, schemaKey],
      strict: [...path, 'strict'],
    },
    unknown: Object.keys(value)
      .filter((key) => !known.includes(key))
      .map((key) => [...path, key]),
  };
}

function schemaSpelling(schema: Fields, path: JSONPath, fallbackName: string | undefined): Spelling {
  const { title, description, ...parameters } = schema;
  delete parameters['$schema'];
  return {
    fields: {
      name: nameFromTitle(title) ?? fallbackName,
      description,
      parameters: { type: 'object', ...parameters },
      strict: undefined,
    },
    at: {
      name: [...path, 'title'],
      description: [...path, 'description'],
      parameters: path,
      strict: path,
    },
    unknown: [],
  };
}

/** A function name from a schema's title; undefined if the title has no usable character. */
function nameFromTitle(title: unknown): string | undefined {
  if (typeof title !== 'string' || !/[a-zA-Z0-9]/.test(title)) return undefined;
  return functionNameFor(title.trim());
}

/** A definition from validated fields. */
function definitionFrom({ name, description, parameters, strict }: Spelling['fields']): FunctionDefinition {
  return {
    name: name as string,
    ...(description !== undefined && { description: description as string }),
    ...(parameters !== undefined && { parameters: parameters as Fields }),
    ...(strict !== undefined && { strict: strict as boolean }),
  };
}

function valueAt(tree: Node, path: JSONPath): unknown {
  const node = findNodeAtLocation(tree, path);
  return node && valueOf(node);
}

function valueOf(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(valueOf);
  if (node.type !== 'object') return node.value as unknown;
  const entries = (node.children ?? []).flatMap(({ children: [key, value] = [] }) =>
    key && value ? [[String(key.value), valueOf(value)] as const] : [],
  );
  return Object.fromEntries(entries);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

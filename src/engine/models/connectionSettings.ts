import type { ModelConnection } from './modelProvider';
import { createProvider, modelKinds, type ModelKind, type ServerAccess } from './providers';

/** The kinds of connections in the settings: model servers, and servers with the Assistants API itself. */
export const connectionKinds = [...modelKinds, 'server'] as const;

export type ConnectionKind = (typeof connectionKinds)[number];

export function isModelKind(kind: ConnectionKind): kind is ModelKind {
  return kind !== 'server';
}

/** A connection of the settings or of a configuration file: a model server, or a server with the Assistants API. */
export interface Connection {
  /** The part of a model id before the slash: `connection/model`. */
  id: string;
  kind: ConnectionKind;
  label: string;
  baseUrl: string;
  /** The context window in tokens, of all of its models or by model id. Replaces what the server says. */
  contextWindow?: number | Readonly<Record<string, number>>;
  /** Sent with every request to the server, in addition to the default ones; the same names override them. */
  headers?: Readonly<Record<string, string>>;
}

/** A connection to a model server. */
export interface ModelServerConnection extends Connection {
  kind: ModelKind;
}

/** Whether a connection offers models, and not the Assistants API. */
export function offersModels<C extends Connection>(connection: C): connection is C & ModelServerConnection {
  return isModelKind(connection.kind);
}

/** The id of the built-in connection to the scripted model. */
export const demoConnectionId = 'demo';
/** The id of the built-in connection to VS Code's language models. */
export const vscodeConnectionId = 'vscode';

/** Smaller windows have no room for instructions, a question and an answer. */
export const minContextWindow = 1024;

/** Why an entry is not a valid connection: the field, undefined for the entry itself, and what is wrong with it. */
export type ConnectionError =
  | { field?: undefined; code: 'not_an_object' }
  | { field: 'id'; code: 'invalid_id' }
  | { field: 'id'; code: 'reserved_id' | 'duplicate_id'; id: string }
  | { field: 'kind'; code: 'unknown_kind' }
  | { field: 'label'; code: 'label_not_a_string' }
  | { field: 'contextWindow'; code: 'invalid_context_window' }
  | { field: 'headers'; code: 'invalid_headers' }
  | BaseUrlError;

export interface BaseUrlError {
  field: 'baseUrl';
  code: 'not_a_url' | 'unsupported_protocol' | 'credentials_in_url';
}

const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Whether an id can be that of a connection: it has no slash, and is not one of a built-in connection. */
export function isConnectionId(id: string): boolean {
  return idPattern.test(id) && id !== demoConnectionId && id !== vscodeConnectionId;
}

/** Why an entry is not a valid connection; undefined if it is. `others` are the valid entries before it. */
export function checkConnection(
  entry: unknown,
  others: readonly { id: string }[],
): ConnectionError | undefined {
  if (!isRecord(entry)) return { code: 'not_an_object' };
  const { id, kind, label, baseUrl, contextWindow, headers } = entry;
  if (typeof id !== 'string' || !idPattern.test(id)) return { field: 'id', code: 'invalid_id' };
  if (id === demoConnectionId || id === vscodeConnectionId) return { field: 'id', code: 'reserved_id', id };
  if (others.some((other) => other.id === id)) return { field: 'id', code: 'duplicate_id', id };
  if (!connectionKinds.includes(kind as ConnectionKind)) return { field: 'kind', code: 'unknown_kind' };
  if (label !== undefined && typeof label !== 'string') return { field: 'label', code: 'label_not_a_string' };
  if (contextWindow !== undefined && !isContextWindow(contextWindow))
    return { field: 'contextWindow', code: 'invalid_context_window' };
  if (headers !== undefined && !isHeaders(headers)) return { field: 'headers', code: 'invalid_headers' };
  return checkBaseUrl(baseUrl);
}

/** Why a value is not a valid base URL; undefined if it is. */
export function checkBaseUrl(value: unknown): BaseUrlError | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return { field: 'baseUrl', code: 'not_a_url' };
  const { protocol, username, password } = new URL(value);
  if (protocol !== 'https:' && protocol !== 'http:')
    return { field: 'baseUrl', code: 'unsupported_protocol' };
  return username || password ? { field: 'baseUrl', code: 'credentials_in_url' } : undefined;
}

/** The connection that a valid entry describes. */
export function connectionOf(entry: unknown): Connection {
  const { id, kind, label, baseUrl, contextWindow, headers } = entry as Connection;
  return {
    id,
    kind,
    label: label || id,
    baseUrl,
    ...(contextWindow !== undefined && { contextWindow }),
    ...(headers !== undefined && { headers }),
  };
}

/** A connection as the engine takes it; its provider is loaded when it is first used. */
export function modelConnection(connection: ModelServerConnection, access: ServerAccess): ModelConnection {
  const { id, kind, label, baseUrl, headers } = connection;
  return {
    id,
    label,
    contextWindow: (model) => contextWindowOf(connection, model),
    provider: createProvider({ kind, label, baseURL: baseUrl, headers, ...access }),
  };
}

/** The context window that a connection sets for a model. */
function contextWindowOf({ contextWindow }: Connection, model: string): number | undefined {
  if (typeof contextWindow !== 'object') return contextWindow;
  return Object.hasOwn(contextWindow, model) ? contextWindow[model] : undefined;
}

/** Whether all are headers that can be sent: the names and the values are checked as `fetch` does. */
function isHeaders(value: unknown): boolean {
  if (!isRecord(value) || !Object.values(value).every((text) => typeof text === 'string')) return false;
  try {
    new Headers(value as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

function isContextWindow(value: unknown): boolean {
  const isSize = (size: unknown): boolean =>
    Number.isSafeInteger(size) && (size as number) >= minContextWindow;
  return isRecord(value) ? Object.values(value).every(isSize) : isSize(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

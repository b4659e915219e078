import * as vscode from 'vscode';
import { resolveModel } from '../../engine/models/connections';
import type { ModelConnection, ModelInfo } from '../../engine/models/modelProvider';
import { DisposableStore } from '../disposableStore';
import { onDidChangeSetting, readSetting, writeSetting } from '../settings';
import { createVSCodeModel } from './vscodeLm';
import type { KeyStore } from './keys';
import { createProvider, connectionKinds, type ConnectionKind, type ModelKind } from './providers';

export type { ModelConnection, ModelInfo };

/** The id of the built-in connection to the scripted model. */
export const demoConnectionId = 'demo';
/** The id of the built-in connection to VS Code's language models. */
export const vscodeConnectionId = 'vscode';

/** A connection of the settings: a model server, or a server with the Assistants API. */
export interface Connection {
  /** The part of a model id before the slash: `connection/model`. */
  id: string;
  kind: ConnectionKind;
  label: string;
  baseUrl: string;
  /** The context window in tokens, of all of its models or by model id. Replaces what the server says. */
  contextWindow?: number | Readonly<Record<string, number>>;
}

const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** A connection to a model server. */
export interface ModelServerConnection extends Connection {
  kind: ModelKind;
}

/** Whether a connection offers models, and not the Assistants API. */
export function offersModels(connection: Connection): connection is ModelServerConnection {
  return connection.kind !== 'server';
}

/** The validated connections of the settings, and their model providers. */
export class Connections implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly emitter = this.disposables.add(new vscode.EventEmitter<void>());
  private readonly builtIn: readonly ModelConnection[];
  private current: ModelConnection[] = [];
  private configured: readonly Connection[] = [];
  private entryErrors: readonly string[] = [];

  /** Fires when the connections in the settings changed. */
  readonly onDidChange = this.emitter.event;

  constructor(private readonly keys: KeyStore) {
    const vscodeLabel = vscode.l10n.t('VS Code');
    this.builtIn = [
      {
        id: demoConnectionId,
        label: vscode.l10n.t('Demo – scripted replies, no AI'),
        provider: createProvider({ kind: 'demo' }),
      },
      { id: vscodeConnectionId, label: vscodeLabel, provider: createVSCodeModel(vscodeLabel) },
    ];
    this.read();
    this.disposables.add(
      onDidChangeSetting('connections', () => {
        this.read();
        this.emitter.fire();
      }),
    );
  }

  /** The valid connections of the settings, without the built-in ones. */
  list(): readonly Connection[] {
    return this.configured;
  }

  /** Error messages of the invalid entries, for the user. */
  errors(): readonly string[] {
    return this.entryErrors;
  }

  /** All connections with models, for the engine. Model ids without a connection belong to the first one. */
  models(): readonly ModelConnection[] {
    return this.current;
  }

  /** The connection of a model id: the one named before the slash; the first one if there is no slash. */
  ofModel(model: string): ModelConnection | undefined {
    try {
      return resolveModel(this.current, model).connection;
    } catch {
      return undefined;
    }
  }

  /** Whether a model's answers are scripted. */
  isDemo(model: string): boolean {
    return this.ofModel(model)?.id === demoConnectionId;
  }

  /** The models a connection offers now; throws the provider's ModelError, whose message is for the user. */
  async listModels(connectionId: string, signal: AbortSignal): Promise<ModelInfo[]> {
    const connection = this.current.find(({ id }) => id === connectionId);
    if (!connection) throw new Error(vscode.l10n.t('There is no connection “{0}”.', connectionId));
    return connection.provider.listModels(signal);
  }

  /** Adds a connection to the user's settings. */
  async add(connection: Connection): Promise<void> {
    await this.write([...readSetting('connections'), connection]);
  }

  /** Changes the base URL of a connection in the user's settings. Its key stays if the origin does. */
  async move(connection: Connection, baseUrl: string): Promise<Connection> {
    await this.write(
      readSetting('connections').map((entry) =>
        isRecord(entry) && entry['id'] === connection.id ? { ...entry, baseUrl } : entry,
      ),
    );
    return { ...connection, baseUrl };
  }

  /** Removes a connection from the user's settings, and its key from the key store. */
  async remove(connection: Connection): Promise<void> {
    await this.write(
      readSetting('connections').filter((entry) => !isRecord(entry) || entry['id'] !== connection.id),
    );
    await this.keys.delete(connection);
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private read(): void {
    const { connections, errors } = parseConnections(readSetting('connections'));
    this.configured = connections;
    this.entryErrors = errors;
    const servers = connections.filter(offersModels);
    this.current = [...servers.map((connection) => this.toModelConnection(connection)), ...this.builtIn];
  }

  private toModelConnection(connection: ModelServerConnection): ModelConnection {
    return {
      id: connection.id,
      label: connection.label,
      contextWindow: (model) => contextWindowOf(connection, model),
      provider: createProvider({
        kind: connection.kind,
        label: connection.label,
        baseURL: connection.baseUrl,
        apiKey: () => this.keys.get(connection),
        patience: () => (readSetting('modelTimeout') || Infinity) * 60_000,
      }),
    };
  }

  private async write(entries: unknown[]): Promise<void> {
    await writeSetting('connections', entries);
    // The event of the change may come after this; callers expect the new list now.
    this.read();
    this.emitter.fire();
  }
}

/** The valid entries of the setting, and an error message for each of the others. */
export function parseConnections(entries: readonly unknown[]): {
  connections: Connection[];
  errors: string[];
} {
  const connections: Connection[] = [];
  const errors: string[] = [];
  entries.forEach((entry, index) => {
    const error = connectionError(entry, connections);
    if (error) {
      errors.push(vscode.l10n.t('Connection {0} in the settings is ignored: {1}', index + 1, error));
      return;
    }
    const { id, kind, label, baseUrl, contextWindow } = entry as Connection;
    connections.push({
      id,
      kind,
      label: label || id,
      baseUrl,
      ...(contextWindow !== undefined && { contextWindow }),
    });
  });
  return { connections, errors };
}

/** Why an entry is not a valid connection; undefined if it is. `others` are the valid entries before it. */
export function connectionError(entry: unknown, others: readonly Connection[]): string | undefined {
  if (!isRecord(entry)) return vscode.l10n.t('it is not an object.');
  const { id, kind, label, baseUrl, contextWindow } = entry;
  if (typeof id !== 'string' || !idPattern.test(id)) {
    return vscode.l10n.t('its “id” may contain only letters, digits, dots, dashes and underscores.');
  }
  if (id === demoConnectionId || id === vscodeConnectionId) {
    return vscode.l10n.t('the id “{0}” belongs to a built-in connection.', id);
  }
  if (others.some((other) => other.id === id)) return vscode.l10n.t('the id “{0}” is used twice.', id);
  if (!connectionKinds.includes(kind as ConnectionKind)) {
    return vscode.l10n.t('its “kind” must be one of: {0}.', connectionKinds.join(', '));
  }
  if (label !== undefined && typeof label !== 'string') {
    return vscode.l10n.t('its “label” must be a string.');
  }
  if (contextWindow !== undefined && !isContextWindow(contextWindow)) {
    return vscode.l10n.t(
      'its “contextWindow” must be a number of tokens of at least {0}, or an object with one for each model ID.',
      minContextWindow,
    );
  }
  return baseUrlError(baseUrl);
}

/** Why a value is not a valid base URL; undefined if it is. */
export function baseUrlError(value: unknown): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) {
    return vscode.l10n.t('its base URL must be a URL such as https://api.openai.com/v1.');
  }
  const url = new URL(value);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return vscode.l10n.t('its base URL must start with https:// or http://.');
  }
  if (url.username || url.password) {
    return vscode.l10n.t(
      'its base URL must not contain a user name or password. Use “Set API Key…” instead.',
    );
  }
  return undefined;
}

/** Smaller windows have no room for instructions, a question and an answer. */
const minContextWindow = 1024;

function isContextWindow(value: unknown): boolean {
  const isSize = (size: unknown): boolean =>
    Number.isSafeInteger(size) && (size as number) >= minContextWindow;
  return isRecord(value) ? Object.values(value).every(isSize) : isSize(value);
}

/** The context window that a connection sets for a model. */
function contextWindowOf({ contextWindow }: Connection, model: string): number | undefined {
  if (typeof contextWindow !== 'object') return contextWindow;
  return Object.hasOwn(contextWindow, model) ? contextWindow[model] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

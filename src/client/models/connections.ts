import * as vscode from 'vscode';
import { resolveModel } from '../../engine/models/connections';
import {
  checkBaseUrl,
  checkConnection,
  type Connection,
  type ConnectionError,
  connectionKinds,
  connectionOf,
  demoConnectionId,
  minContextWindow,
  modelConnection,
  type ModelServerConnection,
  offersModels,
  vscodeConnectionId,
} from '../../engine/models/connectionSettings';
import type { ModelConnection, ModelInfo } from '../../engine/models/modelProvider';
import { createProvider } from '../../engine/models/providers';
import { DisposableStore } from '../disposableStore';
import { onDidChangeSetting, readSetting, writeSetting } from '../settings';
import { createVSCodeModel } from './vscodeLm';
import type { KeyStore } from './keys';

export {
  connectionKinds,
  demoConnectionId,
  isModelKind,
  offersModels,
  vscodeConnectionId,
} from '../../engine/models/connectionSettings';
export type { Connection, ModelConnection, ModelInfo, ModelServerConnection };

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
    return modelConnection(connection, {
      apiKey: () => this.keys.get(connection),
      patience: () => (readSetting('modelTimeout') || Infinity) * 60_000,
    });
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
    connections.push(connectionOf(entry));
  });
  return { connections, errors };
}

/** Why an entry is not a valid connection, for the user; undefined if it is. `others` are the valid entries before it. */
export function connectionError(entry: unknown, others: readonly Connection[]): string | undefined {
  const error = checkConnection(entry, others);
  return error && errorText(error);
}

/** Why a value is not a valid base URL, for the user; undefined if it is. */
export function baseUrlError(value: unknown): string | undefined {
  const error = checkBaseUrl(value);
  return error && errorText(error);
}

function errorText(error: ConnectionError): string {
  switch (error.code) {
    case 'not_an_object':
      return vscode.l10n.t('it is not an object.');
    case 'invalid_id':
      return vscode.l10n.t('its “id” may contain only letters, digits, dots, dashes and underscores.');
    case 'reserved_id':
      return vscode.l10n.t('the id “{0}” belongs to a built-in connection.', error.id);
    case 'duplicate_id':
      return vscode.l10n.t('the id “{0}” is used twice.', error.id);
    case 'unknown_kind':
      return vscode.l10n.t('its “kind” must be one of: {0}.', connectionKinds.join(', '));
    case 'label_not_a_string':
      return vscode.l10n.t('its “label” must be a string.');
    case 'invalid_context_window':
      return vscode.l10n.t(
        'its “contextWindow” must be a number of tokens of at least {0}, or an object with one for each model ID.',
        minContextWindow,
      );
    case 'not_a_url':
      return vscode.l10n.t('its base URL must be a URL such as https://api.openai.com/v1.');
    case 'unsupported_protocol':
      return vscode.l10n.t('its base URL must start with https:// or http://.');
    case 'credentials_in_url':
      return vscode.l10n.t(
        'its base URL must not contain a user name or password. Use “Set API Key…” instead.',
      );
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

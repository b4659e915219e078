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
import { UserError } from '../errors/errors';
import { onDidChangeSetting, readSetting, writeSetting } from '../settings';
import { ConnectionStates } from './connectionStates';
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
  /** What the last test of each connection found. */
  readonly states = this.disposables.add(
    new ConnectionStates(async (connection) => (await this.keys.get(connection)) !== undefined),
  );

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

  /** The ids of all connections: those of the settings, then the built-in ones. */
  all(): readonly string[] {
    return [...this.configured, ...this.builtIn].map(({ id }) => id);
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

  /**
   * The models a connection offers now, which is recorded as its state; throws the provider's ModelError, whose
   * message is for the user, or a UserError after `seconds`.
   */
  async listModels(connectionId: string, signal: AbortSignal, seconds?: number): Promise<ModelInfo[]> {
    const connection = this.current.find(({ id }) => id === connectionId);
    if (!connection) throw new Error(vscode.l10n.t('There is no connection “{0}”.', connectionId));
    const { provider, label } = connection;
    const limit = seconds === undefined ? undefined : AbortSignal.timeout(seconds * 1000);
    const list = async (): Promise<ModelInfo[]> => {
      try {
        return await provider.listModels(limit ? AbortSignal.any([signal, limit]) : signal);
      } catch (error) {
        if (!limit?.aborted || signal.aborted) throw error;
        throw new UserError(vscode.l10n.t('{0} did not answer within {1} s.', label, seconds ?? 0));
      }
    };
    return this.states.record(this.testedBy(connectionId), list, (models) => models.length);
  }

  /** Adds a connection to the user's settings. */
  async add(connection: Connection): Promise<void> {
    await this.write([...readSetting('connections'), connection]);
  }

  /**
   * Changes fields of a connection in the user's settings; undefined removes one. Its key stays if the origin of
   * its base URL does, and is deleted otherwise: it is sent nowhere else.
   */
  async update(connection: Connection, change: Partial<Omit<Connection, 'id'>>): Promise<Connection> {
    const entries = readSetting('connections').map((entry) => {
      if (!isRecord(entry) || entry['id'] !== connection.id) return entry;
      const changed = Object.entries({ ...entry, ...change }).filter(([, value]) => value !== undefined);
      return Object.fromEntries(changed);
    });
    await this.write(entries);
    const updated = { ...connection, ...change };
    if (new URL(updated.baseUrl).origin !== new URL(connection.baseUrl).origin) {
      await this.keys.delete(connection);
    }
    return updated;
  }

  /** Makes a connection the first one, to which model ids without a connection belong. */
  async makeDefault(connection: Connection): Promise<void> {
    const entries = readSetting('connections');
    const isIt = (entry: unknown): boolean => isRecord(entry) && entry['id'] === connection.id;
    await this.write([...entries.filter(isIt), ...entries.filter((entry) => !isIt(entry))]);
  }

  /** Removes a connection from the user's settings, and its key from the key store. */
  async remove(connection: Connection): Promise<void> {
    await this.write(
      readSetting('connections').filter((entry) => !isRecord(entry) || entry['id'] !== connection.id),
    );
    await this.keys.delete(connection);
    this.states.forget(connection.id);
  }

  /** What a state belongs to: the base URL is left out for built-in connections. */
  private testedBy(connectionId: string): { id: string; baseUrl?: string } {
    return { id: connectionId, baseUrl: this.configured.find(({ id }) => id === connectionId)?.baseUrl };
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
    case 'invalid_headers':
      return vscode.l10n.t(
        'its “headers” must be an object with the names of headers, and texts as their values.',
      );
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

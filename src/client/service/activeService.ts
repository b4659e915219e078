import * as vscode from 'vscode';
import type { Fetch } from '../client';
import { DisposableStore } from '../disposableStore';
import type { Connection, Connections } from '../models/connections';
import { UserError } from '../errors/errors';
import type { KeyStore } from '../models/keys';
import { RemoteService } from './remoteService';
import { ThreadMemory } from './threadMemory';

/** The service id of this window's engine. */
export const embeddedServiceId = 'embedded';

const key = 'service';

/** State that stores nothing. */
const noMemory: vscode.Memento = {
  keys: () => [],
  get: <T>(_key: string, otherwise?: T) => otherwise as T,
  update: () => Promise.resolve(),
};

/** Dependencies of `ActiveService`. */
export interface ActiveServiceParts {
  /** The engine of this window. */
  embedded: Fetch;
  connections: Connections;
  keys: KeyStore;
  /** Stores this window's choice. */
  choice: vscode.Memento;
  /** Stores the known threads of servers that cannot list them. */
  memory: vscode.Memento;
  log?: (message: string) => void;
}

/**
 * The service behind the client of this window: its own engine, or a server with the Assistants API.
 * Switching it changes only where requests go; the client stays the same.
 */
export class ActiveService implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly emitter = this.disposables.add(new vscode.EventEmitter<void>());
  private current: { server: Connection; remote: RemoteService } | undefined;

  /** Fires when another service becomes active, or when the active one lost all its data. */
  readonly onDidChange = this.emitter.event;

  constructor(private readonly parts: ActiveServiceParts) {
    this.reload();
    this.disposables.add(
      parts.connections.onDidChange(() => {
        if (this.reload()) this.emitter.fire();
      }),
    );
  }

  /** Sends a request to the active service; responses in progress are not affected by a switch. */
  readonly fetch: Fetch = (input, init) => (this.current?.remote.fetch ?? this.parts.embedded)(input, init);

  /** The active server; undefined while this window's engine is active. */
  get server(): Connection | undefined {
    return this.current?.server;
  }

  /** Identifies the active service in stored state. */
  get id(): string {
    return this.server?.id ?? embeddedServiceId;
  }

  /** The servers that can be activated. */
  servers(): readonly Connection[] {
    return this.parts.connections.list().filter(({ kind }) => kind === 'server');
  }

  /** Switches to this window's engine, or to a server by the id of its connection. */
  async use(id: string): Promise<void> {
    if (id !== embeddedServiceId && !this.servers().some((server) => server.id === id)) {
      throw new UserError(vscode.l10n.t('There is no service “{0}”.', id));
    }
    await this.parts.choice.update(key, id === embeddedServiceId ? undefined : id);
    if (this.reload()) this.emitter.fire();
  }

  /** To be called when this window's engine lost all its data, so that the views reload. */
  notifyDataLost(): void {
    if (!this.server) this.emitter.fire();
  }

  /**
   * Tests a server by listing its assistants; throws a UserError if it has no Assistants API or rejects
   * the key.
   */
  async probe(server: Connection, signal: AbortSignal): Promise<void> {
    const response = await this.open(server).fetch('http://engine/v1/assistants?limit=1', { signal });
    const body = (await response.json()) as { error?: { message?: string }; data?: unknown };
    if (Array.isArray(body.data)) return;
    const message =
      body.error?.message ?? vscode.l10n.t('There is no Assistants API at {0}.', server.baseUrl);
    throw new UserError(message);
  }

  /** A service to read that is not active, with this key. Threads are remembered of those in the settings alone. */
  reading(server: Connection, key: string | undefined): RemoteService {
    const isKnown = this.servers().some(({ id }) => id === server.id);
    const memory = new ThreadMemory(isKnown ? this.parts.memory : noMemory, server.baseUrl);
    return new RemoteService(server, { get: () => Promise.resolve(key) }, memory, undefined, this.parts.log);
  }

  /** Whether a model's answers are scripted; false for models of a server, which are unknown here. */
  isDemo(model: string): boolean {
    return !this.server && this.parts.connections.isDemo(model);
  }

  /** The id of the connection whose key is sent with requests to a model; undefined if it does not exist. */
  connectionOf(model: string): string | undefined {
    return this.server?.id ?? this.parts.connections.ofModel(model)?.id;
  }

  /** Whether a model belongs to a connection of the settings, and not to a built-in one. */
  hasConnection(model: string): boolean {
    const id = this.connectionOf(model);
    return this.parts.connections.list().some((connection) => connection.id === id);
  }

  dispose(): void {
    this.disposables.dispose();
  }

  /** Re-reads the chosen server from the settings. Returns whether it is another server or base URL. */
  private reload(): boolean {
    const chosen = this.parts.choice.get<string>(key);
    const server = this.servers().find(({ id }) => id === chosen);
    const { server: before } = this.current ?? {};
    const isSame = before?.id === server?.id && before?.baseUrl === server?.baseUrl;
    if (isSame && before?.label === server?.label) return false;
    this.current = server && { server, remote: this.open(server) };
    return !isSame;
  }

  private open(server: Connection): RemoteService {
    const { keys, memory, log } = this.parts;
    return new RemoteService(server, keys, new ThreadMemory(memory, server.baseUrl), undefined, log);
  }
}

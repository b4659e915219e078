import * as vscode from 'vscode';
import type { Fetch } from '../client';
import type { Connection, Connections } from '../models/connections';
import { UserError } from '../errors';
import type { KeyStore } from '../models/keys';
import { RemoteService } from './remoteService';
import { ThreadMemory } from './threadMemory';

/** How the engine of this window is named where a service is chosen. */
export const embeddedServiceId = 'embedded';

const key = 'service';

/** What the choice between services works with. */
export interface ActiveServiceParts {
  /** The engine of this window. */
  embedded: Fetch;
  connections: Connections;
  keys: KeyStore;
  /** Where this window's choice survives a reload. */
  choice: vscode.Memento;
  /** Where the threads of servers are remembered that do not list them. */
  memory: vscode.Memento;
}

/**
 * Who answers the API in this window: its own engine, or a server with the Assistants API. The client
 * and all that stands on it stay the same; only their requests go elsewhere.
 */
export class ActiveService implements vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<void>();
  private readonly subscription: vscode.Disposable;
  private current: { server: Connection; remote: RemoteService } | undefined;

  /** Fires when another service answers from now on, or the same one with nothing of what it had. */
  readonly onDidChange = this.emitter.event;

  constructor(private readonly parts: ActiveServiceParts) {
    this.reload();
    this.subscription = parts.connections.onDidChange(() => {
      if (this.reload()) this.emitter.fire();
    });
  }

  /** Asks the service of this moment; an answer under way stays with the one that gives it. */
  readonly fetch: Fetch = (input, init) => (this.current?.remote.fetch ?? this.parts.embedded)(input, init);

  /** The server in use; undefined while the engine of this window is. */
  get server(): Connection | undefined {
    return this.current?.server;
  }

  /** A name for what is kept of this service, beside others. */
  get id(): string {
    return this.server?.id ?? embeddedServiceId;
  }

  /** The servers that can be chosen. */
  servers(): readonly Connection[] {
    return this.parts.connections.list().filter(({ kind }) => kind === 'server');
  }

  /** Chooses the engine of this window, or a server by its connection's id. */
  async use(id: string): Promise<void> {
    if (id !== embeddedServiceId && !this.servers().some((server) => server.id === id)) {
      throw new UserError(vscode.l10n.t('There is no service «{0}».', id));
    }
    await this.parts.choice.update(key, id === embeddedServiceId ? undefined : id);
    if (this.reload()) this.emitter.fire();
  }

  /** All that this window's engine had is gone: whoever shows it reads it anew. */
  notifyDataLost(): void {
    if (!this.server) this.emitter.fire();
  }

  /** Asks a server for its assistants; throws words for people where it is none, or wants another key. */
  async probe(server: Connection, signal: AbortSignal): Promise<void> {
    const response = await this.open(server).fetch('http://engine/v1/assistants?limit=1', { signal });
    const body = (await response.json()) as { error?: { message?: string }; data?: unknown };
    if (Array.isArray(body.data)) return;
    const message =
      body.error?.message ?? vscode.l10n.t('There is no Assistants API at {0}.', server.baseUrl);
    throw new UserError(message);
  }

  /** Whether a model's answers are scripted; what a server's models are, only it knows. */
  isDemo(model: string): boolean {
    return !this.server && this.parts.connections.isDemo(model);
  }

  /** The connection whose key is sent when a model is asked. */
  connectionOf(model: string): string {
    return this.server?.id ?? this.parts.connections.ofModel(model).id;
  }

  dispose(): void {
    this.subscription.dispose();
    this.emitter.dispose();
  }

  /** Takes the server that was chosen, as the settings have it now. Tells whether that is another one. */
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
    return new RemoteService(server, this.parts.keys, new ThreadMemory(this.parts.memory, server.baseUrl));
  }
}

import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { LocalServer as Port } from '../../engine/server/localServer';
import { ChangeFeed, type Change } from '../changes';
import type { Fetch } from '../client';
import { DisposableStore } from '../disposableStore';
import { UserError } from '../errors/errors';
import type { Secrets } from '../models/trackedSecrets';
import { newTokenName } from './serverTokens';

/** The address at which programs reach the API of this window. */
export interface ServerAddress {
  port: number;
  /** Includes the API version: `http://127.0.0.1:PORT/v1`. */
  baseUrl: string;
}

/**
 * Serves the window's engine on a local port until the user stops it or the window closes. Each start
 * creates a new token, which is kept only in the secret storage.
 */
export class LocalServer implements vscode.Disposable {
  /** Of the running server; another one at each start. */
  private tokenName = '';
  private readonly disposables = new DisposableStore();
  private readonly feed: ChangeFeed;
  private readonly emitter = this.disposables.add(new vscode.EventEmitter<void>());
  private port: Port | undefined;
  private listening: ServerAddress | undefined;
  /** Runs starts and stops one after another. */
  private queue: Promise<unknown> = Promise.resolve();

  /** Fires when the server has started or stopped. */
  readonly onDidChange = this.emitter.event;
  /** The engine, to other programs: their writes are reported. */
  readonly fetch: Fetch;
  /** Fires for every write that a program made through the port. */
  readonly onDidWrite: vscode.Event<Change>;

  constructor(
    fetch: Fetch,
    private readonly secrets: Secrets,
  ) {
    this.feed = this.disposables.add(new ChangeFeed(fetch));
    this.onDidWrite = this.feed.onDidChange;
    this.fetch = this.feed.fetch;
  }

  /** The address it listens on; undefined while it is stopped. */
  get address(): ServerAddress | undefined {
    return this.listening;
  }

  /** The token that programs send as their API key; undefined while the server is stopped. */
  async token(): Promise<string | undefined> {
    return this.listening && (await this.secrets.get(this.tokenName));
  }

  /** Listens on a port, 0 for any free one. Does nothing if it already listens, even on another port. */
  start(port: number): Promise<ServerAddress> {
    return this.enqueue(async () => this.listening ?? (await this.open(port)));
  }

  /** Closes all connections and deletes the token. */
  stop(): Promise<void> {
    return this.enqueue(async () => {
      const { port } = this;
      if (!port) return;
      this.port = undefined;
      this.listening = undefined;
      await port.close();
      this.emitter.fire();
      await this.secrets.delete(this.tokenName);
    });
  }

  dispose(): void {
    this.port?.close().catch(() => {});
    this.disposables.dispose();
  }

  private async open(port: number): Promise<ServerAddress> {
    const token = `local-${randomBytes(24).toString('base64url')}`;
    const { startServer } = await import('../../engine/server/localServer');
    const server = await startServer({ engine: { fetch: this.feed.fetch }, port, token }).catch(
      (error: unknown) => {
        throw portError(error, port);
      },
    );
    const address = { port: Number(new URL(server.url).port), baseUrl: server.url };
    this.tokenName = newTokenName(address.port);
    try {
      // After listening: other windows delete the token of a server that does not answer.
      await this.secrets.store(this.tokenName, token);
    } catch (error) {
      await server.close();
      throw error;
    }
    this.port = server;
    this.listening = address;
    this.emitter.fire();
    return this.listening;
  }

  private enqueue<T>(task: () => Promise<T>): Promise<T> {
    const done = this.queue.then(task);
    this.queue = done.catch(() => {});
    return done;
  }
}

/** Another window or program uses the port. */
export class PortTakenError extends UserError {}

function portError(error: unknown, port: number): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  switch ((cause as NodeJS.ErrnoException | undefined)?.code) {
    case 'EADDRINUSE':
      return new PortTakenError(vscode.l10n.t('Port {0} is in use by another program or window.', port));
    case 'EACCES':
      return new UserError(
        vscode.l10n.t('Port {0} requires elevated permissions. Choose a port above 1023.', port),
      );
    default:
      return error;
  }
}

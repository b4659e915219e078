import { randomBytes, randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { LocalServer as Port } from '../../engine/localServer';
import { ChangeFeed, type Change } from '../changes';
import type { Fetch } from '../client';
import { UserError } from '../errors';
import type { Secrets } from '../models/trackedSecrets';

/** Where a program finds the API of this window. */
export interface ServerAddress {
  port: number;
  /** With the version: `http://127.0.0.1:PORT/v1`. */
  baseUrl: string;
}

/**
 * The window's engine on a port of this machine, for as long as the user wants it and the window is
 * open. Its token is made anew at each start and found in the secret storage alone.
 */
export class LocalServer implements vscode.Disposable {
  /** Windows have tokens of their own, and share the secret storage. */
  private readonly tokenName = `server.token:${randomUUID()}`;
  private readonly feed: ChangeFeed;
  private readonly emitter = new vscode.EventEmitter<void>();
  private port: Port | undefined;
  private listening: ServerAddress | undefined;
  /** Starts and stops come one after the other. */
  private queue: Promise<unknown> = Promise.resolve();

  /** Fires when it has started or stopped. */
  readonly onDidChange = this.emitter.event;
  /** Fires for every write that a program made through the port. */
  readonly onDidWrite: vscode.Event<Change>;

  constructor(
    fetch: Fetch,
    private readonly secrets: Secrets,
  ) {
    this.feed = new ChangeFeed(fetch);
    this.onDidWrite = this.feed.onDidChange;
  }

  /** Where it listens; undefined while it does not. */
  get address(): ServerAddress | undefined {
    return this.listening;
  }

  /** What programs have to give as their API key; undefined while nothing listens. */
  async token(): Promise<string | undefined> {
    return this.listening && (await this.secrets.get(this.tokenName));
  }

  /** Listens on a port, 0 for any that is free. Where it listens already, it goes on as it is. */
  start(port: number): Promise<ServerAddress> {
    return this.enqueue(async () => this.listening ?? (await this.open(port)));
  }

  /** Ends what programs are being answered, and forgets the token. */
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
    this.feed.dispose();
    this.emitter.dispose();
  }

  private async open(port: number): Promise<ServerAddress> {
    const token = `local-${randomBytes(24).toString('base64url')}`;
    const { startServer } = await import('../../engine/localServer');
    // First: where the token cannot be kept, nothing listens.
    await this.secrets.store(this.tokenName, token);
    const server = await startServer({ engine: { fetch: this.feed.fetch }, port, token }).catch(
      async (error: unknown) => {
        await this.secrets.delete(this.tokenName);
        throw portError(error, port);
      },
    );
    this.port = server;
    this.listening = { port: Number(new URL(server.url).port), baseUrl: server.url };
    this.emitter.fire();
    return this.listening;
  }

  private enqueue<T>(task: () => Promise<T>): Promise<T> {
    const done = this.queue.then(task);
    this.queue = done.catch(() => {});
    return done;
  }
}

/** The port is somebody else's: another window's, or another program's. */
export class PortTakenError extends UserError {}

function portError(error: unknown, port: number): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  switch ((cause as NodeJS.ErrnoException | undefined)?.code) {
    case 'EADDRINUSE':
      return new PortTakenError(vscode.l10n.t('Port {0} is in use by another program or window.', port));
    case 'EACCES':
      return new UserError(vscode.l10n.t('Port {0} may not be used here; choose one above 1023.', port));
    default:
      return error;
  }
}

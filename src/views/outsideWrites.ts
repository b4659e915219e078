import type * as vscode from 'vscode';
import type { Change } from '../client/changes';
import type { LocalServer } from '../client/localServer';
import type { Services } from '../client/services';

/** Milliseconds in which the writes of a program are shown as one. */
const patience = 100;

/** Shows what programs write through the port as if it had been written here. */
export class OutsideWrites implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    server: LocalServer,
    private readonly services: Services,
    /** Reads the threads that are shown again. */
    private readonly refresh: () => Promise<void>,
  ) {
    this.subscription = server.onDidWrite((change) => this.written(change));
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.subscription.dispose();
  }

  private written(change: Change): void {
    const { changes, monitor, reporter, service } = this.services;
    // The port leads to this window's engine; what is shown is a server's.
    if (service.server) return;
    changes.tell(change);
    if (change.resource === 'runs' && change.threadId !== undefined) {
      monitor.refresh(change.threadId).catch(reporter.log);
    }
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.refresh().catch(reporter.log);
    }, patience);
  }
}

import type * as vscode from 'vscode';
import { DisposableStore } from '../../client/disposableStore';
import type { Change } from '../../client/changes';
import { isNotFound } from '../../client/errors';
import type { Services } from '../../client/services';

/** Milliseconds in which the writes of a program are shown as one. */
const patience = 100;

/** Shows what other windows, and programs through the port, write as if it had been written here. */
export class ExternalChanges implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private timer: NodeJS.Timeout | undefined;
  /** Threads whose newest run is to be asked for. */
  private readonly threads = new Set<string>();

  constructor(
    sources: readonly vscode.Event<Change>[],
    private readonly services: Services,
    /** Reads the threads that are shown again. */
    private readonly refresh: () => Promise<void>,
  ) {
    for (const onDidWrite of sources) this.disposables.add(onDidWrite((change) => this.written(change)));
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.disposables.dispose();
  }

  private written(change: Change): void {
    const { changes, monitor, reporter, service } = this.services;
    // They were made to this window's engine; what is shown is a server's.
    if (service.server) return;
    changes.report({ ...change, elsewhere: true });
    const { threadId } = change;
    // A write to a thread may have deleted it, and its run with it.
    const concernsRun =
      change.resource === 'runs' || (change.resource === 'threads' && monitor.newestRun(threadId ?? ''));
    if (concernsRun && threadId !== undefined) this.threads.add(threadId);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.show().catch(reporter.log);
    }, patience);
  }

  private async show(): Promise<void> {
    const { monitor, reporter } = this.services;
    const threads = [...this.threads];
    this.threads.clear();
    // A run that is followed from here on shows itself; one that has ended already is read.
    const ignoreDeleted = (error: unknown): void => {
      if (!isNotFound(error)) reporter.log(error);
    };
    await Promise.all(threads.map((id) => monitor.refresh(id).catch(ignoreDeleted)));
    await this.refresh();
  }
}

import type * as vscode from 'vscode';
import { DisposableStore } from '../../client/disposableStore';
import type { Change } from '../../client/changes';
import { isNotFound } from '../../client/errors/errors';
import type { Services } from '../../client/services';

/** Milliseconds for which changes are collected before the views are refreshed. */
const delay = 100;

/** Forwards changes by other windows and by clients of the local server to this window's views. */
export class ExternalChanges implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private timer: NodeJS.Timeout | undefined;
  /** Threads whose newest run has to be read. */
  private readonly threads = new Set<string>();

  constructor(
    sources: readonly vscode.Event<Change>[],
    private readonly services: Services,
    /** Reloads the threads shown. */
    private readonly refresh: () => Promise<void>,
  ) {
    for (const onDidWrite of sources) this.disposables.add(onDidWrite((change) => this.onChange(change)));
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.disposables.dispose();
  }

  private onChange(change: Change): void {
    const { changes, monitor, reporter, service } = this.services;
    // The changes are those of the embedded engine, but the views show a server.
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
    }, delay);
  }

  private async show(): Promise<void> {
    const { monitor, reporter } = this.services;
    const threads = [...this.threads];
    this.threads.clear();
    // Follows active runs from here on, and reads those that have already ended.
    const ignoreDeleted = (error: unknown): void => {
      if (!isNotFound(error)) reporter.log(error);
    };
    await Promise.all(threads.map((id) => monitor.refresh(id).catch(ignoreDeleted)));
    await this.refresh();
  }
}

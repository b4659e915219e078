import type * as vscode from 'vscode';

/** Disposables of one owner, disposed together and in the order in which they were added. */
export class DisposableStore implements vscode.Disposable {
  private readonly items: vscode.Disposable[] = [];
  private isDisposed = false;

  /** Adds disposables and returns the first. A store that is disposed already disposes them at once. */
  add<T extends vscode.Disposable>(first: T, ...others: vscode.Disposable[]): T {
    this.items.push(first, ...others);
    if (this.isDisposed) this.dispose();
    return first;
  }

  dispose(): void {
    this.isDisposed = true;
    for (const item of this.items.splice(0)) item.dispose();
  }
}

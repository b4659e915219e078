import * as vscode from 'vscode';

/**
 * The lists and inputs of this extension that are on screen. VS Code moves the focus into a tree that had it before
 * when the tree is refreshed, and so away from an input: trees that may change meanwhile wait for its end.
 */
class OpenInputs {
  private count = 0;
  private readonly emitter = new vscode.EventEmitter<void>();

  /** Fires when the last one was closed. */
  readonly onDidClose = this.emitter.event;

  get any(): boolean {
    return this.count > 0;
  }

  /** To be called when one is shown; the returned function when it is closed. */
  open(): () => void {
    this.count++;
    return () => {
      this.count--;
      if (!this.any) this.emitter.fire();
    };
  }
}

export const openInputs = new OpenInputs();

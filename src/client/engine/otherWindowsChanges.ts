import { setTimeout as delay } from 'node:timers/promises';
import type OpenAI from 'openai';
import type { Stream } from 'openai/streaming';
import * as vscode from 'vscode';
import { changeOf, type Change } from '../changes';
import { DisposableStore } from '../disposableStore';

/** Milliseconds before reconnecting: after the engine ended the stream, and after it could not be opened. */
const reconnectDelay = 2000;
const errorDelay = 10_000;

/** Reports the writes of other windows, and of programs that serve the same data. */
export class OtherWindowsChanges implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly emitter = this.disposables.add(new vscode.EventEmitter<Change>());
  private readonly missEmitter = this.disposables.add(new vscode.EventEmitter<void>());
  private readonly aborter = new AbortController();

  /** Fires for every write of another window. */
  readonly onDidWrite = this.emitter.event;
  /** Fires when writes may have been missed. */
  readonly onDidMiss = this.missEmitter.event;

  constructor(
    /** A client of this window's engine, whichever service is active. */
    private readonly engine: OpenAI,
  ) {}

  /** Listens until disposed, and reconnects after errors. */
  async listen(): Promise<void> {
    const { signal } = this.aborter;
    for (let attempt = 0; !signal.aborted; attempt++) {
      let next = reconnectDelay;
      try {
        const writes = await this.engine.get<Stream<{ path: string }>>('/writes', { stream: true, signal });
        if (attempt > 0) this.missEmitter.fire();
        for await (const { path } of writes) this.report(path);
      } catch {
        // Not reported: the next request that needs the engine reports why it cannot be opened.
        next = errorDelay;
      }
      await delay(next, undefined, { signal }).catch(() => undefined);
    }
  }

  dispose(): void {
    this.aborter.abort();
    this.disposables.dispose();
  }

  private report(path: string): void {
    const change = changeOf(path);
    if (change && !this.aborter.signal.aborted) this.emitter.fire(change);
  }
}

import type OpenAI from 'openai';
import type { Thread } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';
import { listThreads } from '../client';

/** Threads per page. */
const pageSize = 40;

/** The threads, newest first, as many pages as were requested. */
export class ThreadList implements vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<void>();
  private threads = new Map<string, Thread>();
  private wanted = pageSize;
  private more = false;

  /** Fires when more threads are wanted. */
  readonly onDidChange = this.emitter.event;

  constructor(private readonly client: OpenAI) {}

  /** Whether there are older threads than those read. */
  get hasMore(): boolean {
    return this.more;
  }

  find(id: string): Thread | undefined {
    return this.threads.get(id);
  }

  /** Reads the threads again. */
  async read(): Promise<Thread[]> {
    const threads: Thread[] = [];
    let after: string | undefined;
    do {
      const page = await listThreads(this.client, { limit: pageSize, after });
      threads.push(...page.data);
      this.more = page.has_more;
      after = page.data.at(-1)?.id;
    } while (this.more && after !== undefined && threads.length < this.wanted);
    this.threads = new Map(threads.map((thread) => [thread.id, thread]));
    return threads;
  }

  /** Requests one more page. */
  showMore(): void {
    this.wanted += pageSize;
    this.emitter.fire();
  }

  /** Goes back to the first page. */
  reset(): void {
    this.wanted = pageSize;
    this.emitter.fire();
  }

  dispose(): void {
    this.emitter.dispose();
  }
}

import type OpenAI from 'openai';
import * as vscode from 'vscode';
import { listThreads } from '../client';
import type { ForkedThread } from '../runs/forks';
import { isTrial } from './trialThreads';

/** Threads per page. */
const pageSize = 40;

/** The threads, newest first, as many pages as were requested. */
export class ThreadList implements vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<void>();
  private threads = new Map<string, ForkedThread>();
  private wanted = pageSize;
  private more = false;

  /** Fires when more threads are wanted. */
  readonly onDidChange = this.emitter.event;

  constructor(private readonly client: OpenAI) {}

  /** Whether there are older threads than those read. */
  get hasMore(): boolean {
    return this.more;
  }

  find(id: string): ForkedThread | undefined {
    return this.threads.get(id);
  }

  /** The number of branches read of a thread's conversation; 0 if it has no others. */
  branchesOf({ conversation }: ForkedThread): number {
    if (conversation === undefined) return 0;
    return [...this.threads.values()].filter((thread) => thread.conversation === conversation).length;
  }

  /** Reads the threads again. */
  async read(): Promise<ForkedThread[]> {
    const threads: ForkedThread[] = [];
    let after: string | undefined;
    do {
      const page = await listThreads(this.client, { limit: pageSize, after });
      threads.push(...page.data.filter((thread) => !isTrial(thread)));
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

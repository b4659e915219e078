import type * as vscode from 'vscode';

/** Maximum number of threads per server; the oldest are evicted. */
const maxThreads = 1000;

/** What is stored of a thread; the rest is read from its server. */
export interface KnownThread {
  id: string;
  /** Seconds since the epoch. */
  createdAt: number;
  /** From its first message, if the thread has no title of its own. */
  title?: string;
}

/** The threads that were created or opened here on a server that cannot list its threads. */
export class ThreadMemory {
  private readonly key: string;

  constructor(
    private readonly state: vscode.Memento,
    server: string,
  ) {
    this.key = `threads:${server}`;
  }

  /** Newest first. */
  list(): readonly KnownThread[] {
    return this.state.get<KnownThread[]>(this.key, []);
  }

  async add(thread: KnownThread): Promise<void> {
    if (this.list().some(({ id }) => id === thread.id)) return;
    const all = [...this.list(), thread].sort((one, other) => other.createdAt - one.createdAt);
    await this.state.update(this.key, all.slice(0, maxThreads));
  }

  async setTitle(id: string, title: string): Promise<void> {
    const all = this.list().map((thread) => (thread.id === id ? { ...thread, title } : thread));
    await this.state.update(this.key, all);
  }

  async remove(id: string): Promise<void> {
    const left = this.list().filter((thread) => thread.id !== id);
    await this.state.update(this.key, left.length > 0 ? left : undefined);
  }
}

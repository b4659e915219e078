import type OpenAI from 'openai';
import * as vscode from 'vscode';
import { isNotFound } from '../errors/errors';
import type { ForkedThread } from '../runs/forks';
import { type ActiveThread, listByActivity } from './threadLists';
import { shelfOf, type Shelf } from './threadShelf';

/** Threads that are shown at first and with each further page, and the most that are read at once. */
const pageSize = 40;
const maxPageSize = 100;

/** The pages of a shelf that were read. */
interface Pages {
  threads: ActiveThread[];
  hasMore: boolean;
}

const noPages: Pages = { threads: [], hasMore: false };

/** The threads by last activity, as many pages as were requested; read again only when something has changed. */
export class ThreadList implements vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<void>();
  private readonly wanted = { none: pageSize, archived: pageSize };
  private shelves: Record<Shelf, Pages> = { pinned: noPages, none: noPages, archived: noPages };
  private byId = new Map<string, ActiveThread>();
  private isStale = true;
  private reading: Promise<void> | undefined;

  /** Fires when more threads are wanted. */
  readonly onDidChange = this.emitter.event;

  constructor(private readonly client: OpenAI) {}

  /** Whether there are older threads on a shelf than those read. */
  hasMore(shelf: 'none' | 'archived'): boolean {
    return this.shelves[shelf].hasMore;
  }

  find(id: string): ActiveThread | undefined {
    return this.byId.get(id);
  }

  /** The threads of a shelf that were read, the one written to last first. */
  on(shelf: Shelf): readonly ActiveThread[] {
    return this.shelves[shelf].threads;
  }

  /** All threads that were read. */
  all(): ActiveThread[] {
    return [...this.byId.values()];
  }

  /** The number of branches read of a thread's conversation; 0 if it has no others. */
  branchesOf({ conversation }: ForkedThread): number {
    if (conversation === undefined) return 0;
    return this.all().filter((thread) => thread.conversation === conversation).length;
  }

  /** Marks the threads as changed: the next `read` reads them again. */
  invalidate(): void {
    this.isStale = true;
  }

  /**
   * Reads the threads if they have changed, and `open`, which is added if it is not on the pages that were read.
   */
  async read(open?: string): Promise<void> {
    while (this.isStale || this.reading) {
      this.reading ??= this.readAll().finally(() => (this.reading = undefined));
      await this.reading;
    }
    if (open !== undefined && !this.byId.has(open)) await this.add(open);
  }

  /** Notes that a thread was written to now. Returns whether it is among those read: nothing is read again then. */
  touch(id: string): boolean {
    const thread = this.byId.get(id);
    if (!thread || this.isStale || this.reading) return false;
    thread.last_active_at = Math.floor(Date.now() / 1000);
    const { threads } = this.shelves[shelfOf(thread)];
    const at = threads.indexOf(thread);
    threads.unshift(...threads.splice(at, 1));
    return true;
  }

  /** Requests one more page. */
  showMore(shelf: 'none' | 'archived' = 'none'): void {
    this.wanted[shelf] += pageSize;
    this.invalidate();
    this.emitter.fire();
  }

  /** Goes back to the first page. */
  reset(): void {
    this.wanted.none = this.wanted.archived = pageSize;
    this.invalidate();
    this.emitter.fire();
  }

  dispose(): void {
    this.emitter.dispose();
  }

  private async readAll(): Promise<void> {
    this.isStale = false;
    try {
      const none = await this.readPages('none', this.wanted.none);
      this.shelves = none.isByCreation ? await this.readByCreation() : await this.readShelves(none);
    } catch (error) {
      this.isStale = true;
      throw error;
    }
    const all = Object.values(this.shelves).flatMap(({ threads }) => threads);
    this.byId = new Map(all.map((thread) => [thread.id, thread]));
  }

  private async readShelves(none: Pages): Promise<Record<Shelf, Pages>> {
    const [pinned, archived] = await Promise.all([
      this.readPages('pinned', maxPageSize),
      this.readPages('archived', this.wanted.archived),
    ]);
    return { pinned, none, archived };
  }

  /** For a service that does not know the order: all shelves come together, by the creation of the threads. */
  private async readByCreation(): Promise<Record<Shelf, Pages>> {
    const { threads, hasMore } = await this.readPages(undefined, Math.max(...Object.values(this.wanted)));
    const on = (shelf: Shelf): ActiveThread[] => threads.filter((thread) => shelfOf(thread) === shelf);
    return {
      pinned: { threads: on('pinned'), hasMore: false },
      none: { threads: on('none'), hasMore },
      archived: { threads: on('archived'), hasMore: false },
    };
  }

  private async readPages(
    shelf: Shelf | undefined,
    wanted: number,
  ): Promise<Pages & { isByCreation: boolean }> {
    const threads: ActiveThread[] = [];
    let hasMore = true;
    let isByCreation = false;
    while (hasMore && threads.length < wanted) {
      const limit = Math.min(maxPageSize, wanted - threads.length);
      const page = await listByActivity(this.client, { shelf, limit, after: threads.at(-1)?.id });
      threads.push(...page.data);
      hasMore = page.hasMore && page.data.length > 0;
      isByCreation ||= page.isByCreation;
    }
    return { threads, hasMore, isByCreation };
  }

  /** Adds a thread that is further down the list, so that it can be shown as the open one. */
  private async add(id: string): Promise<void> {
    try {
      const [thread, messages] = await Promise.all([
        this.client.beta.threads.retrieve(id),
        this.client.beta.threads.messages.list(id, { limit: 1 }),
      ]);
      const last_active_at = Math.max(thread.created_at, messages.data[0]?.created_at ?? 0);
      const added: ActiveThread = { ...thread, last_active_at };
      const { threads } = this.shelves[shelfOf(thread)];
      const at = threads.findIndex((one) => one.last_active_at < last_active_at);
      threads.splice(at < 0 ? threads.length : at, 0, added);
      this.byId.set(id, added);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

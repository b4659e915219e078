import * as vscode from 'vscode';
import type { ChatMessageHandlers, QueueView } from '../../protocol/chat';
import type { Source } from './context/contextSources';
import type { MessageQueues } from './messageQueues';

type Handlers = Pick<ChatMessageHandlers, 'sendQueued' | 'editQueued' | 'holdQueue' | 'removeQueued'>;

/** The queued messages of the thread that a chat shows. */
export class ChatQueue {
  constructor(
    /** Undefined if the chat has none. */
    private readonly queues: MessageQueues | undefined,
    private readonly shownThread: () => string | undefined,
  ) {}

  /** Calls `onChange` when the queue of the thread shown has changed. */
  listen(onChange: () => void): vscode.Disposable {
    const listening = this.queues?.onDidChange((threadId) => {
      if (threadId === this.shownThread()) onChange();
    });
    return listening ?? new vscode.Disposable(() => undefined);
  }

  view(): QueueView | undefined {
    const threadId = this.shownThread();
    return threadId === undefined ? undefined : this.queues?.view(threadId);
  }

  /** Where an item of the context of a queued message comes from. */
  sourceOf(itemId: string): Source | undefined {
    const threadId = this.shownThread();
    return threadId === undefined ? undefined : this.queues?.sourceOf(threadId, itemId);
  }

  /** Lets the messages be sent that the chat held. */
  release(): void {
    this.queues?.hold(this, undefined);
  }

  async move(from: string, to: string): Promise<void> {
    await this.queues?.move(from, to);
  }

  handlers(): Handlers {
    const inQueue = async (
      work: (queues: MessageQueues, threadId: string) => Promise<void>,
    ): Promise<void> => {
      const threadId = this.shownThread();
      if (this.queues && threadId !== undefined) await work(this.queues, threadId);
    };
    return {
      sendQueued: () => inQueue((queues, threadId) => queues.sendNext(threadId)),
      editQueued: ({ id, text, removed }) =>
        inQueue((queues, threadId) => queues.edit(threadId, id, text, removed)),
      holdQueue: ({ isHeld }) => this.queues?.hold(this, isHeld ? this.shownThread() : undefined),
      removeQueued: ({ id }) => inQueue((queues, threadId) => queues.remove(threadId, id)),
    };
  }
}

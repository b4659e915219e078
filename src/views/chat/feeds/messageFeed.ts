import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Services } from '../../../client/services';
import type { HostMessage } from '../../../protocol/chat';
import { DeltaBuffer } from './deltaBuffer';

/** Messages per request. */
const pageSize = 50;

/** Messages of a thread, oldest first. */
export interface MessagePage {
  messages: Message[];
  hasMore: boolean;
}

/** Sends the panel the messages of the thread shown: a page at a time, and live ones as they are written. */
export class MessageFeed {
  private readonly deltas = new DeltaBuffer((delta) => this.post(delta));
  private threadId: string | undefined;
  /** Messages that arrived while the newest page was being read; they are appended to it. */
  private arrivals: Map<string, Message> | undefined;
  private newest: string | undefined;

  constructor(
    private readonly services: Services,
    private readonly post: (message: HostMessage) => void,
  ) {}

  /** Switches to a thread; holds arriving messages back until its newest page is shown. */
  begin(threadId: string): void {
    this.deltas.clear();
    this.threadId = threadId;
    this.arrivals = new Map();
  }

  /** Shows an empty thread, or no thread. */
  clear(threadId?: string): void {
    this.deltas.clear();
    this.threadId = threadId;
    this.arrivals = undefined;
    this.post({ type: 'messages', threadId: threadId ?? null, messages: [], hasMore: false });
  }

  /** The newest page could not be read: the messages shown stay. */
  cancel(): void {
    this.arrivals = undefined;
  }

  /** Reads the newest page of a thread, or the page before a message. */
  async read(threadId: string, before?: string): Promise<MessagePage> {
    const page = await this.services.client.beta.threads.messages.list(threadId, {
      limit: pageSize,
      order: 'desc',
      after: before,
    });
    return { messages: page.data.reverse(), hasMore: page.has_more };
  }

  /** Shows the newest page and the messages that arrived meanwhile, and returns all of them. */
  show(threadId: string, { messages, hasMore }: MessagePage): Message[] {
    const { monitor } = this.services;
    const arrivals = [...(this.arrivals?.values() ?? [])];
    this.arrivals = undefined;
    this.newest = messages.at(-1)?.id;
    this.deltas.clear();
    this.post({
      type: 'messages',
      threadId,
      messages: monitor.withLiveContent(threadId, messages),
      hasMore,
    });
    for (const message of monitor.withLiveContent(threadId, arrivals)) {
      this.post({ type: 'message', threadId, message });
    }
    return [...messages, ...arrivals];
  }

  /** Whether the newest message of the thread is not shown yet. */
  async isBehind(threadId: string): Promise<boolean> {
    const { data } = await this.services.client.beta.threads.messages.list(threadId, { limit: 1 });
    return data[0]?.id !== this.newest;
  }

  /** Applies an event of a run's stream to the messages shown. */
  apply(event: AssistantStreamEvent): void {
    switch (event.event) {
      case 'thread.message.created':
      case 'thread.message.completed':
      case 'thread.message.incomplete':
        return this.add(event.data);
      case 'thread.message.delta':
        return this.append(event.data.id, event.data.delta.content ?? []);
    }
  }

  /** Adds or replaces a message. */
  add(message: Message): void {
    if (message.thread_id !== this.threadId) return;
    if (this.arrivals) {
      this.arrivals.set(message.id, message);
      return;
    }
    this.newest = message.id;
    this.deltas.flush();
    this.post({ type: 'message', threadId: message.thread_id, message });
  }

  dispose(): void {
    this.deltas.clear();
  }

  private append(
    messageId: string,
    parts: readonly { type: string; index: number; text?: { value?: string; annotations?: unknown[] } }[],
  ): void {
    const { threadId } = this;
    // The page being read will contain this text.
    if (this.arrivals || threadId === undefined) return;
    // Only text is sent as deltas; for other parts the whole message is sent.
    const live = parts.some(({ type }) => type !== 'text')
      ? this.services.monitor.liveMessage(threadId, messageId)
      : undefined;
    if (live) return this.add(live);
    for (const { type, index, text } of parts) {
      if (type !== 'text' || !text?.value) continue;
      this.deltas.add({ type: 'delta', threadId, messageId, contentIndex: index, text: text.value });
    }
  }
}

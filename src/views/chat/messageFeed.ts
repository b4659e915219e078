import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Services } from '../../client/services';
import type { HostMessage } from '../../protocol/chat';
import { DeltaBuffer } from './deltaBuffer';

/** Messages fetched at a time. */
const pageSize = 50;

/** Messages of a thread, oldest first. */
export interface MessagePage {
  messages: Message[];
  hasMore: boolean;
}

/** Sends a chat the messages of the thread it shows: page by page, and what is written meanwhile. */
export class MessageFeed {
  private readonly deltas = new DeltaBuffer((delta) => this.post(delta));
  private threadId: string | undefined;
  /** Messages that came while a page was being read; they go on top of it. */
  private arrivals: Map<string, Message> | undefined;
  private newest: string | undefined;

  constructor(
    private readonly services: Services,
    private readonly post: (message: HostMessage) => void,
  ) {}

  /** Turns to a thread; what arrives there is kept back until its newest page is shown. */
  begin(threadId: string): void {
    this.deltas.clear();
    this.threadId = threadId;
    this.arrivals = new Map();
  }

  /** Shows a thread without messages, or none. */
  clear(threadId?: string): void {
    this.deltas.clear();
    this.threadId = threadId;
    this.arrivals = undefined;
    this.post({ type: 'messages', threadId: threadId ?? null, messages: [], hasMore: false });
  }

  /** The page could not be read: what is shown stays. */
  cancel(): void {
    this.arrivals = undefined;
  }

  /** Reads the newest page of a thread, or the one before a message. */
  async read(threadId: string, before?: string): Promise<MessagePage> {
    const page = await this.services.client.beta.threads.messages.list(threadId, {
      limit: pageSize,
      order: 'desc',
      after: before,
    });
    return { messages: page.data.reverse(), hasMore: page.has_more };
  }

  /** Shows the newest page, with what came while it was read, and returns all of these messages. */
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

  /** Whether the newest message of the thread is another one than the newest that was shown. */
  async isBehind(threadId: string): Promise<boolean> {
    const { data } = await this.services.client.beta.threads.messages.list(threadId, { limit: 1 });
    return data[0]?.id !== this.newest;
  }

  /** Takes in what the stream of a run of this thread says about its messages. */
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

  /** Shows a message that is new, or replaced as a whole. */
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
    // The page about to be shown holds what came while it was read.
    if (this.arrivals || threadId === undefined) return;
    // Text comes in pieces; anything else is a part of its own, which the whole message shows.
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

import type { HostMessage } from '../../../protocol/chat';

type Delta = Extract<HostMessage, { type: 'delta' }>;

/** Milliseconds for which deltas are collected: one frame. */
const interval = 16;

/** Coalesces the deltas of a stream, so that the panel gets one message per frame instead of one per token. */
export class DeltaBuffer {
  private readonly waiting = new Map<string, Delta>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly post: (delta: Delta) => void) {}

  add(delta: Delta): void {
    const key = `${delta.messageId}/${delta.contentIndex}`;
    const before = this.waiting.get(key);
    this.waiting.set(key, before ? { ...before, text: before.text + delta.text } : delta);
    this.timer ??= setTimeout(() => this.flush(), interval);
  }

  /** Posts the collected deltas; call it before posting anything that must come after them. */
  flush(): void {
    const deltas = [...this.waiting.values()];
    this.clear();
    deltas.forEach(this.post);
  }

  /** Drops the collected deltas: the panel is about to get whole messages. */
  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting.clear();
  }
}

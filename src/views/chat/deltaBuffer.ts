import type { HostMessage } from '../../protocol/chat';

type Delta = Extract<HostMessage, { type: 'delta' }>;

/** Milliseconds deltas are gathered for before they are posted: a frame's worth. */
const interval = 16;

/** Gathers the small pieces of a stream, so that the panel gets a message a frame and not one a token. */
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

  /** Posts what is waiting; to be called before anything that must come after it. */
  flush(): void {
    const deltas = [...this.waiting.values()];
    this.clear();
    deltas.forEach(this.post);
  }

  /** Drops what is waiting: the panel is about to get the whole messages. */
  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting.clear();
  }
}

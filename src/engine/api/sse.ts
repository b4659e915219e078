import type { RunReader } from '../runs/events';

const encoder = new TextEncoder();

/** Bytes that may wait unread before the stream is closed with an error. The stream of a long answer is smaller. */
const maxUnreadBytes = 16 * 1024 * 1024;

/**
 * A response of server-sent events that ends with `done`. `read` subscribes the given reader and returns
 * a function that unsubscribes it, which is called when the client disconnects or leaves more than
 * `maxUnreadBytes` unread. The run itself continues.
 */
export function eventStream(read: (reader: RunReader) => () => void): Response {
  return frameStream((writer) => read({ event: (event) => writer.event(event), end: () => writer.end() }));
}

/** The same for events of any kind. */
export function frameStream(read: (writer: FrameWriter) => () => void): Response {
  let stop: () => void = () => undefined;
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const writer = new FrameWriter(controller, () => stop());
        stop = read(writer);
      },
      cancel() {
        stop();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: maxUnreadBytes }),
  );
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
  });
}

/** Writes events as SSE frames. Those of one tick of the event loop are sent as one chunk. */
export class FrameWriter {
  #pending = '';
  #scheduled = false;
  #ended = false;

  constructor(
    private readonly controller: ReadableStreamDefaultController<Uint8Array>,
    private readonly stop: () => void,
  ) {}

  event({ event, data }: { event: string; data: unknown }): void {
    this.#write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  end(): void {
    this.#write('event: done\ndata: [DONE]\n\n');
    this.#ended = true;
  }

  #cancel(): void {
    this.controller.error(new Error('The client stopped reading the stream.'));
    this.stop();
  }

  #write(frame: string): void {
    this.#pending += frame;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    try {
      this.controller.enqueue(encoder.encode(this.#pending));
      this.#pending = '';
      if (this.#ended) this.controller.close();
      else if ((this.controller.desiredSize ?? 0) <= 0) this.#cancel();
    } catch {
      // The client disconnected after the event was queued.
    }
  }
}

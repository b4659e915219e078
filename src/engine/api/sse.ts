import type { RunReader } from '../runs/events';

const encoder = new TextEncoder();

/** Bytes that a reader may leave lying before it is given up: the stream of a long answer is smaller. */
const maxUnreadBytes = 16 * 1024 * 1024;

/**
 * A stream of server-sent events that ends with `done`. `read` is given the reader to feed and
 * returns the way to stop reading. A client that goes away stops its reading, nothing else; one that
 * stays and does not read is given up in the end.
 */
export function eventStream(read: (reader: RunReader) => () => void): Response {
  return frameStream((writer) => read({ event: (event) => writer.event(event), end: () => writer.end() }));
}

/** The same for any frames. */
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

/** Writes events as frames. Those of one turn of the event loop go out together. */
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
    this.controller.error(new Error('The stream was not read for too long.'));
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
      // The reader went away between the event and now.
    }
  }
}

import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import type { RunReader } from '../runs/events';

const encoder = new TextEncoder();

/**
 * A stream of server-sent events that ends with `done`. `read` is given the reader to feed and
 * returns the way to stop reading. A client that goes away stops its reading, nothing else.
 */
export function eventStream(read: (reader: RunReader) => () => void): Response {
  let stop: () => void = () => undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const writer = new FrameWriter(controller);
      stop = read({ event: (event) => writer.event(event), end: () => writer.end() });
    },
    cancel() {
      stop();
    },
  });
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
  });
}

/** Writes events as frames. Those of one turn of the event loop go out together. */
class FrameWriter {
  #pending = '';
  #scheduled = false;
  #ended = false;

  constructor(private readonly controller: ReadableStreamDefaultController<Uint8Array>) {}

  event({ event, data }: AssistantStreamEvent): void {
    this.#write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  end(): void {
    this.#write('event: done\ndata: [DONE]\n\n');
    this.#ended = true;
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
    } catch {
      // The reader went away between the event and now.
    }
  }
}

import type { Hono } from 'hono';
import type { ApiContext } from './context';
import { frameStream } from './sse';

/**
 * An extension: a stream of the writes that other engines make to the same data from now on, each an event
 * `write` with `{"path": "/v1/…"}`. It ends when this engine is closed.
 */
export function changeRoutes(app: Hono, { changeLog }: ApiContext): void {
  app.get('/writes', () =>
    frameStream((writer) =>
      changeLog.read(
        (path) => writer.event({ event: 'write', data: { path } }),
        () => writer.end(),
      ),
    ),
  );
}

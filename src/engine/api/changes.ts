import type { Hono } from 'hono';
import type { ApiContext } from './context';
import { frameStream } from './sse';

/**
 * An extension: what other engines on the same data write from now on, each as an event
 * `write` with `{"path": "/v1/…"}`. It
 * ends when this engine is closed.
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

import type { MessagePort } from 'node:worker_threads';
import { fieldsOf, type FromWorker, type ToWorker } from './workerMessages';

/** Answers a kind of request; `signal` aborts when the host no longer wants the answer. */
export type RequestHandler = (payload: never, signal: AbortSignal) => unknown;

/** Answers the host's requests in a worker thread, until the host closes it; `close` is called then. */
export function serveRequests(
  port: MessagePort,
  handlers: Readonly<Record<string, RequestHandler>>,
  close: () => Promise<void>,
): void {
  const underWay = new Map<number, AbortController>();
  const answer = async ({ id, name, payload }: ToWorker & { type: 'request' }): Promise<FromWorker> => {
    const controller = new AbortController();
    underWay.set(id, controller);
    try {
      const result: unknown = await handlers[name]!(payload as never, controller.signal);
      return { id, result };
    } catch (error) {
      return { id, error: fieldsOf(error) };
    } finally {
      underWay.delete(id);
    }
  };
  port.on('message', (message: ToWorker) => {
    if (message.type === 'request') void answer(message).then((one) => port.postMessage(one));
    else if (message.type === 'abort') underWay.get(message.id)?.abort();
    else {
      for (const controller of underWay.values()) controller.abort();
      void close().finally(() => port.close());
    }
  });
}

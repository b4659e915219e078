import type { MessagePort } from 'node:worker_threads';
import { type Answer, fieldsOf, type FromWorker, type ToWorker } from './workerMessages';

/** Answers a kind of request; `signal` aborts when the host no longer wants the answer. */
export type RequestHandler = (payload: never, signal: AbortSignal) => unknown;

export interface Served {
  handlers: Readonly<Record<string, RequestHandler>>;
  /** Stops what no request waits for. */
  stop: () => Promise<void>;
  /** Called last, when nothing is under way any more. */
  close: () => void;
}

/** Answers the host's requests in a worker thread, until the host closes it. Requests under way are aborted then. */
export function serveRequests(port: MessagePort, { handlers, stop, close }: Served): void {
  const controllers = new Map<number, AbortController>();
  const answers = new Set<Promise<void>>();
  const send = (message: FromWorker): void => port.postMessage(message);
  const answer = async ({ id, name, payload }: ToWorker & { type: 'request' }): Promise<void> => {
    const controller = new AbortController();
    controllers.set(id, controller);
    const answered: Answer = await Promise.resolve()
      .then((): unknown => handlers[name]!(payload as never, controller.signal))
      .then(
        (result) => ({ type: 'answer', id, result }),
        (error: unknown) => ({ type: 'answer', id, error: fieldsOf(error) }),
      );
    controllers.delete(id);
    send(answered);
  };
  const end = async (): Promise<void> => {
    for (const controller of controllers.values()) controller.abort();
    await Promise.allSettled([stop(), ...answers]);
    try {
      close();
    } finally {
      port.close();
    }
  };
  port.on('message', (message: ToWorker) => {
    if (message.type === 'abort') controllers.get(message.id)?.abort();
    else if (message.type === 'close') void end();
    else {
      const answering = answer(message).finally(() => answers.delete(answering));
      answers.add(answering);
    }
  });
  send({ type: 'ready' });
}

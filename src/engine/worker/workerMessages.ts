/** A request of the host to a worker thread. */
export type ToWorker =
  | { type: 'request'; id: number; name: string; payload: unknown }
  | { type: 'abort'; id: number }
  | { type: 'close' };

/** The answer to a request, a line for the host's log, other news, or the worker's first message: it has started. */
export type FromWorker =
  Answer | { type: 'log'; message: string } | { type: 'news'; news: unknown } | { type: 'ready' };

export type Answer = { type: 'answer'; id: number } & ({ result: unknown } | { error: ErrorFields });

/** An error without its class, which does not survive the way between threads. */
export interface ErrorFields {
  name: string;
  message: string;
  stack?: string;
  /** Those of an error of SQLite or the file system. */
  code?: string;
  errcode?: number;
}

export function fieldsOf(error: unknown): ErrorFields {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const { code, errcode } = error as { code?: string; errcode?: number };
  return {
    name,
    message,
    stack,
    ...(typeof code === 'string' && { code }),
    ...(typeof errcode === 'number' && { errcode }),
  };
}

export function errorOf({ message, ...fields }: ErrorFields): Error {
  return Object.assign(new Error(message), fields);
}

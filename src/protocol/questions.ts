/** Questions between the chat panel and its host: one side asks, the other answers each of them once. */
import { isAnything, isOptional, isString, type Guard, type Guarded, type Shaped } from './guards';

export interface Question<P = unknown, R = unknown> {
  /** Checked by the side that answers. */
  params: Guard<P>;
  /** Checked by the side that asked. */
  result: Guard<R>;
}

/** The questions that one side answers, by name. */
export type Questions = Readonly<Record<string, Question>>;
export type ParamsOf<Q extends Question> = Guarded<Q['params']>;
export type ResultOf<Q extends Question> = Guarded<Q['result']>;

/** A handler for each question. An error that it throws rejects the promise of the side that asked. */
export type QuestionHandlers<Qs extends Questions> = {
  readonly [N in keyof Qs]: (params: ParamsOf<Qs[N]>) => Promise<ResultOf<Qs[N]>>;
};

/** Fields of the messages that carry questions and answers; `error` is the reason why there is no result. */
export const askShape = { id: isString, name: isString, params: isAnything };
export const answerShape = { id: isString, result: isAnything, error: isOptional(isString) };

export type Ask = { type: 'ask' } & Shaped<typeof askShape>;
export type Answer = { type: 'answer' } & Shaped<typeof answerShape>;

/** Answers a question. Never rejects: errors, and questions that are unknown or malformed, go into the answer. */
export async function answerQuestion<Qs extends Questions>(
  questions: Qs,
  handlers: QuestionHandlers<Qs>,
  { id, name, params }: Ask,
  describe: (error: unknown) => string = String,
): Promise<Answer> {
  if (!Object.hasOwn(questions, name)) return { type: 'answer', id, error: `Unknown question: ${name}` };
  try {
    if (!questions[name]?.params(params)) return { type: 'answer', id, error: `Malformed question: ${name}` };
    const handler = handlers[name] as (params: unknown) => Promise<unknown>;
    return { type: 'answer', id, result: await handler(params) };
  } catch (error) {
    return { type: 'answer', id, error: described(error, describe) };
  }
}

function described(error: unknown, describe: (error: unknown) => string): string {
  try {
    return describe(error);
  } catch {
    return 'Unknown error';
  }
}

interface PendingQuestion {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

/** Asks the other side questions, and holds them until they are answered or canceled. */
export class Asker<Qs extends Questions> {
  private readonly pending = new Map<string, PendingQuestion>();

  constructor(
    private readonly questions: Qs,
    /** May return a promise of whether the message was delivered. */
    private readonly post: (message: Ask) => PromiseLike<boolean> | undefined,
  ) {}

  /** Rejects with the reason that the other side gives, if its result is malformed, or if `signal` aborts. */
  async ask<N extends keyof Qs & string>(
    name: N,
    params: ParamsOf<Qs[N]>,
    signal?: AbortSignal,
  ): Promise<ResultOf<Qs[N]>> {
    signal?.throwIfAborted();
    // Unique across reloads of the panel: a late answer must not settle a question of the next page.
    const id = crypto.randomUUID();
    const abort = (): void => this.pending.get(id)?.reject(signal?.reason as Error);
    signal?.addEventListener('abort', abort);
    try {
      const result = await new Promise<unknown>((resolve, reject) => {
        this.pending.set(id, { resolve, reject });
        const notDelivered = (): void => reject(new Error('The question was not delivered.'));
        this.post({ type: 'ask', id, name, params })?.then(
          (isDelivered) => isDelivered || notDelivered(),
          notDelivered,
        );
      });
      if (!this.questions[name]?.result(result)) throw new Error(`Malformed answer: ${name}`);
      return result as ResultOf<Qs[N]>;
    } finally {
      this.pending.delete(id);
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Settles the question that an answer belongs to, if it is still open. */
  receive({ id, result, error }: Answer): void {
    if (error === undefined) this.pending.get(id)?.resolve(result);
    else this.pending.get(id)?.reject(new Error(error));
  }

  /** Rejects all open questions: the other side is gone. */
  cancel(): void {
    for (const { reject } of this.pending.values()) reject(new Error('The question was canceled.'));
  }
}

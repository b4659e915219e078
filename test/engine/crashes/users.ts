import { setTimeout as sleep } from 'node:timers/promises';
import { type OpenAI, APIConnectionError, APIError, toFile } from 'openai';
import { asks } from './asks';
import { hasEnded, type Ledger } from './ledger';
import type { Random } from './random';

/**
 * A simulated user of one engine, in a thread of their own and in shared threads, where they also answer and
 * cancel the runs of others, until stopped.
 */
export class User {
  #threadId: string | undefined;
  #count = 0;

  constructor(
    private readonly client: () => OpenAI,
    private readonly assistantId: string,
    /** The ids of the shared threads. */
    private readonly shared: string[],
    private readonly ledger: Ledger,
    private readonly random: Random,
    private readonly name: string,
  ) {}

  async work(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      try {
        await this.#doSomething();
      } catch (error) {
        if (!isExpected(error)) throw error;
      }
      await sleep(this.random.below(20));
    }
  }

  async #doSomething(): Promise<void> {
    const own = (this.#threadId ??= await this.#newThread());
    const threadId = (this.random.below(2) === 0 && this.random.pick(this.shared)) || own;
    const [active] = (await this.client().beta.threads.runs.list(threadId, { limit: 1 })).data;
    if (active && this.ledger.runs.has(active.id) && !hasEnded(active)) {
      const waits = active.status === 'requires_action';
      if (waits && this.random.below(3) > 0) return this.#answer(threadId, active.id);
      if (waits || this.random.below(6) === 0) return this.#cancel(threadId, active.id);
      return;
    }
    const what = this.random.below(8);
    if (what === 0) await this.#upload();
    else if (what === 1) await this.#turnToANewThread();
    else await this.#ask(threadId);
  }

  async #newThread(): Promise<string> {
    const thread = await this.client().beta.threads.create({ metadata: { of: this.#mark() } });
    this.ledger.thread(this.client, thread);
    return thread.id;
  }

  async #turnToANewThread(): Promise<void> {
    const id = await this.#newThread();
    if (this.random.below(2) === 0) this.#threadId = id;
    else this.shared[this.random.below(this.shared.length)] = id;
  }

  async #ask(threadId: string): Promise<void> {
    const wish = this.random.pick(Object.values(asks)) ?? asks.words;
    const { threads } = this.client().beta;
    const message = await threads.messages.create(threadId, {
      role: 'user',
      content: `${wish} (${this.#mark()})`,
    });
    this.ledger.message(this.client, message);
    const run = await threads.runs.create(threadId, { assistant_id: this.assistantId });
    this.ledger.run(this.client, run);
  }

  async #answer(threadId: string, runId: string): Promise<void> {
    const output = `output ${this.#mark()}`;
    const run = await this.client().beta.threads.runs.submitToolOutputs(runId, {
      thread_id: threadId,
      tool_outputs: [{ tool_call_id: 'call_1', output }],
    });
    this.ledger.output(this.client, run, output);
  }

  async #cancel(threadId: string, runId: string): Promise<void> {
    const run = await this.client().beta.threads.runs.cancel(runId, { thread_id: threadId });
    this.ledger.cancel(this.client, run);
  }

  async #upload(): Promise<void> {
    const content = `${this.#mark()} `.repeat(1 + this.random.below(20_000));
    const file = await toFile(Buffer.from(content), `${this.#mark()}.txt`);
    this.ledger.file(this.client, await this.client().files.create({ purpose: 'assistants', file }), content);
  }

  #mark(): string {
    return `${this.name}-${this.#count++}`;
  }
}

/**
 * Whether an error is expected: the process died during the request; or the request is rejected because an
 * earlier one succeeded without being acknowledged, or because the run has moved on.
 */
function isExpected(error: unknown): boolean {
  if (error instanceof APIConnectionError) return true;
  // The connection broke in the middle of an answer.
  if (error instanceof TypeError || (error instanceof Error && error.name === 'SyntaxError')) return true;
  // 503: the other engine had the database locked for too long, and nothing was acknowledged.
  return error instanceof APIError && [400, 503].includes(error.status as number);
}

import type OpenAI from 'openai';
import type * as vscode from 'vscode';
import { isNotFound } from '../../client/errors/errors';
import { storedTitle } from '../../client/objects/titles';

const key = 'threads.empty';
const maxThreads = 50;

/** The threads that the user has started and not used yet, stored in the workspace state. */
export class EmptyThreads {
  constructor(
    private readonly client: OpenAI,
    private readonly state: vscode.Memento,
    /** Whether something is written or attached for the first message of a thread. */
    private readonly hasDraft: (threadId: string) => boolean,
  ) {}

  /** Notes that a thread was started without a title or a message. */
  async add(threadId: string): Promise<void> {
    await this.save([...this.all().filter((id) => id !== threadId), threadId].slice(-maxThreads));
  }

  /** Notes that a message is being sent to a thread. */
  async use(threadId: string): Promise<void> {
    if (this.all().includes(threadId)) await this.save(this.all().filter((id) => id !== threadId));
  }

  /** Deletes a thread that the user leaves, if it is one of these and still empty. */
  async leave(threadId: string): Promise<void> {
    if (!this.all().includes(threadId) || this.hasDraft(threadId)) return;
    await this.use(threadId);
    const { threads } = this.client.beta;
    try {
      const [thread, messages, runs] = await Promise.all([
        threads.retrieve(threadId),
        threads.messages.list(threadId, { limit: 1 }),
        threads.runs.list(threadId, { limit: 1 }),
      ]);
      const isEmpty = messages.data.length === 0 && runs.data.length === 0;
      if (isEmpty && storedTitle(thread) === undefined) await threads.delete(threadId);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  private all(): readonly string[] {
    return this.state.get<string[]>(key, []);
  }

  private async save(all: readonly string[]): Promise<void> {
    await this.state.update(key, all.length > 0 ? all : undefined);
  }
}

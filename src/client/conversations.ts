import type OpenAI from 'openai';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { Thread } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';
import type { RunMonitor } from './runMonitor';
import { storedTitle, titleFrom } from './titles';

/** What sending a message needs. */
export interface Outgoing {
  text: string;
  assistantId: string;
  /** None: a new thread is made for it. */
  threadId?: string;
}

/** Sends messages and starts the runs that answer them, the same way for the chat and the commands. */
export class Conversations implements vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<Message>();

  /** Fires when a message of the user was stored. */
  readonly onDidAddMessage = this.emitter.event;

  constructor(
    private readonly client: OpenAI,
    private readonly monitor: RunMonitor,
    private readonly report: (error: unknown) => void,
  ) {}

  /**
   * Stores a message and starts the run that answers it. `onStored` is called in between: from then
   * on the message is safe, whatever becomes of the run.
   */
  async send(
    { text, assistantId, threadId }: Outgoing,
    onStored?: (message: Message) => void,
  ): Promise<{ message: Message; run: Run }> {
    const thread = threadId ?? (await this.client.beta.threads.create()).id;
    const message = await this.store(thread, text, threadId === undefined);
    onStored?.(message);
    this.emitter.fire(message);
    this.giveTitle(message.thread_id, text).catch(this.report);
    const run = await this.monitor.start(thread, { assistant_id: assistantId });
    return { message, run };
  }

  /** Answers the newest message of a thread again, with the given assistant. */
  async retry(threadId: string, assistantId: string): Promise<Run> {
    return this.monitor.start(threadId, { assistant_id: assistantId });
  }

  dispose(): void {
    this.emitter.dispose();
  }

  private async store(threadId: string, text: string, isNewThread: boolean): Promise<Message> {
    try {
      return await this.client.beta.threads.messages.create(threadId, { role: 'user', content: text });
    } catch (error) {
      // A thread that was made for a message the API refused would stay behind empty.
      if (isNewThread) await this.client.beta.threads.delete(threadId);
      throw error;
    }
  }

  /** Names a thread after its first message, where it has no name yet. */
  private async giveTitle(threadId: string, text: string): Promise<void> {
    const thread: Thread = await this.client.beta.threads.retrieve(threadId);
    const title = titleFrom(text);
    if (storedTitle(thread) || !title) return;
    await this.client.beta.threads.update(threadId, {
      metadata: { ...thread.metadata, title },
    });
  }
}

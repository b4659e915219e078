import type OpenAI from 'openai';
import type { Message, MessageCreateParams } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { Thread } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';
import { copiedParts } from './forks';
import type { RunMonitor } from './runMonitor';
import { storedTitle, titleFrom } from '../objects/titles';

/** A message to send. */
export interface Outgoing {
  text: string;
  assistantId: string;
  /** The model of this run alone, in place of the assistant's. */
  model?: string;
  /** Undefined: a new thread is created. */
  threadId?: string;
  /** Files for the assistant's tools. */
  attachments?: MessageCreateParams.Attachment[];
  /** Ids of image files that the model sees. */
  images?: string[];
}

/** A message of the user to send again. */
interface Resent {
  message: Message;
  text: string;
  threadId: string;
  assistantId: string;
  /** The model of this run alone, in place of the assistant's. */
  model?: string;
}

/** Sends messages and starts the runs that answer them, for the chat and the commands. */
export class Conversations implements vscode.Disposable {
  protected readonly emitter = new vscode.EventEmitter<Message>();

  /** The last message of each thread that is being sent. */
  private readonly sends = new Map<string, Promise<unknown>>();

  /** Fires when a user message was stored. */
  readonly onDidAddMessage = this.emitter.event;

  constructor(
    protected readonly client: OpenAI,
    protected readonly monitor: RunMonitor,
    private readonly report: (error: unknown) => void,
  ) {}

  /**
   * Stores a message and starts the run that answers it. `onStored` is called in between: the message
   * is stored then, even if starting the run fails. Messages of one thread are sent one after another: a run answers
   * the newest, which must be its own.
   */
  async send(
    outgoing: Outgoing,
    onStored?: (message: Message) => void,
  ): Promise<{ message: Message; run: Run }> {
    const { threadId } = outgoing;
    if (threadId === undefined) return this.storeAndRun(outgoing, onStored);
    const sendNow = (): Promise<{ message: Message; run: Run }> => this.storeAndRun(outgoing, onStored);
    const before = this.sends.get(threadId);
    const sent = before ? before.then(sendNow, sendNow) : sendNow();
    this.sends.set(threadId, sent);
    try {
      return await sent;
    } finally {
      if (this.sends.get(threadId) === sent) this.sends.delete(threadId);
    }
  }

  private async storeAndRun(
    outgoing: Outgoing,
    onStored?: (message: Message) => void,
  ): Promise<{ message: Message; run: Run }> {
    const { text, assistantId, model, threadId } = outgoing;
    const thread = threadId ?? (await this.client.beta.threads.create()).id;
    const message = await this.store(thread, outgoing);
    onStored?.(message);
    this.emitter.fire(message);
    this.giveTitle(message.thread_id, text).catch(this.report);
    const run = await this.monitor.start(thread, { assistant_id: assistantId, model });
    return { message, run };
  }

  /** Answers the newest message of a thread again, with the given assistant, and with another model than its own. */
  async retry(threadId: string, assistantId: string, model?: string): Promise<Run> {
    return this.monitor.start(threadId, { assistant_id: assistantId, model });
  }

  /** Sends a message of the user again with another text, to another thread; its pictures and files go along. */
  async resend(
    { message, text, threadId, assistantId, model }: Resent,
    onStored: (message: Message) => void,
  ): Promise<void> {
    const pictures = copiedParts(message.content).filter(({ type }) => type !== 'text');
    const stored = await this.client.beta.threads.messages.create(threadId, {
      role: 'user',
      content: text.trim() === '' ? pictures : [{ type: 'text', text }, ...pictures],
      metadata: message.metadata,
      ...(message.attachments?.length && { attachments: message.attachments }),
    });
    onStored(stored);
    this.emitter.fire(stored);
    this.giveTitle(threadId, text).catch(this.report);
    await this.monitor.start(threadId, { assistant_id: assistantId, model });
  }

  dispose(): void {
    this.emitter.dispose();
  }

  protected async store(threadId: string, outgoing: Outgoing): Promise<Message> {
    const { attachments } = outgoing;
    try {
      return await this.client.beta.threads.messages.create(threadId, {
        role: 'user',
        content: contentOf(outgoing),
        ...(attachments && attachments.length > 0 && { attachments }),
      });
    } catch (error) {
      // Deletes the new thread, which would otherwise stay behind empty.
      if (outgoing.threadId === undefined) await this.client.beta.threads.delete(threadId);
      throw error;
    }
  }

  /** Sets a thread's title from its first message, if it has none yet. */
  private async giveTitle(threadId: string, text: string): Promise<void> {
    const thread: Thread = await this.client.beta.threads.retrieve(threadId);
    const title = titleFrom(text);
    if (storedTitle(thread) || !title) return;
    await this.client.beta.threads.update(threadId, {
      metadata: { ...thread.metadata, title },
    });
  }
}

/** The text, then the images; images may be sent without text. */
function contentOf({ text, images = [] }: Outgoing): MessageCreateParams['content'] {
  if (images.length === 0) return text;
  const pictures = images.map((file_id) => ({ type: 'image_file' as const, image_file: { file_id } }));
  return text.trim() === '' ? pictures : [{ type: 'text', text }, ...pictures];
}

import { randomUUID } from 'node:crypto';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { DisposableStore } from '../../client/disposableStore';
import { displayError } from '../../client/translatedError';
import { isActive } from '../../client/runs/runStatus';
import type { Services } from '../../client/services';
import type { Attachment } from '../../protocol/attachments';
import type { QueuedView, QueueView } from '../../protocol/chat';
import { withContext } from '../../protocol/context';
import type { Source } from './context/contextSources';
import { shownItem, type CapturedItem } from './context/messageContext';
import { sendMessage } from './messageSender';

const key = 'chat.queues';

/** Maximum number of threads; the least recently changed ones are dropped. */
const maxThreads = 100;

/** A message that waits for the end of its thread's run. */
interface QueuedMessage {
  id: string;
  /** The user's words; all of the message in those that earlier versions have stored. */
  text: string;
  /** What is sent below them, as it was when the message was written. */
  context?: readonly CapturedItem[];
  /** The assistant that was selected when it was written. */
  assistantId: string;
  /** The model that was chosen for this message alone. */
  model?: string;
  attachments: Attachment[];
}

/**
 * The messages that were written while a run was under way, by thread, stored in the workspace state. The first one
 * is sent when the run ends; after a run that failed or was stopped they wait for the user.
 */
export class MessageQueues implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly emitter = this.disposables.add(new vscode.EventEmitter<string>());
  /** Threads whose first message is being sent. */
  private readonly sending = new Set<string>();
  /** The threads that are held, by who holds them, and those of which a run has ended meanwhile. */
  private readonly held = new Map<object, string>();
  private readonly missed = new Set<string>();
  /** Why the first message of a thread was not sent. */
  private readonly errors = new Map<string, string>();

  /** Fires with the id of a thread whose queue has changed. */
  readonly onDidChange = this.emitter.event;

  constructor(
    private readonly services: Services,
    private readonly state: vscode.Memento,
  ) {
    this.disposables.add(services.monitor.onDidChangeRun((run) => this.runChanged(run)));
  }

  /** The queue of a thread as the panel shows it; undefined if it is empty. */
  view(threadId: string): QueueView | undefined {
    const messages = this.of(threadId);
    if (messages.length === 0) return undefined;
    return { messages: messages.map(shownMessage), ...this.waiting(threadId) };
  }

  async add(threadId: string, message: Omit<QueuedMessage, 'id'>): Promise<void> {
    await this.set(threadId, [...this.of(threadId), { ...message, id: randomUUID() }]);
    // The run may have ended meanwhile.
    const run = this.services.monitor.newestRun(threadId);
    if (run) this.runChanged(run);
  }

  /** Changes a message's words, and removes items of its context and files, which are deleted. */
  async edit(threadId: string, id: string, text: string, removed: readonly string[]): Promise<void> {
    const before = this.of(threadId).find((message) => message.id === id);
    if (!before) return;
    const stays = (part: { id: string }) => !removed.includes(part.id);
    const context = before.context?.filter(stays);
    const edited = { ...before, text, context, attachments: before.attachments.filter(stays) };
    await this.set(
      threadId,
      this.of(threadId).map((message) => (message.id === id ? edited : message)),
    );
    await this.deleteFiles(before.attachments.filter((attachment) => !stays(attachment)));
  }

  /** Where an item of the context of a message comes from. */
  sourceOf(threadId: string, itemId: string): Source | undefined {
    const items = this.of(threadId).flatMap(({ context = [] }) => context);
    return items.find(({ id }) => id === itemId)?.source;
  }

  /** Removes a message, and deletes its files. */
  async remove(threadId: string, id: string): Promise<void> {
    const removed = this.of(threadId).find((message) => message.id === id);
    await this.take(threadId, id);
    await this.deleteFiles(removed?.attachments ?? []);
  }

  /** Moves the messages of a thread to another one, before those that it has. */
  async move(from: string, to: string): Promise<void> {
    const moved = this.of(from).filter(({ id }) => !this.sending.has(from) || id !== this.of(from)[0]?.id);
    if (moved.length === 0) return;
    await this.set(to, [...moved, ...this.of(to)]);
    await this.set(
      from,
      this.of(from).filter((message) => !moved.includes(message)),
    );
  }

  /** Has no message of a thread sent by itself while one of them is edited; `undefined` ends that. */
  hold(holder: object, threadId: string | undefined): void {
    const before = this.held.get(holder);
    if (before === threadId) return;
    if (threadId === undefined) this.held.delete(holder);
    else this.held.set(holder, threadId);
    if (before === undefined || this.isHeld(before) || !this.missed.delete(before)) return;
    const run = this.services.monitor.newestRun(before);
    if (run) this.runChanged(run);
  }

  private isHeld(threadId: string): boolean {
    return [...this.held.values()].includes(threadId);
  }

  /** Sends the first message of a thread now. */
  async sendNext(threadId: string): Promise<void> {
    const [first] = this.of(threadId);
    if (!first || this.sending.has(threadId)) return;
    this.sending.add(threadId);
    this.errors.delete(threadId);
    this.emitter.fire(threadId);
    let taken: Promise<void> | undefined;
    try {
      await sendMessage(this.services, { ...first, text: textOf(first), threadId }, () => {
        taken = this.take(threadId, first.id);
      });
    } catch (error) {
      // If its run alone could not be started, the message is sent.
      if (taken) this.services.reporter.notify(error);
      else this.errors.set(threadId, displayError(error));
    } finally {
      await taken;
      this.sending.delete(threadId);
      this.emitter.fire(threadId);
    }
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private async deleteFiles(attachments: readonly Attachment[]): Promise<void> {
    for (const { fileId } of attachments)
      if (fileId !== undefined) await this.services.client.files.delete(fileId);
  }

  private runChanged(run: Run): void {
    const { thread_id: threadId, status } = run;
    if (isActive(run) || this.of(threadId).length === 0) return;
    if (this.isHeld(threadId)) {
      this.missed.add(threadId);
      this.emitter.fire(threadId);
    } else if (status === 'completed' || status === 'incomplete')
      this.sendNext(threadId).catch(this.services.reporter.notify);
    else this.emitter.fire(threadId);
  }

  /** Why the messages wait for the user, if they do. */
  private waiting(threadId: string): Pick<QueueView, 'waits'> {
    const run = this.services.monitor.newestRun(threadId);
    if (isActive(run) || this.sending.has(threadId)) return {};
    const error = this.errors.get(threadId);
    if (error !== undefined) return { waits: vscode.l10n.t('Not sent: {0}', error) };
    if (this.isHeld(threadId)) return { waits: vscode.l10n.t('Queued messages wait while one is edited.') };
    switch (run?.status) {
      case 'failed':
        return { waits: vscode.l10n.t('Queued messages wait because the answer failed.') };
      case 'cancelled':
        return { waits: vscode.l10n.t('Queued messages wait because the answer was stopped.') };
      case 'expired':
        return { waits: vscode.l10n.t('Queued messages wait because the run expired.') };
      default:
        return { waits: vscode.l10n.t('Queued messages wait to be sent.') };
    }
  }

  private async take(threadId: string, id: string): Promise<void> {
    await this.set(
      threadId,
      this.of(threadId).filter((message) => message.id !== id),
    );
  }

  private of(threadId: string): readonly QueuedMessage[] {
    return this.all()[threadId] ?? [];
  }

  private async set(threadId: string, messages: readonly QueuedMessage[]): Promise<void> {
    const others = Object.entries(this.all()).filter(([id]) => id !== threadId);
    const entries = others.slice(1 - maxThreads);
    if (messages.length > 0) entries.push([threadId, messages]);
    if (messages.length === 0) this.errors.delete(threadId);
    await this.state.update(key, Object.fromEntries(entries));
    this.emitter.fire(threadId);
  }

  private all(): Record<string, readonly QueuedMessage[]> {
    return this.state.get<Record<string, readonly QueuedMessage[]>>(key, {});
  }
}

/** The text of a message as it is sent. */
function textOf({ text, context = [] }: QueuedMessage): string {
  return withContext(
    text,
    context.map(({ block }) => block),
  );
}

function shownMessage({ id, text, context = [], attachments }: QueuedMessage): QueuedView {
  return { id, text, context: context.map(shownItem), attachments };
}

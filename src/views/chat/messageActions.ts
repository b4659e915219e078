import * as vscode from 'vscode';
import { UserError } from '../../client/errors/errors';
import { showInformation } from '../../client/errors/notices';
import { forkThread, listBranches, type ForkedThread, type ForkPoint } from '../../client/runs/forks';
import { isActive } from '../../client/runs/runStatus';
import type { Services } from '../../client/services';
import type { HostMessage } from '../../protocol/chat';
import type { ChatSelection } from './chatState';

/** The chat whose messages are acted on. */
export interface ActingChat {
  readonly selection: ChatSelection;
  /** The thread shown. */
  readonly thread: ForkedThread | undefined;
  post(message: HostMessage): void;
  /** Shows another branch of the conversation, with the draft of this one. */
  switchBranch(threadId: string): Promise<void>;
  /** Shows another thread. */
  show(threadId: string): Promise<void>;
  focus(): void;
  /** Called when a run is started; `nextModel`: the one that was chosen for this run alone. */
  started(nextModel: string | undefined): void;
  /** Called when the run of a thread could not be started. */
  startFailed(threadId: string, error: unknown): void;
  /** Moves the messages that wait for the end of a run to another thread. */
  moveQueue(from: string, to: string): Promise<void>;
}

/** Which assistant and which model answer again; left out: those of the answer that is replaced. */
export interface Regeneration {
  assistantId?: string;
  model?: string;
}

/**
 * Edits, regenerates and cuts off messages of a chat. Each makes another branch of the conversation: what is replaced
 * stays where it was.
 */
export class MessageActions {
  constructor(
    private readonly services: Services,
    private readonly chat: ActingChat,
  ) {}

  /** Sends a text in place of a message of the user. Resolves once it is stored. */
  async resend(messageId: string, text: string): Promise<void> {
    const { client, conversations } = this.services;
    const { threadId, assistantId } = this.required();
    const { nextModel: model } = this.chat.selection;
    const message = await client.beta.threads.messages.retrieve(messageId, { thread_id: threadId });
    await this.stopRun(threadId);
    const thread = await this.fork({ threadId, before: messageId, branch: true });
    let shown: Promise<void> | undefined;
    const sending = conversations.resend({ message, text, assistantId, model, threadId: thread.id }, () => {
      this.chat.started(model);
      shown = this.replace(threadId, thread.id).catch(this.services.reporter.notify);
    });
    await sending.catch(async (error: unknown) => {
      if (!shown) {
        await client.beta.threads.delete(thread.id);
        throw error;
      }
      // The box in which the message was edited is gone.
      await shown;
      this.chat.startFailed(thread.id, error);
    });
  }

  /** Answers again what an answer has answered. */
  async regenerate(messageId: string, { assistantId, model }: Regeneration = {}): Promise<void> {
    const { assistants, client, conversations } = this.services;
    const { threadId, assistantId: selected } = this.required();
    const { messages } = client.beta.threads;
    const message = await messages.retrieve(messageId, { thread_id: threadId });
    const all = await assistants.all();
    const own = all.find(({ id }) => id === message.assistant_id)?.id;
    const { run_id: runId } = message;
    const [first] =
      runId === null
        ? [message]
        : (await messages.list(threadId, { run_id: runId, order: 'asc', limit: 1 })).data;
    await this.stopRun(threadId);
    const thread = await this.fork({ threadId, before: first?.id ?? messageId, branch: true });
    const shown = this.replace(threadId, thread.id);
    const started = conversations.retry(thread.id, assistantId ?? own ?? selected, model);
    await started.catch(async (error: unknown) => {
      await shown;
      this.chat.startFailed(thread.id, error);
    });
    await shown;
  }

  /** Shows the conversation as it was before a message; the rest stays in the branch that was shown. */
  async deleteFrom(messageId: string): Promise<void> {
    const { threadId } = this.required();
    await this.stopRun(threadId);
    const thread = await this.fork({ threadId, before: messageId, branch: true });
    await this.replace(threadId, thread.id);
    this.offerUndo(threadId, thread).catch(this.services.reporter.notify);
  }

  /** Copies the thread up to a message into a conversation of its own. */
  async branch(messageId: string): Promise<ForkedThread> {
    const { threadId } = this.required();
    const thread = await this.fork({ threadId, upTo: messageId, branch: false });
    await this.chat.show(thread.id);
    this.chat.focus();
    return thread;
  }

  /** Sends the panel the places at which the thread shown differs from other branches. */
  async postBranches(): Promise<void> {
    const { thread } = this.chat;
    if (!thread) return;
    const { points } = await listBranches(this.services.client, thread);
    this.chat.post({ type: 'branches', threadId: thread.id, points });
  }

  /** Shows a branch in place of another one, whose run was stopped. */
  private async replace(before: string, threadId: string): Promise<void> {
    await this.chat.moveQueue(before, threadId);
    await this.showBranch(threadId);
  }

  private async showBranch(threadId: string): Promise<void> {
    await this.chat.switchBranch(threadId);
    this.chat.focus();
  }

  private async offerUndo(before: string, { id }: ForkedThread): Promise<void> {
    const undo = vscode.l10n.t('Undo');
    const chosen = await showInformation(
      vscode.l10n.t(
        'The messages are no longer shown. They are kept in another branch of this conversation.',
      ),
      undo,
    );
    if (chosen === undo && this.chat.selection.threadId === id) await this.showBranch(before);
  }

  private async fork(point: ForkPoint): Promise<ForkedThread> {
    const { thread, isPartial } = await forkThread(this.services.client, point);
    if (isPartial) {
      const words = vscode.l10n.t(
        'This server cannot copy threads. The new thread has the messages of the old one, without tool calls and the files that they wrote.',
      );
      showInformation(words).then(undefined, this.services.reporter.log);
    }
    return thread;
  }

  /** Stops the answer under way: what it answers is replaced. */
  private async stopRun(threadId: string): Promise<void> {
    const run = this.services.monitor.newestRun(threadId);
    if (run && isActive(run) && run.status !== 'cancelling') await this.services.monitor.stop(run);
  }

  private required(): { threadId: string; assistantId: string } {
    const { threadId, assistantId } = this.chat.selection;
    if (threadId === undefined) throw new UserError(vscode.l10n.t('Open a thread first.'));
    if (assistantId === undefined) throw new UserError(vscode.l10n.t('Choose an assistant first.'));
    return { threadId, assistantId };
  }
}

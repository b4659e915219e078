import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import type { Outgoing } from '../../client/runs/conversations';
import { describeError, UserError } from '../../client/errors/errors';
import { translatedError } from '../../client/errors/translatedError';
import { isActive } from '../../client/runs/runStatus';
import type { Services } from '../../client/services';
import type { Attachment } from '../../protocol/attachments';
import type { FileTool, RunView } from '../../protocol/chat';
import { toolsFor } from '../../protocol/attachmentTools';
import { assistantOption, errorActions, fileToolsOf } from './chatState';

/** The chat that messages are sent from. */
export interface SendingChat {
  readonly selection: { threadId?: string; assistantId?: string; nextModel?: string };
  /** The files that go with the next message. */
  readonly attachments: readonly Attachment[];
  /** The text of a message with its context, and the ids of the items of that. Throws if one cannot be read. */
  compose(text: string): Promise<{ text: string; ids: readonly string[] }>;
  /** Called when a message is stored, in the thread shown or in a new one. */
  stored(message: Message, shownBefore: string | undefined, contextIds: readonly string[]): void;
  /** Called when a run was started; `nextModel`: the one that was chosen for this run alone. */
  started(nextModel: string | undefined): void;
  /** Called when the result of `runView` has changed. */
  changed(): void;
}

/** A run that could not be started after its message was stored. */
interface FailedStart {
  threadId: string;
  message: string;
  at: number;
}

/** Sends a chat's messages and starts their runs; tracks the message being sent and a failed start. */
export class MessageSender {
  /** When the message being sent was submitted, in milliseconds since the epoch. */
  private since: number | undefined;
  private failed: FailedStart | undefined;

  constructor(
    private readonly services: Services,
    private readonly chat: SendingChat,
  ) {}

  /** Clears the failed start. */
  clear(): void {
    this.failed = undefined;
  }

  /** Sends a message and starts a run. Resolves once the message is stored, rejects if it was not. */
  send(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.sendAndRun(text, resolve).catch(reject);
    });
  }

  private async sendAndRun(words: string, onStored: () => void): Promise<void> {
    const { threadId, assistantId, nextModel: model } = this.chat.selection;
    if (assistantId === undefined) throw new UserError(vscode.l10n.t('Choose an assistant first.'));
    const { attachments } = this.chat;
    if (attachments.some(({ state }) => state === 'uploading')) {
      throw new UserError(vscode.l10n.t('Some files are still uploading.'));
    }
    const sent: { threadId?: string } = {};
    this.failed = undefined;
    this.since = Date.now();
    this.chat.changed();
    try {
      const { text, ids } = await this.chat.compose(words);
      const content = { text, assistantId, model, threadId, attachments };
      await sendMessage(this.services, content, (message) => {
        sent.threadId = message.thread_id;
        this.chat.stored(message, threadId, ids);
        onStored();
      });
      this.chat.started(model);
    } catch (error) {
      if (sent.threadId === undefined) throw error;
      this.startFailed(sent.threadId, error);
    } finally {
      this.since = undefined;
      this.chat.changed();
    }
  }

  /** Starts a new run for the newest message. */
  async retry(): Promise<void> {
    const { threadId, assistantId, nextModel: model } = this.chat.selection;
    if (threadId === undefined || assistantId === undefined) return;
    this.failed = undefined;
    try {
      await this.services.conversations.retry(threadId, assistantId, model);
      this.chat.started(model);
    } catch (error) {
      this.startFailed(threadId, error);
    }
  }

  /** What to show instead of the thread's newest run: the message being sent, or the failed start. */
  runView(newest: Run | undefined): RunView | undefined {
    if (this.since !== undefined && !isActive(newest)) return this.view('sending', this.since);
    if (!this.failed || this.failed.threadId !== this.chat.selection.threadId) return undefined;
    const { message, at } = this.failed;
    return {
      ...this.view('failed', at),
      endedAt: at,
      error: { message: translatedError(message), actions: errorActions(message) },
    };
  }

  /** Shows that the run of a thread could not be started, and why. */
  startFailed(threadId: string, error: unknown): void {
    this.failed = { threadId, message: describeError(error), at: Date.now() };
    const { reporter } = this.services;
    // The error card of the thread shown says it.
    if (this.chat.selection.threadId === threadId) reporter.log(error);
    else reporter.notify(error);
    this.chat.changed();
  }

  private view(status: 'sending' | 'failed', startedAt: number): RunView {
    const { assistants, service } = this.services;
    const assistant = assistants.find(this.chat.selection.assistantId);
    const option = assistant && assistantOption(assistant, service);
    return {
      id: '',
      status,
      assistantName: option?.name ?? '',
      model: this.chat.selection.nextModel ?? option?.model ?? '',
      startedAt,
    };
  }
}

/** A message with the files that were attached to it. */
interface WrittenMessage {
  text: string;
  assistantId: string;
  /** In place of the assistant's. */
  model?: string;
  threadId: string | undefined;
  attachments: readonly Attachment[];
}

/** Sends a message with its files and starts a run; `onStored` is called in between. */
export async function sendMessage(
  services: Services,
  { text, assistantId, model, threadId, attachments }: WrittenMessage,
  onStored: (message: Message) => void,
): Promise<void> {
  const assistant = (await services.assistants.all()).find(({ id }) => id === assistantId);
  const fileTools = assistant ? fileToolsOf(assistant) : [];
  const hasFiles = threadId !== undefined && attachments.length > 0;
  const thread = hasFiles ? await services.client.beta.threads.retrieve(threadId) : undefined;
  const codeFiles = thread?.tool_resources?.code_interpreter?.file_ids?.length ?? 0;
  const files = outgoingFiles(attachments, fileTools, codeFiles);
  await services.conversations.send({ text, assistantId, model, threadId, ...files }, onStored);
}

/** Maximum number of files of a thread's code interpreter. */
const maxCodeFiles = 20;

/**
 * The uploaded files of a message, as the API expects them: each for all tools that can use it. Files for
 * which the code interpreter has no room go to file search alone, if that is on. Without a tool, they go
 * to file search, which the user can turn on later.
 */
function outgoingFiles(
  all: readonly Attachment[],
  fileTools: readonly FileTool[],
  codeFiles: number,
): Pick<Outgoing, 'attachments' | 'images'> {
  let room = maxCodeFiles - codeFiles;
  const attachments = all.flatMap((attachment) => {
    const { fileId, isImage } = attachment;
    if (fileId === undefined) return [];
    let tools = toolsFor(attachment, fileTools);
    if (tools.includes('code_interpreter') && room-- <= 0 && (isImage || tools.length > 1)) {
      tools = tools.filter((tool) => tool !== 'code_interpreter');
    }
    if (tools.length === 0) {
      if (isImage) return [];
      tools = ['file_search'];
    }
    return [{ file_id: fileId, tools: tools.map((type) => ({ type })) }];
  });
  const images = all.flatMap(({ isImage, fileId }) => (isImage ? (fileId ?? []) : []));
  return { images, attachments };
}

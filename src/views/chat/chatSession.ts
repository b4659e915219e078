import * as vscode from 'vscode';
import { DisposableStore } from '../../client/disposableStore';
import type { Change } from '../../client/changes';
import { runCommand } from '../../client/commands';
import { isNotFound, UserError } from '../../client/errors/errors';
import { displayError } from '../../client/errors/translatedError';
import type { RunEvent } from '../../client/runs/runMonitor';
import type { ForkedThread } from '../../client/runs/forks';
import { isActive } from '../../client/runs/runStatus';
import { isAgreedTo } from '../../client/errors/notices';
import type { ShownBranches } from '../../client/objects/shownBranches';
import type { Services } from '../../client/services';
import { threadTitle } from '../../client/objects/titles';
import type { ChatMessageHandlers, ChatState } from '../../protocol/chat';
import type { FunctionCalls } from '../../functions/functionCalls';
import { Attachments } from './attachments';
import { chatActions } from './chatActions';
import type { ChatContext } from './context/chatContext';
import { MessageContext } from './context/messageContext';
import { openSource } from './context/openSource';
import type { Source } from './context/contextSources';
import { questionHandlers } from './chatQuestions';
import { ChatQueue } from './chatQueue';
import { sharedState, type ChatSelection } from './chatState';
import type { Drafts } from './drafts';
import type { EmptyThreads } from './emptyThreads';
import type { KeptAttachments } from './keptAttachments';
import { MessageFeed, type MessagePage } from './feeds/messageFeed';
import { MessageActions } from './messageActions';
import type { MessageQueues } from './messageQueues';
import { MessageSender } from './messageSender';
import { PanelConnection } from './panelConnection';
import { StepFeed } from './feeds/stepFeed';

/** What the chats of a window share. */
export interface SharedByChats {
  queues?: MessageQueues;
  branches?: ShownBranches;
  /** Whether the chat belongs to the form of an assistant, and its thread is not kept. */
  isTrial?: boolean;
  empty?: EmptyThreads;
}

/** A chat: the thread it shows and its assistant. Sends its panel everything whenever the panel is (re)loaded. */
export class ChatSession implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly selectionEmitter = new vscode.EventEmitter<ChatSelection>();
  private readonly panel: PanelConnection;
  private readonly messages: MessageFeed;
  private readonly steps: StepFeed;
  private readonly sender: MessageSender;
  private readonly attachments: Attachments;
  private readonly context: MessageContext;
  private readonly queue: ChatQueue;
  /** Edits, regenerates and branches the thread shown. */
  readonly actions: MessageActions;
  private thread: ForkedThread | undefined;
  private error: string | undefined;
  /** The message that the panel is to scroll to. */
  private wantedMessage: string | undefined;
  /** Whether the panel listens, and is to focus its composer as soon as it does. */
  private isReady = false;
  private wantsFocus = false;
  /** Number of the newest call of `load`: the results of earlier ones are dropped. */
  private loads = 0;

  /** Fires when another thread, another title or another assistant is shown. */
  readonly onDidChangeSelection = this.selectionEmitter.event;
  /** Fires when the user does something in this chat. */
  readonly onDidUse: vscode.Event<void>;

  constructor(
    private readonly services: Services,
    private readonly calls: FunctionCalls,
    private readonly drafts: Drafts,
    keptAttachments: KeptAttachments,
    private readonly chatContext: ChatContext,
    private selected: ChatSelection,
    private readonly shared: SharedByChats = {},
    /** Identifies its draft while it shows no thread. */
    readonly draftId = '',
  ) {
    const { assistants, changes, connections, conversations, monitor } = services;
    const panel = new PanelConnection(services.reporter);
    const post = panel.post.bind(panel);
    const chat = () => this.selected;
    this.panel = panel;
    this.onDidUse = panel.onDidUse;
    this.messages = new MessageFeed(services, post);
    this.steps = new StepFeed(services, post);
    this.attachments = new Attachments(services, keptAttachments, {
      get selection() {
        return chat();
      },
      draftId,
      post,
      ask: panel.ask,
    });
    this.context = new MessageContext(chatContext.kept, {
      keyOf: (threadId) => threadId ?? this.draftId,
      get selection() {
        return chat();
      },
      post,
    });
    this.queue = new ChatQueue(shared.queues, () => this.selected.threadId);
    this.sender = this.createSender();
    this.actions = this.createActions();
    this.disposables.add(
      this.selectionEmitter,
      panel,
      this.messages,
      this.steps,
      this.attachments,
      this.context,
      assistants.onDidChange(() => this.assistantsChanged()),
      connections.onDidChange(() => this.postState()),
      changes.onDidChange((change) => this.onChange(change)),
      conversations.onDidAddMessage((message) => {
        this.messages.add(message);
        if (message.thread_id === this.selected.threadId) this.postBranches();
      }),
      monitor.onDidReceive((event) => this.onRunEvent(event)),
      monitor.onDidChangeRun(() => this.postState()),
      monitor.onDidMiss(({ thread_id: threadId }) => {
        if (threadId === this.selected.threadId) this.load().catch(services.reporter.log);
      }),
      calls.onDidChange((threadId) => {
        if (threadId === this.selected.threadId) this.postState();
      }),
      this.queue.listen(() => this.postState()),
    );
  }

  get selection(): ChatSelection {
    return this.selected;
  }

  /** The title of the thread shown. */
  get title(): string | undefined {
    return this.thread && threadTitle(this.thread);
  }

  /** Connects to a webview, which is sent everything once it is ready. */
  attach(webview: vscode.Webview): vscode.Disposable {
    const questions = questionHandlers(this.services, {
      send: ({ text }) => this.sendOrQueue(text),
      resend: ({ messageId, text }) => this.actions.resend(messageId, text),
      olderMessages: ({ threadId, before }) => this.readOlder(threadId, before),
      contextChoices: ({ source, query }) => this.chatContext.choices.find(source, query),
      addContext: ({ id }) => this.addChosen(id),
      existingPaths: ({ paths }) => this.chatContext.paths.existing(paths),
    });
    this.isReady = false;
    const attachment = this.panel.attach(webview, { messages: this.messageHandlers(), questions });
    return vscode.Disposable.from(attachment, new vscode.Disposable(() => this.queue.release()));
  }

  /** Shows a thread, or the beginning of a new one. */
  async show(threadId: string | undefined): Promise<void> {
    const { threadId: before } = this.selected;
    if (before !== undefined && before !== threadId)
      this.shared.empty?.leave(before).catch(this.services.reporter.log);
    this.thread = undefined;
    this.queue.release();
    this.sender.clear();
    this.select({ ...this.selected, threadId });
    this.panel.post({ type: 'draft', text: this.drafts.get(this.draftKey) });
    this.attachments.show();
    this.context.show();
    await this.load({ takeAssistant: true });
  }

  /** Shows a thread at a message, once the panel is there. */
  async showMessage(threadId: string, messageId: string | undefined): Promise<void> {
    this.wantedMessage = messageId;
    if (threadId !== this.selected.threadId) return this.show(threadId);
    this.postWantedMessage();
  }

  private postWantedMessage(): void {
    const { wantedMessage: messageId } = this;
    if (messageId === undefined || !this.panel.isAttached) return;
    this.wantedMessage = undefined;
    this.panel.post({ type: 'showMessage', messageId });
  }

  /** Shows another branch of the conversation, with what is written in this one. */
  async switchBranch(threadId: string): Promise<void> {
    const { threadId: before } = this.selected;
    if (before !== undefined && before !== threadId) {
      await this.assertBranch(threadId);
      const draft = this.drafts.get(before);
      await this.drafts.set(before, '');
      if (draft) await this.drafts.set(threadId, draft);
      await this.attachments.move(before, threadId);
      await this.context.move(before, threadId);
    }
    await this.show(threadId);
  }

  /** Throws if another window has deleted a branch meanwhile. */
  private async assertBranch(threadId: string): Promise<void> {
    try {
      await this.services.client.beta.threads.retrieve(threadId);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.postBranches();
      throw new UserError(vscode.l10n.t('This branch of the conversation was deleted.'));
    }
  }

  /** Switches to a thread and an assistant of another service. */
  async switchTo({ threadId, assistantId }: ChatSelection): Promise<void> {
    this.selected = { assistantId };
    await this.show(threadId);
  }

  /** Selects the assistant of the next run. */
  selectAssistant(assistantId: string): void {
    this.select({ ...this.selected, assistantId, nextModel: undefined });
  }

  /** Sets the model of the next run alone; undefined: the assistant's. */
  setNextModel(nextModel: string | undefined): void {
    this.select({ ...this.selected, nextModel });
  }

  /** Starts a new run for the newest message. */
  retry(): Promise<void> {
    return this.sender.retry();
  }

  /** Adds text to what is in the composer. */
  async addToDraft(text: string): Promise<void> {
    const written = this.drafts.get(this.draftKey);
    await this.drafts.set(this.draftKey, written.trim() === '' ? text : `${written}\n\n${text}`);
    // The panel knows what was typed since.
    this.panel.post({ type: 'addDraft', text });
  }

  /** Adds context to the message that is being written. */
  async addContext(sources: readonly Source[]): Promise<void> {
    await this.context.add(sources);
  }

  /** Attaches files to the message that is being written. */
  async attachFiles(uris: readonly vscode.Uri[]): Promise<void> {
    await this.attachments.takeFiles(uris);
  }

  /** Moves the focus to the composer, once the panel is there. */
  focus(): void {
    if (this.isReady) this.panel.post({ type: 'focus' });
    else this.wantsFocus = true;
  }

  /** Opens the find bar. */
  find(): void {
    this.panel.post({ type: 'find' });
  }

  /** Reloads the thread if another window has added messages. */
  async refresh(): Promise<void> {
    const { threadId } = this.selected;
    if (threadId === undefined || isActive(this.currentRun())) return;
    if (await this.messages.isBehind(threadId)) await this.load();
  }

  dispose(): void {
    this.queue.release();
    this.disposables.dispose();
  }

  private messageHandlers(): ChatMessageHandlers {
    const { actions, attachments, calls, drafts, sender } = this;
    return {
      ...chatActions(this.services, () => this.selected),
      ...this.queue.handlers(),
      ready: () => this.restore(),
      draft: ({ text }) => drafts.set(this.draftKey, text),
      selectAssistant: ({ assistantId }) => this.selectAssistant(assistantId),
      resetNextModel: () => this.setNextModel(undefined),
      stop: () => this.stop(),
      retry: () => sender.retry(),
      regenerate: ({ messageId, choose }) => this.regenerate(messageId, choose),
      deleteFrom: ({ messageId }) => actions.deleteFrom(messageId),
      branchThread: async ({ messageId }) => void (await actions.branch(messageId)),
      showBranch: ({ threadId, messageId }) => this.showBranch(threadId, messageId),
      attachDropped: ({ uploadId, name, bytes }) => attachments.takeDropped(uploadId, name, bytes),
      attachUris: ({ list }) => attachments.takeUris(list),
      pickFiles: () => attachments.pick(),
      removeAttachment: ({ id }) => attachments.remove(id),
      removeContext: ({ id }) => this.context.remove(id),
      openContext: ({ id }) => openSource(this.context.sourceOf(id) ?? this.queue.sourceOf(id)),
      openPath: ({ path }) => this.chatContext.paths.open(path),
      answerCall: ({ runId, callId, output }) => calls.answer(runId, callId, output),
      reopenCall: ({ runId, callId }) => calls.reopen(runId, callId),
      callDraft: ({ runId, callId, draft }) => calls.keepDraft(runId, callId, draft),
      runCall: ({ runId, callId, always }) => calls.runCall(runId, callId, always),
      stopCall: ({ runId, callId }) => calls.stopCall(runId, callId),
    };
  }

  private async restore(): Promise<void> {
    this.queue.release();
    this.isReady = true;
    this.postState();
    this.panel.post({ type: 'draft', text: this.drafts.get(this.draftKey) });
    this.attachments.show();
    this.context.show();
    if (this.wantsFocus) this.focus();
    this.wantsFocus = false;
    // The panel shows the error.
    this.services.assistants.all().catch(this.services.reporter.log);
    await this.load();
  }

  /** Reads the thread and its newest page, and shows them. */
  private async load({ takeAssistant = false } = {}): Promise<void> {
    const { client, monitor } = this.services;
    const { threadId } = this.selected;
    const number = ++this.loads;
    this.steps.reset(threadId);
    this.error = undefined;
    if (threadId === undefined) {
      this.messages.clear();
      return this.postState();
    }
    this.messages.begin(threadId);
    try {
      // The run before the page: what it wrote before its stream is followed is then on the page.
      const [thread, run] = await Promise.all([
        client.beta.threads.retrieve(threadId),
        monitor.refresh(threadId),
      ]);
      const page = await this.messages.read(threadId);
      if (number !== this.loads) return;
      this.thread = thread;
      if (takeAssistant && run) await this.takeAssistant(run.assistant_id);
      this.postState();
      const shown = this.messages.show(threadId, page);
      this.postWantedMessage();
      this.steps.load(shown, monitor.newestRun(threadId)?.id);
      this.selectionEmitter.fire(this.selected);
      this.shared.branches?.add(thread).catch(this.services.reporter.log);
      this.postBranches();
    } catch (error) {
      if (number !== this.loads) return;
      this.messages.cancel();
      if (isNotFound(error)) return this.leaveDeleted(threadId);
      this.error = displayError(error);
      this.services.reporter.log(error);
    }
    this.postState();
  }

  /** Shows the beginning of a new thread in place of one that was deleted elsewhere, with what is being written. */
  private async leaveDeleted(threadId: string): Promise<void> {
    const draft = this.drafts.get(threadId);
    if (draft !== '' && this.drafts.get(this.draftId) === '') {
      await this.drafts.set(this.draftId, draft);
      await this.drafts.set(threadId, '');
    }
    if (threadId === this.selected.threadId) await this.show(undefined);
  }

  private async readOlder(threadId: string, before: string): Promise<MessagePage> {
    const page = await this.messages.read(threadId, before);
    if (threadId === this.selected.threadId) this.steps.load(page.messages);
    return page;
  }

  /** Sends a message, or queues it while the thread's run is active. */
  private async sendOrQueue(words: string): Promise<void> {
    const { threadId, assistantId, nextModel: model } = this.selected;
    const { empty, queues } = this.shared;
    if (threadId !== undefined) await empty?.use(threadId);
    const isBusy = threadId !== undefined && isActive(this.currentRun());
    if (!queues || !isBusy || assistantId === undefined) return this.sender.send(words);
    const context = await this.context.capture();
    const attachments = this.attachments.of(threadId).filter(({ state }) => state === 'ready');
    await queues.add(threadId, { text: words, context, assistantId, model, attachments });
    if (model !== undefined) this.setNextModel(undefined);
    const ids = context.map(({ id }) => id);
    await Promise.all([this.context.sent(threadId, ids), this.attachments.sent(threadId)]);
    await this.drafts.set(threadId, '');
  }

  private async regenerate(messageId: string, choose: boolean): Promise<void> {
    if (choose) await runCommand('regenerateAnswer', { messageId });
    else await this.actions.regenerate(messageId);
  }

  private async showBranch(threadId: string, messageId: string): Promise<void> {
    await this.switchBranch(threadId);
    this.panel.post({ type: 'focusBranch', messageId });
  }

  /** Sends the panel the branches of the conversation, if it has any. */
  private postBranches(): void {
    if (this.thread?.conversation !== undefined)
      this.actions.postBranches().catch(this.services.reporter.log);
  }

  /** The key of the draft of this chat. */
  private get draftKey(): string {
    return this.selected.threadId ?? this.draftId;
  }

  private createActions(): MessageActions {
    const chat = () => this.selected;
    const thread = () => this.thread;
    return new MessageActions(this.services, {
      get selection() {
        return chat();
      },
      get thread() {
        return thread();
      },
      post: this.panel.post.bind(this.panel),
      switchBranch: (threadId) => this.switchBranch(threadId),
      show: (threadId) => this.show(threadId),
      focus: () => this.focus(),
      started: (nextModel) => {
        if (nextModel !== undefined) this.setNextModel(undefined);
      },
      startFailed: (threadId, error) => this.sender.startFailed(threadId, error),
      moveQueue: (from, to) => this.queue.move(from, to),
    });
  }

  private async addChosen(id: string): Promise<void> {
    const chosen = await this.chatContext.choices.chosen(id);
    if (!chosen) throw new UserError(vscode.l10n.t('This suggestion is no longer available.'));
    await this.context.add([chosen]);
  }

  private createSender(): MessageSender {
    const chat = () => this.selected;
    const { attachments, context } = this;
    return new MessageSender(this.services, {
      get selection() {
        return chat();
      },
      get attachments() {
        return attachments.of(chat().threadId);
      },
      compose: (text) => context.compose(text),
      stored: (message, shownBefore, contextIds) => {
        context.sent(shownBefore, contextIds).catch(this.services.reporter.log);
        attachments.sent(shownBefore).catch(this.services.reporter.log);
        this.adopt(shownBefore, message.thread_id);
        this.drafts.set(shownBefore ?? this.draftId, '').catch(this.services.reporter.log);
      },
      started: (nextModel) => {
        if (nextModel !== undefined && nextModel === this.selected.nextModel) this.setNextModel(undefined);
      },
      changed: () => this.postState(),
    });
  }

  /** Shows the thread that was created for a message, unless another one was opened meanwhile. */
  private adopt(before: string | undefined, threadId: string): void {
    if (before !== undefined || this.selected.threadId !== undefined) return;
    this.steps.reset(threadId);
    this.steps.load([]);
    this.select({ ...this.selected, threadId });
    this.messages.clear(threadId);
  }

  private async stop(): Promise<void> {
    const run = this.currentRun();
    if (!run || !isActive(run)) return;
    const pending = this.calls.pending(run.thread_id);
    const isAnswered = pending?.calls.some(
      ({ output, draft }) => output !== undefined || draft !== undefined,
    );
    if (isAnswered && !(await this.agreesToDiscard())) return;
    await this.services.monitor.stop(run);
  }

  /** Asks before answers are thrown away that the user has given or begun. */
  private agreesToDiscard(): Promise<boolean> {
    return isAgreedTo(
      vscode.l10n.t('Cancel the run and discard your answers?'),
      vscode.l10n.t('The assistant does not get what you have filled in so far.'),
      vscode.l10n.t('Cancel Run'),
    );
  }

  private onRunEvent({ threadId, event }: RunEvent): void {
    if (threadId !== this.selected.threadId) return;
    this.steps.apply(event);
    this.messages.apply(event);
    if (event.event === 'thread.message.created') this.postBranches();
  }

  private onChange({ resource, id, threadId, elsewhere }: Change): void {
    // Messages that this window adds are already shown.
    const isUnknown = id !== undefined || elsewhere === true;
    if (resource === 'threads' && id !== undefined && id === this.selected.threadId) {
      this.reloadThread(id, elsewhere).catch(this.services.reporter.log);
    } else if (resource === 'messages' && isUnknown && threadId === this.selected.threadId) {
      this.load().catch(this.services.reporter.log);
    } else if (resource === 'threads' && isUnknown) {
      // It may have been another branch.
      this.postBranches();
    }
  }

  private async reloadThread(threadId: string, elsewhere = false): Promise<void> {
    try {
      const thread = await this.services.client.beta.threads.retrieve(threadId);
      if (threadId !== this.selected.threadId) return;
      this.thread = thread;
      this.selectionEmitter.fire(this.selected);
      this.postState();
    } catch (error) {
      if (!isNotFound(error)) throw error;
      if (threadId !== this.selected.threadId) return;
      await (elsewhere ? this.leaveDeleted(threadId) : this.show(undefined));
    }
  }

  private async takeAssistant(assistantId: string): Promise<void> {
    const all = await this.services.assistants.all();
    if (assistantId === this.selected.assistantId || !all.some(({ id }) => id === assistantId)) return;
    this.selected = { ...this.selected, assistantId, nextModel: undefined };
  }

  /** Selects the newest assistant if the selected one was deleted. */
  private assistantsChanged(): void {
    const { current } = this.services.assistants;
    const known = current?.some(({ id }) => id === this.selected.assistantId);
    if (current && !known)
      this.select({ ...this.selected, assistantId: current[0]?.id, nextModel: undefined });
    else this.postState();
  }

  private select(selected: ChatSelection): void {
    this.selected = selected;
    this.selectionEmitter.fire(selected);
    this.postState();
  }

  private currentRun() {
    const { threadId } = this.selected;
    return threadId === undefined ? undefined : this.services.monitor.newestRun(threadId);
  }

  private postState(): void {
    this.panel.post({ type: 'state', state: this.state() });
  }

  private state(): ChatState {
    const { threadId } = this.selected;
    const shared = sharedState(this.selected, this.services);
    return {
      ...shared,
      thread: threadId === undefined ? undefined : { id: threadId, title: this.title ?? '' },
      run: this.sender.runView(this.currentRun()) ?? shared.run,
      pending: threadId === undefined ? undefined : this.calls.pending(threadId),
      error: this.error ?? shared.error,
      queue: this.queue.view(),
      draftId: this.draftId,
      ...(this.shared.isTrial && { isTrial: true }),
    };
  }
}

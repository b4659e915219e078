import type { Thread } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';
import { DisposableStore } from '../../client/disposableStore';
import type { Change } from '../../client/changes';
import { describeError, isNotFound } from '../../client/errors';
import type { RunEvent } from '../../client/runs/runMonitor';
import { readFileInfo, readImage } from '../../client/files/images';
import { isActive } from '../../client/runs/runStatus';
import type { Services } from '../../client/services';
import { threadTitle } from '../../client/titles';
import { isChatMessage, type ChatMessage, type ChatState, type HostMessage } from '../../protocol/chat';
import type { FunctionCalls } from '../../functions/functionCalls';
import { Attachments } from './attachments';
import { performChatAction } from './chatActions';
import { assistantOption, runView, type ChatSelection } from './chatState';
import type { Drafts } from './drafts';
import type { KeptAttachments } from './keptAttachments';
import { MessageFeed } from './messageFeed';
import { MessageSender } from './messageSender';
import { readCitations, readFound, type SearchIds } from './passageReader';
import { StepFeed } from './stepFeed';

/**
 * One chat: the thread it shows, the assistant it asks, and the webview it speaks to while there is
 * one. The webview may come and go; what it shows is sent anew each time.
 */
export class ChatSession implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly selectionEmitter = new vscode.EventEmitter<ChatSelection>();
  private readonly useEmitter = new vscode.EventEmitter<void>();
  private readonly messages: MessageFeed;
  private readonly steps: StepFeed;
  private readonly sender: MessageSender;
  private readonly attachments: Attachments;
  private webview: vscode.Webview | undefined;
  private thread: Thread | undefined;
  private problem: string | undefined;
  /** Counts the readings of a thread: an overtaken one says nothing any more. */
  private turn = 0;

  /** Fires when another thread, another title or another assistant is shown. */
  readonly onDidChangeSelection = this.selectionEmitter.event;
  /** Fires when the user does something in this chat. */
  readonly onDidUse = this.useEmitter.event;

  constructor(
    private readonly services: Services,
    private readonly calls: FunctionCalls,
    private readonly drafts: Drafts,
    keptAttachments: KeptAttachments,
    private selected: ChatSelection,
  ) {
    const { assistants, changes, connections, conversations, monitor } = services;
    this.messages = new MessageFeed(services, (message) => this.post(message));
    this.steps = new StepFeed(services, (message) => this.post(message));
    const chat = () => this.selected;
    this.attachments = new Attachments(services, keptAttachments, {
      get selection() {
        return chat();
      },
      post: (message) => this.post(message),
    });
    this.sender = this.openOutbox();
    this.disposables.add(
      this.selectionEmitter,
      this.useEmitter,
      this.messages,
      this.steps,
      this.attachments,
      assistants.onDidChange(() => this.assistantsChanged()),
      connections.onDidChange(() => this.postState()),
      changes.onDidChange((change) => this.written(change)),
      conversations.onDidAddMessage((message) => this.messages.add(message)),
      monitor.onDidReceive((event) => this.received(event)),
      monitor.onDidChangeRun(() => this.postState()),
      monitor.onDidMiss(({ thread_id: threadId }) => {
        if (threadId === this.selected.threadId) this.load().catch(services.reporter.log);
      }),
      calls.onDidChange((threadId) => {
        if (threadId === this.selected.threadId) this.postState();
      }),
    );
  }

  get selection(): ChatSelection {
    return this.selected;
  }

  /** What the chat is called: its thread's title. */
  get title(): string | undefined {
    return this.thread && threadTitle(this.thread);
  }

  /** Speaks to a webview from now on; it is sent everything once it says that it is ready. */
  attach(webview: vscode.Webview): vscode.Disposable {
    this.webview = webview;
    const listener = webview.onDidReceiveMessage((message: unknown) => {
      if (isChatMessage(message)) this.handle(message).catch(this.services.reporter.notify);
      else this.services.reporter.info('The chat panel sent a message that is not known.');
    });
    return new vscode.Disposable(() => {
      listener.dispose();
      if (this.webview === webview) this.webview = undefined;
    });
  }

  /** Shows a thread, or the beginning of a new one. */
  async show(threadId: string | undefined): Promise<void> {
    this.thread = undefined;
    this.sender.clear();
    this.select({ ...this.selected, threadId });
    this.post({ type: 'draft', text: this.drafts.get(threadId) });
    this.attachments.show();
    await this.load({ takeAssistant: true });
  }

  /** Shows what was shown of another service, and asks its assistants from now on. */
  async switchTo({ threadId, assistantId }: ChatSelection): Promise<void> {
    this.selected = { assistantId };
    await this.show(threadId);
  }

  /** Lets another assistant answer from the next run on. */
  selectAssistant(assistantId: string): void {
    this.select({ ...this.selected, assistantId });
  }

  /** Puts text into the composer. */
  async setDraft(text: string): Promise<void> {
    await this.drafts.set(this.selected.threadId, text);
    this.post({ type: 'draft', text });
  }

  /** Moves the focus to the composer. */
  focus(): void {
    this.post({ type: 'focus' });
  }

  /** Reads the thread again, when another window may have written to it. */
  async refresh(): Promise<void> {
    const { threadId } = this.selected;
    if (threadId === undefined || isActive(this.currentRun())) return;
    if (await this.messages.isBehind(threadId)) await this.load();
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private async handle(message: ChatMessage): Promise<void> {
    if (message.type !== 'ready') this.useEmitter.fire();
    switch (message.type) {
      case 'ready':
        return this.restore();
      case 'send':
        return this.sender.send(message.requestId, message.text);
      case 'draft':
        return this.drafts.set(this.selected.threadId, message.text);
      case 'selectAssistant':
        return this.selectAssistant(message.assistantId);
      case 'loadOlder':
        return this.loadOlder(message.before);
      case 'stop':
        return this.stop();
      case 'retry':
        return this.sender.retry();
      case 'needFile':
        return this.sendImage(message.fileId);
      case 'attachDropped':
        return this.attachments.takeDropped(message.uploadId, message.name, message.bytes);
      case 'piece':
        return this.attachments.takePiece(message.uploadId, message.data ?? undefined);
      case 'attachUris':
        return this.attachments.takeUris(message.list);
      case 'pickFiles':
        return this.attachments.pick();
      case 'removeAttachment':
        return this.attachments.remove(message.id);
      case 'needFileInfo':
        return this.sendFileInfo(message.fileId);
      case 'needCitations':
        return this.sendCitations(message.messageId);
      case 'needPassages':
        return this.sendPassages(message);
      case 'answerCall':
        return this.calls.answer(message.runId, message.callId, message.output);
      case 'reopenCall':
        return this.calls.reopen(message.runId, message.callId);
      case 'callDraft':
        return this.calls.keepDraft(message.runId, message.callId, message.draft);
      case 'runCall':
        return this.calls.runCall(message.runId, message.callId, message.always);
      case 'stopCall':
        return this.calls.stopCall(message.runId, message.callId);
      default:
        return performChatAction(message, this.selected, this.services);
    }
  }

  private async restore(): Promise<void> {
    this.postState();
    this.post({ type: 'draft', text: this.drafts.get(this.selected.threadId) });
    this.attachments.panelReplaced();
    this.attachments.show();
    // What keeps the assistants from being read is shown in the panel.
    this.services.assistants.all().catch(this.services.reporter.log);
    await this.load();
  }

  /** Reads the thread and its newest page, and shows them. */
  private async load({ takeAssistant = false } = {}): Promise<void> {
    const { client, monitor } = this.services;
    const { threadId } = this.selected;
    const turn = ++this.turn;
    this.steps.reset(threadId);
    this.problem = undefined;
    if (threadId === undefined) {
      this.messages.clear();
      return this.postState();
    }
    this.messages.begin(threadId);
    try {
      // The run first: what it wrote until it is followed is on the page that is read then.
      const [thread, run] = await Promise.all([
        client.beta.threads.retrieve(threadId),
        monitor.refresh(threadId),
      ]);
      const page = await this.messages.read(threadId);
      if (turn !== this.turn) return;
      this.thread = thread;
      if (takeAssistant && run) await this.takeAssistant(run.assistant_id);
      this.postState();
      const shown = this.messages.show(threadId, page);
      this.steps.load(shown, monitor.newestRun(threadId)?.id);
      this.selectionEmitter.fire(this.selected);
    } catch (error) {
      if (turn !== this.turn) return;
      this.messages.cancel();
      if (isNotFound(error)) return this.show(undefined);
      this.problem = describeError(error);
      this.services.reporter.log(error);
    }
    this.postState();
  }

  private async sendImage(fileId: string): Promise<void> {
    this.post({ type: 'file', ...(await readImage(this.services.client, fileId)) });
  }

  private async sendFileInfo(fileId: string): Promise<void> {
    this.post({ type: 'fileInfo', ...(await readFileInfo(this.services.client, fileId)) });
  }

  private async sendCitations(messageId: string): Promise<void> {
    const { threadId } = this.selected;
    if (threadId === undefined) return;
    const citations = await readCitations(this.services.client, threadId, messageId);
    this.post({ type: 'citations', threadId, messageId, citations });
  }

  private async sendPassages(call: Omit<SearchIds, 'threadId'>): Promise<void> {
    const { threadId = '' } = this.selected;
    const { runId, stepId, callId } = call;
    const found = await readFound(this.services.client, { threadId, runId, stepId, callId });
    this.post({ type: 'passages', stepId, callId, ...found });
  }

  private async loadOlder(before: string): Promise<void> {
    const { threadId } = this.selected;
    if (threadId === undefined) return;
    const older = await this.messages.showOlder(threadId, before);
    if (threadId === this.selected.threadId) this.steps.load(older);
  }

  private openOutbox(): MessageSender {
    const chat = () => this.selected;
    const { attachments } = this;
    return new MessageSender(this.services, {
      get selection() {
        return chat();
      },
      get attachments() {
        return attachments.of(chat().threadId);
      },
      stored: (message, shownBefore) => {
        attachments.sent(shownBefore).catch(this.services.reporter.log);
        this.adopt(shownBefore, message.thread_id);
        this.drafts.set(shownBefore, '').catch(this.services.reporter.log);
      },
      post: (message) => this.post(message),
      changed: () => this.postState(),
    });
  }

  /** Shows the thread that was made for a message, unless the user has gone elsewhere meanwhile. */
  private adopt(before: string | undefined, threadId: string): void {
    if (before !== undefined || this.selected.threadId !== undefined) return;
    this.steps.reset(threadId);
    this.steps.load([]);
    this.select({ ...this.selected, threadId });
    this.messages.clear(threadId);
  }

  private async stop(): Promise<void> {
    const run = this.currentRun();
    if (run && isActive(run)) await this.services.monitor.stop(run);
  }

  private received({ threadId, event }: RunEvent): void {
    if (threadId !== this.selected.threadId) return;
    this.steps.apply(event);
    this.messages.apply(event);
  }

  private written({ resource, id, threadId, elsewhere }: Change): void {
    // What this window adds is shown as soon as it is stored.
    const isUnknown = id !== undefined || elsewhere === true;
    if (resource === 'threads' && id !== undefined && id === this.selected.threadId) {
      this.reloadThread(id).catch(this.services.reporter.log);
    } else if (resource === 'messages' && isUnknown && threadId === this.selected.threadId) {
      this.load().catch(this.services.reporter.log);
    }
  }

  private async reloadThread(threadId: string): Promise<void> {
    try {
      const thread = await this.services.client.beta.threads.retrieve(threadId);
      if (threadId !== this.selected.threadId) return;
      this.thread = thread;
      this.selectionEmitter.fire(this.selected);
      this.postState();
    } catch (error) {
      if (!isNotFound(error)) throw error;
      if (threadId === this.selected.threadId) await this.show(undefined);
    }
  }

  private async takeAssistant(assistantId: string): Promise<void> {
    const all = await this.services.assistants.all();
    if (all.some(({ id }) => id === assistantId)) this.selected = { ...this.selected, assistantId };
  }

  /** An assistant that is no more gives its place to the newest one. */
  private assistantsChanged(): void {
    const { current } = this.services.assistants;
    const known = current?.some(({ id }) => id === this.selected.assistantId);
    if (current && !known) this.select({ ...this.selected, assistantId: current[0]?.id });
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
    this.post({ type: 'state', state: this.state() });
  }

  private state(): ChatState {
    const { assistants, monitor, service } = this.services;
    const { threadId, assistantId } = this.selected;
    const run = this.currentRun();
    return {
      loaded: assistants.current !== undefined,
      assistants: (assistants.current ?? []).map((assistant) => assistantOption(assistant, service)),
      assistantId,
      thread: threadId === undefined ? undefined : { id: threadId, title: this.title ?? '' },
      run: this.sender.runView(run) ?? (run && runView(run, assistants.find(run.assistant_id), service)),
      pending: threadId === undefined ? undefined : this.calls.pending(threadId),
      otherRuns: monitor.activeRuns().filter((run) => run.thread_id !== threadId).length,
      problem: this.problem ?? assistants.error,
    };
  }

  private post(message: HostMessage): void {
    this.webview?.postMessage(message).then(undefined, this.services.reporter.log);
  }
}

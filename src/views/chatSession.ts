import type { Assistant } from 'openai/resources/beta/assistants';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Thread } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';
import type { Change } from '../client/changes';
import { describeError, isNotFound } from '../client/errors';
import type { RunEvent } from '../client/runMonitor';
import { readImage } from '../client/images';
import { isActive } from '../client/runStatus';
import type { Services } from '../client/services';
import { threadTitle } from '../client/titles';
import { isChatMessage, type ChatMessage, type ChatState, type HostMessage } from '../protocol/chat';
import { performChatAction } from './chatActions';
import { assistantOption, errorActions, runView } from './chatState';
import { DeltaBuffer } from './deltaBuffer';
import type { Drafts } from './drafts';
import { StepFeed } from './stepFeed';

/** Messages fetched at a time. */
const pageSize = 50;

/** What a chat shows, and which assistant answers in it. */
export interface ChatSelection {
  threadId?: string;
  assistantId?: string;
}

/** A run that could not be started; the message it was to answer is stored. */
interface FailedStart {
  threadId: string;
  message: string;
  at: number;
}

/**
 * One chat: the thread it shows, the assistant it asks, and the webview it speaks to while there is
 * one. The webview may come and go; what it shows is sent anew each time.
 */
export class ChatSession implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[];
  private readonly selectionEmitter = new vscode.EventEmitter<ChatSelection>();
  private readonly useEmitter = new vscode.EventEmitter<void>();
  private readonly deltas = new DeltaBuffer((delta) => this.post(delta));
  private readonly steps: StepFeed;
  private webview: vscode.Webview | undefined;
  private thread: Thread | undefined;
  private sendingSince: number | undefined;
  private failedStart: FailedStart | undefined;
  private problem: string | undefined;
  /** Messages that came while a page was being read; they go on top of it. */
  private arrivals: Map<string, Message> | undefined;
  private newestShown: string | undefined;
  /** Counts the readings of a thread: an overtaken one says nothing any more. */
  private turn = 0;

  /** Fires when another thread, another title or another assistant is shown. */
  readonly onDidChangeSelection = this.selectionEmitter.event;
  /** Fires when the user does something in this chat. */
  readonly onDidUse = this.useEmitter.event;

  constructor(
    private readonly services: Services,
    private readonly drafts: Drafts,
    private selected: ChatSelection,
  ) {
    const { assistants, changes, connections, conversations, monitor } = services;
    this.steps = new StepFeed(services, (message) => this.post(message));
    this.subscriptions = [
      this.selectionEmitter,
      this.useEmitter,
      this.steps,
      assistants.onDidChange(() => this.assistantsChanged()),
      connections.onDidChange(() => this.postState()),
      changes.onDidChange((change) => this.written(change)),
      conversations.onDidAddMessage((message) => this.arrived(message)),
      monitor.onDidReceive((event) => this.received(event)),
      monitor.onDidChangeRun(() => this.postState()),
    ];
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
    this.failedStart = undefined;
    this.select({ ...this.selected, threadId });
    this.post({ type: 'draft', text: this.drafts.get(threadId) });
    await this.load({ takeAssistant: true });
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
    const { data } = await this.services.client.beta.threads.messages.list(threadId, { limit: 1 });
    if (data[0]?.id !== this.newestShown) await this.load();
  }

  dispose(): void {
    this.deltas.clear();
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  private async handle(message: ChatMessage): Promise<void> {
    if (message.type !== 'ready') this.useEmitter.fire();
    switch (message.type) {
      case 'ready':
        return this.restore();
      case 'send':
        return this.send(message.requestId, message.text);
      case 'draft':
        return this.drafts.set(this.selected.threadId, message.text);
      case 'selectAssistant':
        return this.selectAssistant(message.assistantId);
      case 'loadOlder':
        return this.loadOlder(message.before);
      case 'stop':
        return this.stop();
      case 'retry':
        return this.retry();
      case 'needFile':
        return this.sendImage(message.fileId);
      case 'answerCall':
      case 'reopenCall':
      case 'callDraft':
      case 'runCall':
      case 'stopCall':
        return;
      default:
        return performChatAction(message, this.selected, this.services);
    }
  }

  private async restore(): Promise<void> {
    this.postState();
    this.post({ type: 'draft', text: this.drafts.get(this.selected.threadId) });
    await Promise.all([this.load(), this.services.assistants.all()]);
  }

  /** Reads the thread and its newest page, and shows them. */
  private async load({ takeAssistant = false } = {}): Promise<void> {
    const { threadId } = this.selected;
    const turn = ++this.turn;
    this.deltas.clear();
    this.steps.reset(threadId);
    this.problem = undefined;
    if (threadId === undefined) {
      this.arrivals = undefined;
      this.post({ type: 'messages', threadId: null, messages: [], hasMore: false });
      return this.postState();
    }
    const arrivals = new Map<string, Message>();
    this.arrivals = arrivals;
    try {
      const { beta } = this.services.client;
      const [thread, page, run] = await Promise.all([
        beta.threads.retrieve(threadId),
        beta.threads.messages.list(threadId, { limit: pageSize, order: 'desc' }),
        this.services.monitor.refresh(threadId),
      ]);
      if (turn !== this.turn) return;
      this.thread = thread;
      if (takeAssistant && run) await this.takeAssistant(run.assistant_id);
      this.showPage(threadId, page.data.reverse(), page.has_more, arrivals);
      this.selectionEmitter.fire(this.selected);
    } catch (error) {
      if (turn !== this.turn) return;
      this.arrivals = undefined;
      if (isNotFound(error)) return this.show(undefined);
      this.problem = describeError(error);
      this.services.reporter.log(error);
    }
    this.postState();
  }

  private showPage(
    threadId: string,
    page: Message[],
    hasMore: boolean,
    arrivals: ReadonlyMap<string, Message>,
  ): void {
    const { monitor } = this.services;
    this.arrivals = undefined;
    this.newestShown = page.at(-1)?.id;
    this.deltas.clear();
    this.postState();
    this.post({ type: 'messages', threadId, messages: monitor.withLiveContent(threadId, page), hasMore });
    for (const message of monitor.withLiveContent(threadId, [...arrivals.values()])) {
      this.post({ type: 'message', threadId, message });
    }
    this.steps.load([...page, ...arrivals.values()], monitor.newestRun(threadId)?.id);
  }

  private async sendImage(fileId: string): Promise<void> {
    this.post({ type: 'file', ...(await readImage(this.services.client, fileId)) });
  }

  private async loadOlder(before: string): Promise<void> {
    const { threadId } = this.selected;
    if (threadId === undefined) return;
    try {
      const page = await this.services.client.beta.threads.messages.list(threadId, {
        limit: pageSize,
        order: 'desc',
        after: before,
      });
      const messages = page.data.reverse();
      this.post({ type: 'olderMessages', threadId, messages, hasMore: page.has_more });
      if (threadId === this.selected.threadId) this.steps.load(messages);
    } catch (error) {
      this.post({ type: 'olderNotLoaded', threadId });
      throw error;
    }
  }

  private async send(requestId: number, text: string): Promise<void> {
    const { threadId, assistantId } = this.selected;
    if (assistantId === undefined) {
      return this.post({ type: 'notSent', requestId, reason: vscode.l10n.t('Choose an assistant first.') });
    }
    const sent: { threadId?: string } = {};
    this.failedStart = undefined;
    this.sendingSince = Date.now();
    this.postState();
    try {
      await this.services.conversations.send({ text, assistantId, threadId }, (message) => {
        sent.threadId = message.thread_id;
        this.adopt(threadId, message.thread_id);
        this.post({ type: 'sent', requestId });
        this.drafts.set(threadId, '').catch(this.services.reporter.log);
      });
    } catch (error) {
      if (sent.threadId === undefined)
        this.post({ type: 'notSent', requestId, reason: describeError(error) });
      else this.startFailed(sent.threadId, error);
    } finally {
      this.sendingSince = undefined;
      this.postState();
    }
  }

  /** Shows the thread that was made for a message, unless the user has gone elsewhere meanwhile. */
  private adopt(before: string | undefined, threadId: string): void {
    if (before !== undefined || this.selected.threadId !== undefined) return;
    this.steps.reset(threadId);
    this.steps.load([]);
    this.select({ ...this.selected, threadId });
    this.post({ type: 'messages', threadId, messages: [], hasMore: false });
  }

  private async retry(): Promise<void> {
    const { threadId, assistantId } = this.selected;
    if (threadId === undefined || assistantId === undefined) return;
    this.failedStart = undefined;
    try {
      await this.services.conversations.retry(threadId, assistantId);
    } catch (error) {
      this.startFailed(threadId, error);
    }
  }

  private startFailed(threadId: string, error: unknown): void {
    this.failedStart = { threadId, message: describeError(error), at: Date.now() };
    this.services.reporter.notify(error);
    this.postState();
  }

  private async stop(): Promise<void> {
    const run = this.currentRun();
    if (run && isActive(run)) await this.services.monitor.stop(run);
  }

  private received({ threadId, event }: RunEvent): void {
    if (threadId !== this.selected.threadId) return;
    this.steps.apply(event);
    switch (event.event) {
      case 'thread.message.created':
      case 'thread.message.completed':
      case 'thread.message.incomplete':
        return this.arrived(event.data);
      case 'thread.message.delta':
        return this.appended(threadId, event.data.id, event.data.delta.content ?? []);
    }
  }

  private arrived(message: Message): void {
    if (message.thread_id !== this.selected.threadId) return;
    if (this.arrivals) {
      this.arrivals.set(message.id, message);
      return;
    }
    this.newestShown = message.id;
    this.deltas.flush();
    this.post({ type: 'message', threadId: message.thread_id, message });
  }

  private appended(
    threadId: string,
    messageId: string,
    parts: readonly { type: string; index: number; text?: { value?: string; annotations?: unknown[] } }[],
  ): void {
    // The page about to be shown holds what came while it was read.
    if (this.arrivals) return;
    // Text comes in pieces; anything else is a part of its own, which the whole message shows.
    const live = parts.some(({ type }) => type !== 'text')
      ? this.services.monitor.liveMessage(threadId, messageId)
      : undefined;
    if (live) return this.arrived(live);
    for (const { type, index, text } of parts) {
      if (type !== 'text' || !text?.value) continue;
      this.deltas.add({ type: 'delta', threadId, messageId, contentIndex: index, text: text.value });
    }
  }

  private written({ resource, id, threadId }: Change): void {
    if (resource === 'threads' && id !== undefined && id === this.selected.threadId) {
      this.reloadThread(id).catch(this.services.reporter.log);
    } else if (resource === 'messages' && id !== undefined && threadId === this.selected.threadId) {
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
    const { assistants, connections, monitor } = this.services;
    const { threadId, assistantId } = this.selected;
    return {
      loaded: assistants.current !== undefined,
      assistants: (assistants.current ?? []).map((assistant) => assistantOption(assistant, connections)),
      assistantId,
      thread: threadId === undefined ? undefined : { id: threadId, title: this.title ?? '' },
      run: this.runState(),
      otherRuns: monitor.activeRuns().filter((run) => run.thread_id !== threadId).length,
      problem: this.problem ?? assistants.problem,
    };
  }

  private runState(): ChatState['run'] {
    const { assistants } = this.services;
    const run = this.currentRun();
    if (this.sendingSince !== undefined && !isActive(run)) {
      return this.pendingRun('sending', this.sendingSince, assistants.find(this.selected.assistantId));
    }
    if (this.failedStart && this.failedStart.threadId === this.selected.threadId) {
      const { message, at } = this.failedStart;
      const view = this.pendingRun('failed', at, assistants.find(this.selected.assistantId));
      return { ...view, endedAt: at, error: { message, actions: errorActions(message) } };
    }
    return run && runView(run, assistants.find(run.assistant_id));
  }

  /** A run that does not exist: on its way, or refused. */
  private pendingRun(status: 'sending' | 'failed', startedAt: number, assistant?: Assistant) {
    const option = assistant && assistantOption(assistant, this.services.connections);
    return {
      id: '',
      status,
      assistantName: option?.name ?? '',
      model: option?.model ?? '',
      startedAt,
    };
  }

  private post(message: HostMessage): void {
    this.webview?.postMessage(message).then(undefined, this.services.reporter.log);
  }
}

import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { DisposableStore } from '../../client/disposableStore';
import type { ShownBranches } from '../../client/objects/shownBranches';
import type { Services } from '../../client/services';
import type { FunctionCalls } from '../../functions/functionCalls';
import { chatHtml, chatWebviewOptions } from './chatHtml';
import { ChatSession } from './chatSession';
import type { ChatSelection } from './chatState';
import { createChatContext, type ChatContext } from './context/chatContext';
import { Drafts } from './drafts';
import { EmptyThreads } from './emptyThreads';
import { KeptAttachments } from './keptAttachments';
import { MessageQueues } from './messageQueues';

const viewId = 'assistantsStudio.chat';
const editorType = 'assistantsStudio.chatEditor';
const selectionKey = 'chat.selection';

/** The view containers that the chat can be moved to; package.json has them without their prefix. */
const containers = {
  primarySideBar: 'workbench.view.extension.assistantsStudio',
  secondarySideBar: 'workbench.view.extension.assistantsStudioSecondary',
};

/** The chats of a window: the one in the side bar, and those in editor tabs. */
export class Chats implements vscode.WebviewViewProvider, vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly drafts: Drafts;
  private readonly attachments: KeptAttachments;
  private readonly queues: MessageQueues;
  private readonly context: ChatContext;
  /** The threads that were started and not used yet. */
  readonly empty: EmptyThreads;
  private readonly side: ChatSession;
  private readonly tabs = new Map<ChatSession, vscode.WebviewPanel>();
  private readonly trials = new Set<ChatSession>();
  private readonly disposables = new DisposableStore();
  private latest: ChatSession;
  private readonly shownEmitter = this.disposables.add(new vscode.EventEmitter<void>());
  private sideView: vscode.WebviewView | undefined;

  /** Fires when another thread is shown, by any chat, or another chat becomes visible or the current one. */
  readonly onDidChangeShown = this.shownEmitter.event;

  constructor(
    private readonly services: Services,
    private readonly calls: FunctionCalls,
    private readonly extensionUri: vscode.Uri,
    private readonly state: vscode.Memento,
    private readonly branches?: ShownBranches,
  ) {
    this.drafts = new Drafts(state);
    this.attachments = new KeptAttachments(state);
    this.empty = new EmptyThreads(
      services.client,
      state,
      (id) => this.drafts.get(id).trim() !== '' || this.attachments.get(id).length > 0,
    );
    this.queues = new MessageQueues(services, state);
    this.context = createChatContext(state);
    this.side = this.openSession(this.storedSelection());
    this.latest = this.side;
    this.disposables.add(
      this.queues,
      this.context,
      this.side,
      this.side.onDidUse(() => this.makeCurrent(this.side)),
      this.side.onDidChangeSelection((selection) => {
        this.showTitle();
        this.shownEmitter.fire();
        state.update(this.selectionKey(), selection).then(undefined, services.reporter.log);
      }),
      services.service.onDidChange(() => {
        this.switchService().catch(services.reporter.notify);
      }),
      vscode.window.registerWebviewViewProvider(viewId, this),
      vscode.window.registerWebviewPanelSerializer(editorType, this),
    );
  }

  /** The chat used last: the target of commands that name no thread. */
  get current(): ChatSession {
    return this.latest;
  }

  /** Whether a visible chat shows this thread. */
  isVisible(threadId: string): boolean {
    return this.visibleThreads.includes(threadId);
  }

  /** The threads that the visible chats show. */
  get visibleThreads(): string[] {
    const visible = [...this.tabs].filter(([, panel]) => panel.visible).map(([session]) => session);
    if (this.sideView?.visible) visible.push(this.side);
    // Their threads are not listed, so that nothing else can show what happens there.
    visible.push(...this.trials);
    return visible.flatMap(({ selection }) => selection.threadId ?? []);
  }

  /** Whether the side bar's chat is visible and shows this thread. */
  isInSideBar(threadId: string): boolean {
    return this.sideView?.visible === true && this.side.selection.threadId === threadId;
  }

  /** Makes the side bar's chat, or that of the active editor tab, the current one. */
  use(place: 'sideBar' | 'editor'): void {
    const active = [...this.tabs].find(([, panel]) => panel.active)?.[0];
    this.makeCurrent(place === 'sideBar' ? this.side : (active ?? this.latest));
  }

  private makeCurrent(session: ChatSession): void {
    if (this.latest === session) return;
    this.latest = session;
    this.shownEmitter.fire();
  }

  /** Moves the side bar's chat to one of the side bars, and shows it there. */
  async moveTo(place: keyof typeof containers): Promise<void> {
    const destinationId = containers[place];
    await vscode.commands.executeCommand('vscode.moveViews', { viewIds: [viewId], destinationId });
    this.use('sideBar');
    await this.reveal();
  }

  /** Shows the current chat and focuses its composer; `toMessages`: leaves the focus to a message. */
  async reveal({ toMessages = false } = {}): Promise<void> {
    const panel = this.tabs.get(this.latest);
    if (panel) panel.reveal();
    else await vscode.commands.executeCommand(`${viewId}.focus`);
    if (!toMessages) this.latest.focus();
  }

  /** Opens a new chat in an editor tab, and focuses its composer. */
  openTab(selection: ChatSelection): void {
    const panel = vscode.window.createWebviewPanel(
      editorType,
      vscode.l10n.t('Chat'),
      vscode.ViewColumn.Active,
      chatWebviewOptions(this.extensionUri),
    );
    this.adoptPanel(panel, selection, randomUUID()).focus();
  }

  /** Opens the chat of an assistant's form, which no command uses; `services` run the form's state. */
  openTrial(services: Services, selection: ChatSelection, draftId: string): ChatSession {
    const { attachments, calls, context, drafts } = this;
    const shared = { isTrial: true };
    const session = new ChatSession(
      services,
      calls,
      drafts,
      attachments,
      context,
      selection,
      shared,
      draftId,
    );
    this.trials.add(session);
    return session;
  }

  /** Closes such a chat. */
  closeTrial(session: ChatSession): void {
    this.trials.delete(session);
    session.dispose();
  }

  /** Reloads the threads shown if other windows have added messages. */
  async refresh(): Promise<void> {
    await Promise.all([this.side, ...this.tabs.keys()].map((session) => session.refresh()));
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    view.webview.options = chatWebviewOptions(this.extensionUri);
    const attachment = this.side.attach(view.webview);
    this.sideView = view;
    this.showTitle();
    view.onDidChangeVisibility(() => this.shownEmitter.fire());
    this.shownEmitter.fire();
    view.onDidDispose(() => {
      attachment.dispose();
      if (this.sideView === view) this.sideView = undefined;
    });
    view.webview.html = chatHtml(view.webview, this.extensionUri);
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    panel.webview.options = chatWebviewOptions(this.extensionUri);
    const draftId = textOf(state, 'draftId') ?? randomUUID();
    this.adoptPanel(panel, { ...this.side.selection, threadId: textOf(state, 'threadId') }, draftId);
    return Promise.resolve();
  }

  dispose(): void {
    for (const panel of this.tabs.values()) panel.dispose();
    this.disposables.dispose();
  }

  /** Shows the title of the side bar's thread in the view's own header. */
  private showTitle(): void {
    if (this.sideView) this.sideView.description = this.side.title;
  }

  /** Restores the side bar's selection for the active service, and resets the tabs. */
  private async switchService(): Promise<void> {
    const selection = this.storedSelection();
    const tabs = [...this.tabs.keys()];
    await Promise.all([this.side.switchTo(selection), ...tabs.map((session) => session.switchTo({}))]);
  }

  private storedSelection(): ChatSelection {
    return this.state.get<ChatSelection>(this.selectionKey(), {});
  }

  /** Threads and assistants belong to a service, so each has its own key. */
  private selectionKey(): string {
    const { server } = this.services.service;
    return server ? `${selectionKey}:${server.id}` : selectionKey;
  }

  /** `draftId` identifies the draft of a chat that shows no thread: each has its own. */
  private openSession(selection: ChatSelection, draftId?: string): ChatSession {
    const { attachments, branches, calls, context, drafts, queues, services } = this;
    const shared = { queues, branches, empty: this.empty };
    return new ChatSession(services, calls, drafts, attachments, context, selection, shared, draftId);
  }

  private adoptPanel(panel: vscode.WebviewPanel, selection: ChatSelection, draftId: string): ChatSession {
    const session = this.openSession(selection, draftId);
    this.tabs.set(session, panel);
    this.makeCurrent(session);
    panel.iconPath = {
      light: vscode.Uri.joinPath(this.extensionUri, 'media', 'icon-light.svg'),
      dark: vscode.Uri.joinPath(this.extensionUri, 'media', 'icon-dark.svg'),
    };
    const owned = new DisposableStore();
    owned.add(
      session,
      session.attach(panel.webview),
      session.onDidUse(() => this.makeCurrent(session)),
      session.onDidChangeSelection(() => {
        panel.title = session.title ?? vscode.l10n.t('Chat');
        this.shownEmitter.fire();
      }),
      panel.onDidChangeViewState(() => {
        if (panel.active) this.makeCurrent(session);
        this.shownEmitter.fire();
      }),
    );
    panel.onDidDispose(() => {
      this.tabs.delete(session);
      if (this.latest === session) this.makeCurrent(this.side);
      owned.dispose();
    });
    panel.webview.html = chatHtml(panel.webview, this.extensionUri);
    return session;
  }
}

/** A text in a panel's saved state, which is not trusted since it comes from the webview. */
function textOf(state: unknown, field: 'threadId' | 'draftId'): string | undefined {
  const text = (state as Record<string, unknown> | null)?.[field];
  return typeof text === 'string' ? text : undefined;
}

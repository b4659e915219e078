import * as vscode from 'vscode';
import { DisposableStore } from '../../client/disposableStore';
import type { Services } from '../../client/services';
import type { FunctionCalls } from '../../functions/functionCalls';
import { chatHtml, chatWebviewOptions } from './chatHtml';
import { ChatSession } from './chatSession';
import type { ChatSelection } from './chatState';
import { createChatContext, type ChatContext } from './context/chatContext';
import { Drafts } from './drafts';
import { KeptAttachments } from './keptAttachments';

const viewId = 'assistantsStudio.chat';
const editorType = 'assistantsStudio.chatEditor';
const selectionKey = 'chat.selection';

/** The chats of a window: the one in the side bar, and those in editor tabs. */
export class Chats implements vscode.WebviewViewProvider, vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly drafts: Drafts;
  private readonly attachments: KeptAttachments;
  private readonly context: ChatContext;
  private readonly side: ChatSession;
  private readonly tabs = new Map<ChatSession, vscode.WebviewPanel>();
  private readonly disposables = new DisposableStore();
  private latest: ChatSession;
  private sideView: vscode.WebviewView | undefined;

  constructor(
    private readonly services: Services,
    private readonly calls: FunctionCalls,
    private readonly extensionUri: vscode.Uri,
    private readonly state: vscode.Memento,
  ) {
    this.drafts = new Drafts(state);
    this.attachments = new KeptAttachments(state);
    this.context = createChatContext(state);
    this.side = this.createSession(this.storedSelection());
    this.latest = this.side;
    this.disposables.add(
      this.context,
      this.side,
      this.side.onDidUse(() => (this.latest = this.side)),
      this.side.onDidChangeSelection((selection) => {
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
    const visible = [...this.tabs].filter(([, panel]) => panel.visible).map(([session]) => session);
    if (this.sideView?.visible) visible.push(this.side);
    return visible.some(({ selection }) => selection.threadId === threadId);
  }

  /** Shows the current chat and focuses its composer. */
  async reveal(): Promise<void> {
    const panel = this.tabs.get(this.latest);
    if (panel) panel.reveal();
    else await vscode.commands.executeCommand(`${viewId}.focus`);
    this.latest.focus();
  }

  /** Opens a new chat in an editor tab. */
  openTab(selection: ChatSelection): void {
    const panel = vscode.window.createWebviewPanel(
      editorType,
      vscode.l10n.t('Chat'),
      vscode.ViewColumn.Active,
      chatWebviewOptions(this.extensionUri),
    );
    this.adoptPanel(panel, selection);
  }

  /** Reloads the threads shown if other windows have added messages. */
  async refresh(): Promise<void> {
    await Promise.all([this.side, ...this.tabs.keys()].map((session) => session.refresh()));
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    view.webview.options = chatWebviewOptions(this.extensionUri);
    const attachment = this.side.attach(view.webview);
    this.sideView = view;
    view.onDidDispose(() => {
      attachment.dispose();
      if (this.sideView === view) this.sideView = undefined;
    });
    view.webview.html = chatHtml(view.webview, this.extensionUri);
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    panel.webview.options = chatWebviewOptions(this.extensionUri);
    this.adoptPanel(panel, { ...this.side.selection, threadId: threadIdOf(state) });
    return Promise.resolve();
  }

  dispose(): void {
    for (const panel of this.tabs.values()) panel.dispose();
    this.disposables.dispose();
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

  private createSession(selection: ChatSelection): ChatSession {
    const { services, calls, drafts, attachments, context } = this;
    return new ChatSession(services, calls, drafts, attachments, context, selection);
  }

  private adoptPanel(panel: vscode.WebviewPanel, selection: ChatSelection): void {
    const session = this.createSession(selection);
    this.tabs.set(session, panel);
    this.latest = session;
    panel.iconPath = {
      light: vscode.Uri.joinPath(this.extensionUri, 'media', 'icon-light.svg'),
      dark: vscode.Uri.joinPath(this.extensionUri, 'media', 'icon-dark.svg'),
    };
    const owned = new DisposableStore();
    owned.add(
      session,
      session.attach(panel.webview),
      session.onDidUse(() => (this.latest = session)),
      session.onDidChangeSelection(() => (panel.title = session.title ?? vscode.l10n.t('Chat'))),
      panel.onDidChangeViewState(() => {
        if (panel.active) this.latest = session;
      }),
    );
    panel.onDidDispose(() => {
      this.tabs.delete(session);
      if (this.latest === session) this.latest = this.side;
      owned.dispose();
    });
    panel.webview.html = chatHtml(panel.webview, this.extensionUri);
  }
}

/** The thread in a panel's saved state, which is not trusted since it comes from the webview. */
function threadIdOf(state: unknown): string | undefined {
  const id = (state as { threadId?: unknown } | null)?.threadId;
  return typeof id === 'string' ? id : undefined;
}

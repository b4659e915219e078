import type { Run, RunStatus } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { DisposableStore } from '../../client/disposableStore';
import { commandName } from '../../client/commands';
import { isNotFound } from '../../client/errors/errors';
import { sourceOf, type ForkedThread } from '../../client/runs/forks';
import { isActive, errorWords, statusWords } from '../../client/runs/runStatus';
import type { Services } from '../../client/services';
import type { ShownBranches } from '../../client/objects/shownBranches';
import type { Change } from '../../client/changes';
import { ageGroup, shortAge } from '../../client/objects/relativeTime';
import { ThreadList } from '../../client/objects/threadList';
import { readVersionedRun } from '../../client/objects/assistantVersions';
import { shelfOf, type Shelf } from '../../client/objects/threadShelf';
import { assistantName, formatTime, threadTitle } from '../../client/objects/titles';
import { MoreNode, type ThreadGroup, ThreadGroupNode, ThreadNode } from './nodes';
import type { UnreadThreads } from './unreadThreads';
import { displayError, translatedError } from '../../client/errors/translatedError';

type Node = ThreadGroupNode | ThreadNode | MoreNode;

/** Milliseconds for which changes are collected before a refresh. */
const refreshDelay = 100;
/** Milliseconds after which the ages of the threads are shown again. */
const ageInterval = 60_000;

/** The other parts of the window that the tree works with. */
export interface ThreadsTreeParts {
  branches?: ShownBranches;
  unread: UnreadThreads;
  /** The thread that the chat used last shows. */
  openThread: () => string | undefined;
}

/** The tree of threads by last activity, in groups, with the status of each thread's newest run. */
export class ThreadsTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<Node | undefined>();
  private readonly list: ThreadList;
  private readonly view: vscode.TreeView<Node>;
  private readonly disposables = new DisposableStore();
  /** The elements given to VS Code, which identifies the one to redraw by reference. */
  private nodes = new Map<string, ThreadNode>();
  private groups = new Map<ThreadGroup, { node: ThreadGroupNode; threads: ThreadNode[] }>();
  private parents = new Map<string, ThreadGroupNode>();
  private refreshing: NodeJS.Timeout | undefined;
  private readonly aging: NodeJS.Timeout;
  /** The thread that was last revealed: it is not again when the user has scrolled away from it. */
  private revealed: string | undefined;

  readonly onDidChangeTreeData = this.emitter.event;

  constructor(
    private readonly services: Services,
    private readonly parts: ThreadsTreeParts,
  ) {
    const { assistants, changes, client, monitor, service } = services;
    const { branches } = parts;
    this.list = new ThreadList(client);
    this.view = vscode.window.createTreeView('assistantsStudio.threads', {
      treeDataProvider: this,
      canSelectMany: true,
      showCollapseAll: true,
    });
    this.aging = setInterval(() => this.view.visible && this.emitter.fire(undefined), ageInterval).unref();
    this.disposables.add(
      this.list,
      this.view,
      this.emitter,
      this.list.onDidChange(() => this.emitter.fire(undefined)),
      changes.onDidChange((change) => this.changed(change)),
      monitor.onDidChangeRun((run) => this.runChanged(run)),
      assistants.onDidChange(() => this.emitter.fire(undefined)),
      service.onDidChange(() => this.showService()),
      this.view.onDidChangeVisibility(({ visible }) => visible && this.revealOpen()),
      ...(branches ? [branches.onDidChange(() => this.emitter.fire(undefined))] : []),
    );
    this.view.description = service.server?.label;
  }

  /** Reads the threads again. */
  refresh(): void {
    clearTimeout(this.refreshing);
    this.refreshing = undefined;
    this.list.invalidate();
    this.emitter.fire(undefined);
    this.updateBadge();
  }

  /** Loads the next page. */
  showMore(archived = false): void {
    this.list.showMore(archived ? 'archived' : 'none');
  }

  /** The ids of the threads that are selected in the view. */
  get selected(): string[] {
    return this.view.selection.flatMap((node) => (node instanceof ThreadNode ? node.threadId : []));
  }

  /** Selects the open thread, without opening the view or taking the focus. */
  showOpen(): void {
    const open = this.parts.openThread();
    if (open === this.revealed) return;
    this.revealed = undefined;
    // It may have to be added to the tree, and its branch may take the place of another.
    if (open !== undefined && !this.parents.has(open)) this.emitter.fire(undefined);
    this.revealOpen();
  }

  async getChildren(element?: Node): Promise<Node[]> {
    if (element instanceof ThreadGroupNode) return this.childrenOf(element);
    if (element) return [];
    const { monitor, reporter } = this.services;
    try {
      await this.list.read(this.parts.openThread());
      this.group();
      monitor.recheck([...this.nodes.keys()]).catch(reporter.log);
      this.view.message = undefined;
    } catch (error) {
      reporter.log(error);
      this.view.message = displayError(error);
      return [];
    }
    // Once VS Code has the elements.
    setImmediate(() => this.revealOpen());
    return [...this.groups.values()].map(({ node }) => node);
  }

  getParent(element: Node): ThreadGroupNode | undefined {
    return element instanceof ThreadNode ? this.parents.get(element.threadId) : undefined;
  }

  getTreeItem(node: Node): vscode.TreeItem {
    if (node instanceof ThreadGroupNode) return groupItem(node);
    return node instanceof ThreadNode ? this.threadItem(node) : moreItem(node);
  }

  /** Adds the tooltip: which version of its assistant answered last, which takes a request, is read for it alone. */
  async resolveTreeItem(item: vscode.TreeItem, node: Node): Promise<vscode.TreeItem> {
    if (!(node instanceof ThreadNode)) return item;
    const { monitor, reporter } = this.services;
    const run = monitor.newestRun(node.threadId);
    const version = run && (await this.versionOf(run).catch(reporter.log));
    item.tooltip = [item.accessibilityInformation?.label, version].filter(Boolean).join('\n');
    return item;
  }

  dispose(): void {
    clearTimeout(this.refreshing);
    clearInterval(this.aging);
    this.disposables.dispose();
  }

  /** Puts the threads that were read into their groups. */
  private group(): void {
    const before = { nodes: this.nodes, groups: this.groups };
    this.nodes = new Map();
    this.groups = new Map();
    this.parents = new Map();
    const now = new Date();
    const { branches } = this.parts;
    for (const shelf of ['pinned', 'none', 'archived'] as const) {
      const all = this.list.on(shelf);
      for (const thread of branches?.collapse(all) ?? all) {
        const kind = shelf === 'none' ? ageGroup(thread.last_active_at, now) : shelf;
        const group = this.groups.get(kind) ?? {
          node: before.groups.get(kind)?.node ?? new ThreadGroupNode(kind),
          threads: [],
        };
        this.groups.set(kind, group);
        const node = before.nodes.get(thread.id) ?? new ThreadNode(thread.id);
        group.threads.push(node);
        this.nodes.set(thread.id, node);
        this.parents.set(thread.id, group.node);
      }
    }
  }

  private childrenOf({ group: kind }: ThreadGroupNode): Node[] {
    const threads = this.groups.get(kind)?.threads ?? [];
    this.readRuns(threads.map(({ threadId }) => threadId)).catch(this.services.reporter.log);
    const isArchive = kind === 'archived';
    const isLast = isArchive || [...this.groups.keys()].filter((one) => one !== 'archived').at(-1) === kind;
    const hasMore = isLast && this.list.hasMore(isArchive ? 'archived' : 'none');
    return hasMore ? [...threads, new MoreNode(undefined, isArchive)] : threads;
  }

  private revealOpen(): void {
    const open = this.parts.openThread();
    if (!this.view.visible || open === undefined || open === this.revealed) return;
    const node = this.nodes.get(open);
    if (!node) return;
    this.revealed = open;
    // It may be gone by then.
    this.view.reveal(node, { select: true, focus: false }).then(undefined, () => undefined);
  }

  private changed({ resource, threadId, id }: Change): void {
    if (resource === 'threads') return this.refreshSoon();
    const isNew = (resource === 'messages' || resource === 'runs') && id === undefined;
    if (!isNew || threadId === undefined) return;
    // Its place in the list is known: nothing has to be read again.
    if (this.list.touch(threadId)) this.emitter.fire(undefined);
    else this.refreshSoon();
  }

  private refreshSoon(): void {
    this.list.invalidate();
    this.refreshing ??= setTimeout(() => this.refresh(), refreshDelay);
  }

  private async versionOf({ thread_id, id, assistant_id }: Run): Promise<string | undefined> {
    const { client, assistants } = this.services;
    const { assistant_version: version } = await readVersionedRun(client, thread_id, id);
    const assistant = assistants.find(assistant_id);
    if (version == null) return assistant && assistantName(assistant);
    const name = assistant ? assistantName(assistant) : assistant_id;
    return vscode.l10n.t('{0}, version {1}', name, version);
  }

  private threadItem(node: ThreadNode): vscode.TreeItem {
    const thread = this.list.find(node.threadId);
    const run = this.services.monitor.newestRun(node.threadId);
    const title = thread ? threadTitle(thread) : node.threadId;
    const item = new vscode.TreeItem(title);
    item.id = node.threadId;
    item.contextValue = contextValue(run, thread && shelfOf(thread));
    item.iconPath = run ? statusIcon(run.status) : new vscode.ThemeIcon('comment');
    // VS Code decorates what has a URI.
    item.resourceUri = this.parts.unread.uriOf(node.threadId);
    const assistant = this.services.assistants.find(run?.assistant_id);
    item.description = [
      run && run.status !== 'completed' && statusWords(run.status),
      thread && shortAge(thread.last_active_at),
      assistant && assistantName(assistant),
      ...(thread ? this.originOf(thread) : []),
    ]
      .filter(Boolean)
      .join(' · ');
    // What the tooltip is without `resolveTreeItem`, which VS Code calls when it shows one.
    const details = [
      title,
      thread && formatTime(thread.last_active_at),
      run && statusWords(run.status),
      run && translatedError(errorWords(run) ?? ''),
      this.parts.unread.has(node.threadId) && vscode.l10n.t('New answer'),
    ]
      .filter(Boolean)
      .join('\n');
    item.accessibilityInformation = { label: details };
    item.command = {
      command: commandName('openThread'),
      title: vscode.l10n.t('Open Thread'),
      arguments: [node],
    };
    return item;
  }

  /** How many branches a conversation has, or which thread a thread was forked from. */
  private originOf(thread: ForkedThread): string[] {
    const branches = this.list.branchesOf(thread);
    if (branches > 1) return [vscode.l10n.t('{0} branches', branches)];
    const source = this.list.find(sourceOf(thread) ?? '');
    return source && thread.conversation === undefined
      ? [vscode.l10n.t('from “{0}”', threadTitle(source))]
      : [];
  }

  private showService(): void {
    this.view.description = this.services.service.server?.label;
    this.list.reset();
  }

  /** Reads the newest run of threads for which it is not known. */
  private async readRuns(threadIds: string[]): Promise<void> {
    const { monitor } = this.services;
    const unknown = threadIds.filter((id) => !monitor.newestRun(id));
    await Promise.all(unknown.map((id) => monitor.refresh(id).catch(ignoreDeleted)));
  }

  private runChanged(run: Run): void {
    const node = this.nodes.get(run.thread_id);
    if (node) this.emitter.fire(node);
    this.updateBadge();
  }

  private updateBadge(): void {
    const active = this.services.monitor.activeRuns().length;
    const words =
      active === 1
        ? vscode.l10n.t('1 run is active or waiting for you')
        : vscode.l10n.t('{0} runs are active or waiting for you', active);
    this.view.badge = active === 0 ? undefined : { value: active, tooltip: words };
  }
}

/** A thread may be deleted elsewhere while it is read. */
function ignoreDeleted(error: unknown): void {
  if (!isNotFound(error)) throw error;
}

function groupItem({ group }: ThreadGroupNode): vscode.TreeItem {
  const labels: Record<ThreadGroup, string> = {
    pinned: vscode.l10n.t('Pinned'),
    today: vscode.l10n.t('Today'),
    yesterday: vscode.l10n.t('Yesterday'),
    week: vscode.l10n.t('This Week'),
    earlier: vscode.l10n.t('Earlier'),
    archived: vscode.l10n.t('Archived'),
  };
  const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(labels[group], group === 'archived' ? Collapsed : Expanded);
  item.id = `group:${group}`;
  item.contextValue = 'threadGroup';
  return item;
}

function moreItem({ archived }: MoreNode): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t('Load More…'));
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.contextValue = 'more';
  item.command = {
    command: commandName('loadMoreThreads'),
    title: vscode.l10n.t('Load More…'),
    ...(archived && { arguments: [{ archived }] }),
  };
  return item;
}

/** The state of a thread's run and its shelf, for the conditions of menus: `thread.failed.pinned`. */
function contextValue(run: Run | undefined, shelf: Shelf = 'none'): string {
  const state = runState(run);
  return ['thread', state, shelf !== 'none' && shelf].filter(Boolean).join('.');
}

function runState(run: Run | undefined): 'waiting' | 'active' | 'failed' | undefined {
  if (run?.status === 'requires_action') return 'waiting';
  if (run && isActive(run)) return 'active';
  return run && errorWords(run) !== undefined ? 'failed' : undefined;
}

function statusIcon(status: RunStatus): vscode.ThemeIcon {
  switch (status) {
    case 'queued':
    case 'in_progress':
    case 'cancelling':
      return new vscode.ThemeIcon('loading~spin');
    case 'requires_action':
      return new vscode.ThemeIcon('bell-dot', new vscode.ThemeColor('charts.yellow'));
    case 'failed':
    case 'expired':
      return new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'));
    case 'incomplete':
      return new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
    case 'cancelled':
      return new vscode.ThemeIcon('circle-slash');
    case 'completed':
      return new vscode.ThemeIcon('comment-discussion');
  }
}

import type { Run, RunStatus } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { DisposableStore } from '../../client/disposableStore';
import { commandName } from '../../client/commands';
import { describeError, isNotFound } from '../../client/errors';
import { sourceOf, type ForkedThread } from '../../client/runs/forks';
import { isActive, errorWords, statusWords } from '../../client/runs/runStatus';
import type { Services } from '../../client/services';
import type { ShownBranches } from '../../client/objects/shownBranches';
import { ThreadList } from '../../client/objects/threadList';
import { translatedError } from '../../client/translatedError';
import { formatTime, threadTitle } from '../../client/objects/titles';
import { MoreNode, ThreadNode } from './nodes';

type Node = ThreadNode | MoreNode;

/** The tree of threads, newest first, with the status of each thread's newest run. */
export class ThreadsTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<Node | undefined>();
  private readonly list: ThreadList;
  private readonly view: vscode.TreeView<Node>;
  private readonly disposables = new DisposableStore();
  /** The elements given to VS Code, which identifies the one to redraw by reference. */
  private nodes = new Map<string, ThreadNode>();

  readonly onDidChangeTreeData = this.emitter.event;

  constructor(
    private readonly services: Services,
    private readonly branches?: ShownBranches,
  ) {
    const { changes, client, monitor, service } = services;
    this.list = new ThreadList(client);
    this.view = vscode.window.createTreeView('assistantsStudio.threads', { treeDataProvider: this });
    this.disposables.add(
      this.list,
      this.view,
      this.emitter,
      this.list.onDidChange(() => this.refresh()),
      changes.onDidChange(({ resource }) => {
        if (resource === 'threads') this.refresh();
      }),
      monitor.onDidChangeRun((run) => this.runChanged(run)),
      service.onDidChange(() => this.showService()),
      ...(branches ? [branches.onDidChange(() => this.refresh())] : []),
    );
    this.view.description = service.server?.label;
  }

  /** Reads the threads again. */
  refresh(): void {
    this.emitter.fire(undefined);
    this.updateBadge();
  }

  /** Loads the next page. */
  showMore(): void {
    this.list.showMore();
  }

  async getChildren(element?: Node): Promise<Node[]> {
    if (element) return [];
    try {
      const all = await this.list.read();
      const threads = this.branches?.collapse(all) ?? all;
      this.nodes = new Map(threads.map(({ id }) => [id, this.nodes.get(id) ?? new ThreadNode(id)]));
      this.readRuns([...this.nodes.keys()]).catch(this.services.reporter.log);
      this.services.monitor.recheck(all.map(({ id }) => id)).catch(this.services.reporter.log);
      this.view.message = undefined;
    } catch (error) {
      this.services.reporter.log(error);
      this.view.message = describeError(error);
      return [];
    }
    const nodes: Node[] = [...this.nodes.values()];
    return this.list.hasMore ? [...nodes, new MoreNode()] : nodes;
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return node instanceof ThreadNode ? this.threadItem(node) : moreItem();
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private threadItem(node: ThreadNode): vscode.TreeItem {
    const thread = this.list.find(node.threadId);
    const run = this.services.monitor.newestRun(node.threadId);
    const title = thread ? threadTitle(thread) : node.threadId;
    const item = new vscode.TreeItem(title);
    item.id = node.threadId;
    item.contextValue = contextValue(run);
    item.iconPath = run ? statusIcon(run.status) : new vscode.ThemeIcon('comment');
    const status = run && run.status !== 'completed' ? [statusWords(run.status)] : [];
    item.description = [...status, ...(thread ? this.originOf(thread) : [])].join(' · ') || undefined;
    item.tooltip = [title, thread && formatTime(thread.created_at), run && statusWords(run.status)]
      .concat(run && translatedError(errorWords(run) ?? ''))
      .filter(Boolean)
      .join('\n');
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

function moreItem(): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t('Load More…'));
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.contextValue = 'more';
  item.command = { command: commandName('loadMoreThreads'), title: vscode.l10n.t('Load More…') };
  return item;
}

function contextValue(run: Run | undefined): string {
  if (run?.status === 'requires_action') return 'thread.waiting';
  if (run && isActive(run)) return 'thread.active';
  return run && errorWords(run) !== undefined ? 'thread.failed' : 'thread';
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

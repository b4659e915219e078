import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { DisposableStore } from '../../client/disposableStore';
import type { RunMonitor } from '../../client/runs/runMonitor';

const key = 'threads.unread';
const maxThreads = 500;

/** The scheme of the tree's threads, which VS Code decorates by their URI. */
const scheme = 'assistants-thread';

/**
 * The threads with an answer that nobody has seen, stored in the workspace state. Only those of this window's own runs:
 * what a program asks, it reads itself.
 */
export class UnreadThreads implements vscode.FileDecorationProvider, vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly emitter = this.disposables.add(new vscode.EventEmitter<vscode.Uri[]>());

  readonly onDidChangeFileDecorations = this.emitter.event;

  constructor(
    monitor: RunMonitor,
    private readonly state: vscode.Memento,
    private readonly isVisible: (threadId: string) => boolean,
    private readonly report: (error: unknown) => void,
  ) {
    this.disposables.add(
      monitor.onDidEnd((run) => {
        if (monitor.isOwn(run.id)) this.ended(run);
      }),
      vscode.window.registerFileDecorationProvider(this),
    );
  }

  uriOf(threadId: string): vscode.Uri {
    return vscode.Uri.from({ scheme, path: `/${threadId}` });
  }

  has(threadId: string): boolean {
    return this.all().includes(threadId);
  }

  /** Notes that threads are shown. */
  clear(threadIds: readonly string[]): void {
    const all = this.all();
    const left = all.filter((id) => !threadIds.includes(id));
    if (left.length < all.length) this.save(left, threadIds);
  }

  provideFileDecoration({ scheme: given, path }: vscode.Uri): vscode.FileDecoration | undefined {
    if (given !== scheme || !this.has(path.slice(1))) return undefined;
    return new vscode.FileDecoration(
      '●',
      vscode.l10n.t('New answer'),
      new vscode.ThemeColor('notificationsInfoIcon.foreground'),
    );
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private ended({ thread_id: id, status }: Run): void {
    if (status === 'cancelled' || this.isVisible(id) || this.has(id)) return;
    this.save([...this.all(), id].slice(-maxThreads), [id]);
  }

  private save(all: readonly string[], changed: readonly string[]): void {
    this.state.update(key, all.length > 0 ? all : undefined).then(undefined, this.report);
    this.emitter.fire(changed.map((id) => this.uriOf(id)));
  }

  private all(): readonly string[] {
    return this.state.get<string[]>(key, []);
  }
}

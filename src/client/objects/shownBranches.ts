import * as vscode from 'vscode';
import type { ForkedThread } from '../runs/forks';

const key = 'chat.branches';

/** Maximum number of conversations; the least recently shown ones are dropped. */
const maxConversations = 200;

/** The branch of each conversation that was shown last, stored in the workspace state. */
export class ShownBranches implements vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<void>();

  /** Fires when another branch of a conversation is shown. */
  readonly onDidChange = this.emitter.event;

  constructor(private readonly state: vscode.Memento) {}

  /** Records that a thread is shown. */
  async add({ id, conversation }: ForkedThread): Promise<void> {
    if (conversation === undefined) return;
    const { [conversation]: before, ...others } = this.all();
    if (before === id) return;
    const entries = Object.entries(others).slice(1 - maxConversations);
    await this.state.update(key, Object.fromEntries([...entries, [conversation, id]]));
    this.emitter.fire();
  }

  /** Of threads, newest first, one for each conversation: the branch that was shown last, or else the newest. */
  collapse<T extends ForkedThread>(threads: readonly T[]): T[] {
    const shown = this.all();
    const seen = new Set<string>();
    return threads.flatMap((thread): T[] => {
      const { conversation } = thread;
      if (conversation === undefined) return [thread];
      if (seen.has(conversation)) return [];
      seen.add(conversation);
      return [threads.find(({ id }) => id === shown[conversation]) ?? thread];
    });
  }

  dispose(): void {
    this.emitter.dispose();
  }

  private all(): Record<string, string> {
    return this.state.get<Record<string, string>>(key, {});
  }
}

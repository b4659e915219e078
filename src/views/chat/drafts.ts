import type * as vscode from 'vscode';

const key = 'chat.drafts';

/** Maximum number of drafts; the least recently written ones are dropped. */
const maxDrafts = 100;

/** Unsent text by thread, stored in the workspace state. Chats without a thread have a draft each, by an id of their own. */
export class Drafts {
  constructor(private readonly state: vscode.Memento) {}

  get(threadId: string | undefined): string {
    return this.all()[threadId ?? ''] ?? '';
  }

  async set(threadId: string | undefined, text: string): Promise<void> {
    const { [threadId ?? '']: previous, ...others } = this.all();
    if ((previous ?? '') === text) return;
    const entries = Object.entries(others).slice(1 - maxDrafts);
    if (text) entries.push([threadId ?? '', text]);
    await this.state.update(key, Object.fromEntries(entries));
  }

  private all(): Record<string, string> {
    return this.state.get<Record<string, string>>(key, {});
  }
}

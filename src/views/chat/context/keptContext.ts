import type * as vscode from 'vscode';
import type { ContextItem } from '../../../protocol/context';
import type { Source } from './contextSources';

const key = 'chat.context';

/** Maximum number of drafts; the least recently changed ones are dropped. */
const maxDrafts = 100;

/** An item of an unsent message, and where its text comes from. */
export interface KeptItem extends ContextItem {
  source: Source;
  /** Characters that it took in a message when it was added. */
  length: number;
}

/** The context of unsent messages by draft, stored in the workspace state. */
export class KeptContext {
  constructor(private readonly state: vscode.Memento) {}

  get(draftKey: string): KeptItem[] {
    return this.all()[draftKey] ?? [];
  }

  async set(draftKey: string, items: readonly KeptItem[]): Promise<void> {
    const others = Object.entries(this.all()).filter(([id]) => id !== draftKey);
    const entries: [string, readonly KeptItem[]][] = others.slice(1 - maxDrafts);
    if (items.length > 0) entries.push([draftKey, items]);
    await this.state.update(key, Object.fromEntries(entries));
  }

  private all(): Record<string, KeptItem[]> {
    return this.state.get<Record<string, KeptItem[]>>(key, {});
  }
}

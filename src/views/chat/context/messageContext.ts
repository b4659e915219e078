import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { UserError } from '../../../client/errors';
import { textLimits } from '../../../client/limits';
import { textTokens } from '../../../client/textTokens';
import type { HostMessage } from '../../../protocol/chat';
import { contextBlock, maxContextItems, withContext, type ContextItem } from '../../../protocol/context';
import { isSame, nameOf, readSource, sourceLabel, tooLong, type Source } from './contextSources';
import type { KeptContext, KeptItem } from './keptContext';

/** The chat whose next message the context goes with. */
export interface ContextChat {
  readonly selection: { threadId?: string };
  /** The key of a thread's draft. Without a thread, each chat has its own. */
  keyOf(threadId: string | undefined): string;
  post(message: HostMessage): void;
}

/** The context of the message that is being written in a chat. Files are read again when the message is sent. */
export class MessageContext {
  /** Calls of `add` that have not ended: one after the other, so that their sum is known. */
  private adding: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly kept: KeptContext,
    private readonly chat: ContextChat,
  ) {}

  /** Sends the panel the items of the thread shown. */
  show(): void {
    const { threadId } = this.chat.selection;
    const items = this.of(threadId).map(({ id, kind, label, detail, tokens }): ContextItem => ({
      id,
      kind,
      label,
      detail,
      tokens,
    }));
    this.chat.post({ type: 'context', threadId: threadId ?? null, items });
  }

  /** Where an item of the thread shown comes from. */
  sourceOf(id: string): Source | undefined {
    return this.of(this.chat.selection.threadId).find((item) => item.id === id)?.source;
  }

  /** Adds items in their order. Throws a UserError at the first that cannot be added; those before it stay. */
  add(sources: readonly Source[]): Promise<void> {
    const { threadId } = this.chat.selection;
    const added = this.adding.then(async () => {
      for (const source of sources) await this.addOne(threadId, source);
    });
    this.adding = added.catch(() => {});
    return added;
  }

  async remove(id: string): Promise<void> {
    const { threadId } = this.chat.selection;
    await this.set(
      threadId,
      this.of(threadId).filter((item) => item.id !== id),
    );
  }

  /** The words of a message followed by its context, read now. */
  async compose(words: string): Promise<{ text: string; ids: readonly string[] }> {
    await this.adding;
    const items = this.of(this.chat.selection.threadId);
    const blocks: string[] = [];
    for (const { source } of items) blocks.push(await blockOf(source));
    return { text: withContext(words, blocks), ids: items.map(({ id }) => id) };
  }

  /** Removes the items that a message was sent with. */
  async sent(threadId: string | undefined, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.set(
      threadId,
      this.of(threadId).filter(({ id }) => !ids.includes(id)),
    );
  }

  /** Moves the items of an unsent message to another thread. */
  async move(from: string, to: string): Promise<void> {
    await this.adding;
    const items = this.of(from);
    if (items.length === 0) return;
    const known = this.of(to);
    const added = items.filter(({ source }) => !known.some((item) => isSame(item.source, source)));
    await this.set(to, [...known, ...added].slice(0, maxContextItems));
    await this.set(from, []);
  }

  private of(threadId: string | undefined): KeptItem[] {
    return this.kept.get(this.chat.keyOf(threadId));
  }

  private async addOne(threadId: string | undefined, source: Source): Promise<void> {
    const before = this.of(threadId);
    const known = before.find((item) => isSame(item.source, source));
    if (known) return;
    if (before.length >= maxContextItems) {
      throw new UserError(
        vscode.l10n.t('A message can have at most {0} files and parts of files as context.', maxContextItems),
      );
    }
    const block = await blockOf(source);
    const sum = before.reduce((length, item) => length + item.length, block.length);
    if (sum > textLimits.message) throw tooLong(sourceLabel(source));
    const item: KeptItem = {
      id: randomUUID(),
      kind: source.kind,
      label: sourceLabel(source),
      detail: nameOf(source),
      tokens: textTokens(block),
      source,
      length: block.length,
    };
    await this.set(threadId, [...this.of(threadId), item]);
  }

  private async set(threadId: string | undefined, items: readonly KeptItem[]): Promise<void> {
    const stored = this.kept.set(this.chat.keyOf(threadId), items);
    // At once: once a message is stored, the chat shows the thread that was created for it.
    if (threadId === this.chat.selection.threadId) this.show();
    await stored;
  }
}

async function blockOf(source: Source): Promise<string> {
  const { heading, text, language } = await readSource(source);
  return contextBlock(heading, text, language);
}

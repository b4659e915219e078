import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { describeError, UserError } from '../../../client/errors/errors';
import { textLimits } from '../../../client/limits';
import { textTokens } from '../../../client/textTokens';
import type { HostMessage } from '../../../protocol/chat';
import { contextBlock, maxContextItems, withContext, type ContextItem } from '../../../protocol/context';
import { isSame, nameOf, readSource, sourceLabel, tooLong, type Source } from './contextSources';
import type { KeptContext, KeptItem } from './keptContext';
import { SourceWatch } from './sourceWatch';

/** An item of a message that is sent later, with the text that it had when the message was written. */
export interface CapturedItem extends ContextItem {
  source: Source;
  /** As it stands in the message. */
  block: string;
}

/** The chat whose next message the context goes with. */
export interface ContextChat {
  readonly selection: { threadId?: string };
  /** The key of a thread's draft. Without a thread, each chat has its own. */
  keyOf(threadId: string | undefined): string;
  post(message: HostMessage): void;
}

/**
 * The context of the message that is being written in a chat. Files are read again when they change, so that the
 * panel shows what they cost, and when the message is sent.
 */
export class MessageContext implements vscode.Disposable {
  /** Calls of `add` that have not ended: one after the other, so that their sum is known. */
  private adding: Promise<unknown> = Promise.resolve();
  private renewing: Promise<unknown> = Promise.resolve();
  private readonly watch = new SourceWatch((changed) => this.renew(changed));

  constructor(
    private readonly kept: KeptContext,
    private readonly chat: ContextChat,
  ) {}

  /** Sends the panel the items of the thread shown, and again if their files have changed meanwhile. */
  show(): void {
    this.post();
    this.renew(this.of(this.chat.selection.threadId).map(({ source }) => source));
  }

  private post(): void {
    const { threadId } = this.chat.selection;
    const items = this.of(threadId);
    this.watch.watch(items.map(({ source }) => source));
    this.chat.post({ type: 'context', threadId: threadId ?? null, items: items.map(shownItem) });
  }

  dispose(): void {
    this.watch.dispose();
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
    const items = await this.capture();
    const blocks = items.map(({ block }) => block);
    return { text: withContext(words, blocks), ids: items.map(({ id }) => id) };
  }

  /** The items with their texts, read now. Throws a UserError if one cannot be read. */
  async capture(): Promise<CapturedItem[]> {
    await this.adding;
    const captured: CapturedItem[] = [];
    for (const item of this.of(this.chat.selection.threadId)) {
      const { block, fields } = await readItem(item.source);
      captured.push({ ...shownItem({ ...item, ...fields }), source: fields.source, block });
    }
    return captured;
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
    const { block, fields } = await readItem(source);
    const sum = before.reduce((length, item) => length + item.length, block.length);
    if (sum > textLimits.message) throw tooLong(sourceLabel(source));
    const item: KeptItem = { id: randomUUID(), kind: source.kind, detail: nameOf(source), ...fields };
    await this.set(threadId, [...this.of(threadId), item]);
  }

  /** Reads items of the thread shown again. */
  private renew(changed: readonly Source[]): void {
    const { threadId } = this.chat.selection;
    if (changed.length === 0) return;
    this.renewing = this.renewing.then(async () => {
      const items = this.of(threadId).filter(({ source }) => changed.some((one) => isSame(one, source)));
      const renewed = await Promise.all(items.map(renewedItem));
      const before = this.of(threadId);
      const after = before.map((item) => renewed.find(({ id }) => id === item.id) ?? item);
      if (JSON.stringify(after) !== JSON.stringify(before)) await this.set(threadId, after);
    });
  }

  private async set(threadId: string | undefined, items: readonly KeptItem[]): Promise<void> {
    const stored = this.kept.set(this.chat.keyOf(threadId), items);
    // At once: once a message is stored, the chat shows the thread that was created for it.
    if (threadId === this.chat.selection.threadId) this.post();
    await stored;
  }
}

/** An item as the panel shows it. */
export function shownItem({ id, kind, label, detail, tokens, error }: ContextItem): ContextItem {
  return { id, kind, label, detail, tokens, error };
}

/** An item as its file is now, or why it cannot be sent. */
async function renewedItem(item: KeptItem): Promise<KeptItem> {
  try {
    const { fields } = await readItem(item.source);
    return { ...item, ...fields };
  } catch (error) {
    return { ...item, tokens: undefined, error: describeError(error) };
  }
}

/** What is known of an item from its text, and how it stands in a message. */
async function readItem(source: Source) {
  const { heading, text, language, moved = source } = await readSource(source);
  const block = contextBlock(heading, text, language);
  const [label, tokens] = [sourceLabel(moved), textTokens(block)];
  return { block, fields: { label, tokens, length: block.length, source: moved, error: undefined } };
}

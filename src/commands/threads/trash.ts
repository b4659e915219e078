import type { ThreadDeleted } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';
import * as z from 'zod';
import { UserError } from '../../client/errors/errors';
import { showInformation } from '../../client/errors/notices';
import { emptyTrash, listTrash, moveToTrash, restoreThread } from '../../client/objects/threadLists';
import type { TrashedThread } from '../../client/objects/threadLists';
import { formatTime, threadTitle } from '../../client/objects/titles';
import { listBranches, type ForkedThread } from '../../client/runs/forks';
import type { Services } from '../../client/services';
import type { Chats } from '../../views/chat/chats';
import type { ThreadsTree } from '../../views/trees/threadsTree';
import { askChoice, confirm } from '../ask/inputs';
import { command } from '../command';
import { chosenThreads } from './chosenThreads';

/** Commands that delete threads, and undo that. */
export function trashCommands(services: Services, chats: Chats, tree: ThreadsTree) {
  const { client, monitor, reporter } = services;

  /** The threads with the other branches of their conversations, each once. */
  async function withBranches(threads: readonly ForkedThread[]): Promise<ForkedThread[]> {
    const all = new Map<string, ForkedThread>();
    for (const thread of threads)
      for (const branch of (await listBranches(client, thread)).threads) all.set(branch.id, branch);
    return [...all.values()];
  }

  /** Moves threads to the trash as far as the service has one. Returns those that are still there. */
  async function trash(threads: readonly ForkedThread[]): Promise<ForkedThread[]> {
    for (const [i, { id }] of threads.entries()) {
      if (!(await moveToTrash(client, id))) return threads.slice(i);
      monitor.forget(id);
    }
    return [];
  }

  async function restore(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      await restoreThread(client, id);
      await monitor.refresh(id);
    }
  }

  /** Offers to undo the deletion. `open`: the thread that the chat showed, if it was one of them. */
  async function offerUndo(
    deleted: readonly ForkedThread[],
    words: string,
    open: string | undefined,
  ): Promise<void> {
    const undo = vscode.l10n.t('Undo');
    if ((await showInformation(words, undo)) !== undo) return;
    await restore(deleted.map(({ id }) => id));
    if (open !== undefined && chats.current.selection.threadId === undefined) await chats.current.show(open);
  }

  async function confirmDeletion(chosen: readonly ForkedThread[], all: number): Promise<void> {
    const [first] = chosen;
    const question =
      chosen.length === 1 && first
        ? vscode.l10n.t('Delete the thread “{0}”?', threadTitle(first))
        : vscode.l10n.t('Delete {0} threads?', chosen.length);
    await confirm(
      question,
      all > chosen.length
        ? vscode.l10n.t(
            'All of its messages will be deleted, in all of its {0} branches. This cannot be undone.',
            all,
          )
        : vscode.l10n.t('All of its messages will be deleted. This cannot be undone.'),
      vscode.l10n.t('Delete'),
    );
  }

  /** Reads the trash, one thread for each conversation: its branches are restored together. */
  async function readTrash(): Promise<TrashedThread[]> {
    return listTrash(client, vscode.l10n.t('This server has no trash.'));
  }

  async function askForTrashed(trashed: readonly TrashedThread[]): Promise<TrashedThread> {
    const seen = new Set<string>();
    const items = trashed
      .filter(({ id, conversation = id }) => !seen.has(conversation) && seen.add(conversation))
      .map((thread) => ({
        label: threadTitle(thread),
        detail: vscode.l10n.t('Deleted {0}', formatTime(thread.trashed_at)),
        value: thread,
      }));
    return askChoice({
      title: vscode.l10n.t('Restore Thread'),
      placeholder: vscode.l10n.t('Choose a thread to restore'),
      items,
    });
  }

  return [
    command(
      'deleteThread',
      {
        threadId: z.string(),
        threadIds: z.array(z.string()),
        selected: z.boolean(),
        confirm: z.boolean(),
      },
      async ({ confirm: asks = true, ...given }) => {
        const chosen = await chosenThreads(services, tree, given, vscode.l10n.t('Delete Thread'));
        const all = await withBranches(chosen);
        const open = chats.current.selection.threadId;
        const left = await trash(all);
        const trashed = all.filter((thread) => !left.includes(thread));
        if (left.length > 0 && asks) await confirmDeletion(chosen, left.length);
        for (const { id } of left) {
          await client.beta.threads.delete(id);
          monitor.forget(id);
        }
        if (trashed.length > 0 && asks) {
          const [first] = chosen;
          const words =
            chosen.length === 1 && first
              ? vscode.l10n.t('“{0}” was moved to the trash.', threadTitle(first))
              : vscode.l10n.t('{0} threads were moved to the trash.', chosen.length);
          const wasOpen = trashed.some(({ id }) => id === open);
          // Not awaited: the notification stays until the user closes it.
          offerUndo(trashed, words, wasOpen ? open : undefined).catch(reporter.notify);
        }
        return { id: chosen[0]!.id, object: 'thread.deleted', deleted: true } satisfies ThreadDeleted;
      },
    ),

    command('restoreThread', { threadId: z.string() }, async ({ threadId }) => {
      const trashed = await readTrash();
      if (trashed.length === 0 && threadId === undefined)
        throw new UserError(vscode.l10n.t('The trash is empty.'));
      const chosen =
        threadId === undefined ? await askForTrashed(trashed) : trashed.find(({ id }) => id === threadId);
      const { conversation } = chosen ?? {};
      const branches = trashed.filter(
        (one) => conversation !== undefined && one.conversation === conversation,
      );
      await restore([...new Set([chosen?.id ?? threadId!, ...branches.map(({ id }) => id)])]);
      const thread = await client.beta.threads.retrieve(chosen?.id ?? threadId!);
      if (threadId === undefined) {
        await chats.current.show(thread.id);
        await chats.reveal();
      }
      return thread;
    }),

    command('emptyTrash', { confirm: z.boolean() }, async ({ confirm: asks = true }) => {
      const { length } = await readTrash();
      if (length === 0) {
        if (asks) void showInformation(vscode.l10n.t('The trash is empty.'));
        return 0;
      }
      if (asks) {
        await confirm(
          length === 1
            ? vscode.l10n.t('Delete the thread in the trash for good?')
            : vscode.l10n.t('Delete all threads in the trash for good?'),
          vscode.l10n.t('All of their messages will be deleted. This cannot be undone.'),
          vscode.l10n.t('Empty Trash'),
        );
      }
      return emptyTrash(client);
    }),
  ];
}

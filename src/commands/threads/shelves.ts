import type { Thread } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';
import * as z from 'zod';
import { shelved, shelfOf, type Shelf } from '../../client/objects/threadShelf';
import { listBranches } from '../../client/runs/forks';
import type { Services } from '../../client/services';
import type { ThreadsTree } from '../../views/trees/threadsTree';
import { command } from '../command';
import { chosenThreads, type ThreadsGiven } from './chosenThreads';

const given = { threadId: z.string(), threadIds: z.array(z.string()), selected: z.boolean() };

/** Commands that pin and archive threads. */
export function shelfCommands(services: Services, tree: ThreadsTree) {
  const { client } = services;

  /** All branches of a conversation are on the same shelf. */
  async function put(args: ThreadsGiven, title: string, shelf: Shelf): Promise<Thread[]> {
    const chosen = await chosenThreads(services, tree, args, title);
    for (const one of chosen) {
      for (const thread of (await listBranches(client, one)).threads) {
        if (shelfOf(thread) === shelf) continue;
        await client.beta.threads.update(thread.id, { metadata: shelved(thread, shelf) });
      }
    }
    return chosen;
  }

  return [
    command('pinThread', given, (args) => put(args, vscode.l10n.t('Pin Thread'), 'pinned')),
    command('unpinThread', given, (args) => put(args, vscode.l10n.t('Unpin Thread'), 'none')),
    command('archiveThread', given, (args) => put(args, vscode.l10n.t('Archive Thread'), 'archived')),
    command('unarchiveThread', given, (args) => put(args, vscode.l10n.t('Unarchive Thread'), 'none')),
  ];
}

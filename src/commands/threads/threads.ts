import type { Thread } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';
import * as z from 'zod';
import { textLimits } from '../../client/limits';
import type { Services } from '../../client/services';
import { storedTitle, threadTitle } from '../../client/objects/titles';
import type { Chats } from '../../views/chat/chats';
import type { ThreadsTree } from '../../views/trees/threadsTree';
import { command } from '../command';
import { askInTurn, askText, confirmOverwriting, type Position } from '../ask/inputs';
import { pickThread } from '../ask/pickers';

/** Commands that create, open and rename threads. */
export function threadCommands(services: Services, chats: Chats, tree: ThreadsTree) {
  const { client } = services;

  async function find(threadId: string | undefined, title: string): Promise<Thread> {
    if (threadId === undefined) return pickThread(services, title);
    return client.beta.threads.retrieve(threadId);
  }

  /** The chat's thread if it is still empty and untitled. */
  async function unusedThread(): Promise<Thread | undefined> {
    const { threadId } = chats.current.selection;
    if (threadId === undefined) return undefined;
    const [thread, messages] = await Promise.all([
      client.beta.threads.retrieve(threadId),
      client.beta.threads.messages.list(threadId, { limit: 1 }),
    ]);
    return messages.data.length === 0 && !storedTitle(thread) ? thread : undefined;
  }

  function rename(thread: Thread, title: string): Promise<Thread> {
    const metadata = { ...thread.metadata, title: title.trim() };
    return client.beta.threads.update(thread.id, { metadata });
  }

  async function askForTitle(thread: Thread): Promise<Thread> {
    const asked = threadTitle(thread);
    let title = asked;
    const ask = async (position: Position): Promise<void> => {
      title = await askText({
        ...position,
        prompt: vscode.l10n.t('Name of the thread'),
        value: asked,
        maxLength: textLimits.metadataValue,
      });
    };
    return askInTurn(vscode.l10n.t('Rename Thread'), [ask], async () => {
      const current = await client.beta.threads.retrieve(thread.id);
      await confirmOverwriting({ asked, current: threadTitle(current), wanted: title.trim() });
      return rename(current, title);
    });
  }

  async function startThread(title?: string): Promise<Thread> {
    const unused = title === undefined ? await unusedThread() : undefined;
    const thread = unused ?? (await client.beta.threads.create(title ? { metadata: { title } } : {}));
    await chats.current.show(thread.id);
    await chats.reveal();
    return thread;
  }

  async function openThread(threadId?: string): Promise<Thread> {
    const thread = await find(threadId, vscode.l10n.t('Open Thread'));
    await chats.current.show(thread.id);
    await chats.reveal();
    return thread;
  }

  return [
    command('newThread', { title: z.string() }, ({ title }) => startThread(title)),

    command('openThread', { threadId: z.string() }, ({ threadId }) => openThread(threadId)),

    // The buttons in the title of the view and of a tab act on their own chat, whichever was used last.
    command('newThreadInSideBar', {}, () => {
      chats.use('sideBar');
      return startThread();
    }),

    command('openThreadInSideBar', {}, () => {
      chats.use('sideBar');
      return openThread();
    }),

    command('newThreadInEditor', {}, () => {
      chats.use('editor');
      return startThread();
    }),

    command('openThreadInEditor', {}, () => {
      chats.use('editor');
      return openThread();
    }),

    command(
      'renameThread',
      { threadId: z.string(), title: z.string(), selected: z.boolean() },
      async ({ threadId, title, selected }) => {
        const id = threadId ?? (selected ? tree.selected[0] : undefined);
        const thread = await find(id, vscode.l10n.t('Rename Thread'));
        return title === undefined ? askForTitle(thread) : rename(thread, title);
      },
    ),

    command('loadMoreThreads', { archived: z.boolean() }, ({ archived }) => tree.showMore(archived)),
  ];
}

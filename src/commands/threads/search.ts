import * as vscode from 'vscode';
import * as z from 'zod';
import type { Services } from '../../client/services';
import type { Chats } from '../../views/chat/chats';
import { askForThread } from '../ask/threadSearch';
import { command } from '../command';

/** The command that searches all threads. */
export function threadSearchCommands(services: Services, chats: Chats) {
  return [
    command('searchThreads', { query: z.string() }, async ({ query }) => {
      const { thread, messageId } = await askForThread(services, {
        title: vscode.l10n.t('Search Threads'),
        placeholder: vscode.l10n.t('Words of a message, code, a file name or a title; “a phrase” in quotes'),
        query,
      });
      await chats.current.showMessage(thread.id, messageId);
      await chats.reveal({ toMessages: messageId !== undefined });
      return thread;
    }),
  ];
}

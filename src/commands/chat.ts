import * as vscode from 'vscode';
import * as z from 'zod';
import type { Services } from '../client/services';
import type { FunctionCalls } from '../functions/functionCalls';
import type { Chats } from '../views/chat/chats';
import { command } from './command';
import { askChoice } from './ask/inputs';
import { pickModel } from './ask/modelPicker';
import { pickAssistant, pickFile, pickThread } from './ask/pickers';
import { pickStore } from './ask/storePickers';

/** Commands of the chat, and those that apply to every kind of object. */
export function chatCommands(
  services: Services,
  calls: FunctionCalls,
  chats: Chats,
  trees: readonly { refresh(): void }[],
) {
  async function askForId(): Promise<string> {
    const title = vscode.l10n.t('Copy ID');
    const pick = await askChoice<(services: Services, title: string) => Promise<{ id: string }>>({
      title,
      placeholder: vscode.l10n.t('Which ID do you want to copy?'),
      items: [
        { label: vscode.l10n.t('Assistant'), value: pickAssistant },
        { label: vscode.l10n.t('Thread'), value: pickThread },
        { label: vscode.l10n.t('File'), value: pickFile },
        { label: vscode.l10n.t('Vector Store'), value: pickStore },
      ],
    });
    return (await pick(services, title)).id;
  }

  return [
    command('openChat', {}, () => chats.reveal()),

    command(
      'openChatInEditor',
      { threadId: z.string(), assistantId: z.string() },
      ({ threadId, assistantId }) => {
        const { selection } = chats.current;
        chats.openTab({
          threadId: threadId ?? selection.threadId,
          assistantId: assistantId ?? selection.assistantId,
        });
      },
    ),

    command('moveChatToSecondarySideBar', {}, () => chats.moveTo('secondarySideBar')),

    command('moveChatToPrimarySideBar', {}, () => chats.moveTo('primarySideBar')),

    command(
      'chooseNextModel',
      { model: z.string(), retry: z.boolean() },
      async ({ model: given, retry = false }) => {
        const chat = chats.current;
        const { assistantId, nextModel } = chat.selection;
        const title = retry
          ? vscode.l10n.t('Retry with Another Model')
          : vscode.l10n.t('Choose Model for Next Run');
        const current = nextModel ?? services.assistants.find(assistantId)?.model;
        const model = given ?? (await pickModel(services, { title, step: 1, totalSteps: 1 }, current));
        chat.setNextModel(model);
        if (retry) await chat.retry();
        return model;
      },
    ),

    command('findInChat', {}, async () => {
      await chats.reveal();
      chats.current.find();
    }),

    command(
      'copyId',
      { assistantId: z.string(), threadId: z.string(), fileId: z.string(), vectorStoreId: z.string() },
      async ({ assistantId, threadId, fileId, vectorStoreId }) => {
        const id = assistantId ?? threadId ?? fileId ?? vectorStoreId ?? (await askForId());
        await vscode.env.clipboard.writeText(id);
        vscode.window.setStatusBarMessage(vscode.l10n.t('Copied {0}', id), 3000);
        return id;
      },
    ),

    command('refresh', {}, async () => {
      services.assistants.refresh();
      for (const tree of trees) tree.refresh();
      await Promise.all([chats.refresh(), calls.refresh()]);
    }),
  ];
}

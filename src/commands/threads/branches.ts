import type { Message } from 'openai/resources/beta/threads/messages';
import * as vscode from 'vscode';
import * as z from 'zod';
import { UserError } from '../../client/errors/errors';
import { plainText } from '../../client/objects/messageText';
import { assistantName, formatTime, threadTitle } from '../../client/objects/titles';
import { forkThread, listBranches, type ForkedThread } from '../../client/runs/forks';
import type { Services } from '../../client/services';
import type { Regeneration } from '../../views/chat/messageActions';
import type { Chats } from '../../views/chat/chats';
import { command } from '../command';
import { askChoice, type Choice } from '../ask/inputs';
import { pickModel } from '../ask/modelPicker';
import { pickThread } from '../ask/pickers';

/** Commands for the branches of conversations. */
export function branchCommands(services: Services, chats: Chats) {
  const { assistants, client } = services;

  /** The thread given, else the chat's, else one that the user picks. */
  async function find(threadId: string | undefined, title: string): Promise<ForkedThread> {
    const id = threadId ?? chats.current.selection.threadId;
    return id === undefined ? pickThread(services, title) : client.beta.threads.retrieve(id);
  }

  async function newestAnswer(): Promise<Message> {
    const { threadId } = chats.current.selection;
    if (threadId === undefined) throw new UserError(vscode.l10n.t('Open a thread first.'));
    const { data } = await client.beta.threads.messages.list(threadId, { limit: 20 });
    const answer = data.find(({ role }) => role === 'assistant');
    if (!answer) throw new UserError(vscode.l10n.t('This thread has no answer yet.'));
    return answer;
  }

  /** Asks for another assistant, or for another model of the same one. */
  async function askHow(title: string): Promise<Regeneration> {
    const choose = async (): Promise<Choice<Regeneration | 'model'>[]> => [
      {
        label: `$(chip) ${vscode.l10n.t('Another Model…')}`,
        alwaysShow: true,
        value: 'model',
      },
      ...(await assistants.all()).map((assistant) => ({
        label: assistantName(assistant),
        description: assistant.model,
        detail: assistant.description ?? undefined,
        value: { assistantId: assistant.id },
      })),
    ];
    const placeholder = vscode.l10n.t('Which assistant or model should answer?');
    const choice = await askChoice({ title, placeholder, items: choose() });
    return choice === 'model' ? { model: await pickModel(services, { title }) } : choice;
  }

  /** The branches of a conversation with what each ends with, newest first. */
  async function branchChoices(thread: ForkedThread): Promise<Choice<ForkedThread>[]> {
    const { threads } = await listBranches(client, thread);
    if (threads.length < 2) throw new UserError(vscode.l10n.t('This conversation has no other branches.'));
    const choices = threads.map(async (one) => {
      const [last] = (await client.beta.threads.messages.list(one.id, { limit: 1 })).data;
      const text = last && plainText(last).replace(/\s+/g, ' ').slice(0, 80);
      return {
        label: text || threadTitle(one),
        description: one.id === thread.id ? vscode.l10n.t('shown now') : undefined,
        detail: formatTime(one.created_at),
        value: one,
      };
    });
    return (await Promise.all(choices)).reverse();
  }

  return [
    command(
      'regenerateAnswer',
      { messageId: z.string(), assistantId: z.string(), model: z.string() },
      async ({ messageId, ...given }) => {
        const id = messageId ?? (await newestAnswer()).id;
        const isGiven = given.assistantId !== undefined || given.model !== undefined;
        await chats.current.actions.regenerate(
          id,
          isGiven ? given : await askHow(vscode.l10n.t('Regenerate With')),
        );
      },
    ),

    command(
      'branchThread',
      { threadId: z.string(), messageId: z.string() },
      async ({ threadId, messageId }) => {
        const { id } = await find(threadId, vscode.l10n.t('Branch into New Thread'));
        const { thread } = await forkThread(client, { threadId: id, upTo: messageId, branch: false });
        await chats.current.show(thread.id);
        await chats.reveal();
        return thread;
      },
    ),

    command('showBranches', { threadId: z.string() }, async ({ threadId }) => {
      const title = vscode.l10n.t('Show Branches');
      const thread = await find(threadId, title);
      const chosen = await askChoice({
        title,
        placeholder: vscode.l10n.t('Choose a branch of this conversation'),
        items: branchChoices(thread),
      });
      await chats.current.show(chosen.id);
      await chats.reveal();
      return chosen;
    }),
  ];
}

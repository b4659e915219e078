import * as vscode from 'vscode';
import * as z from 'zod';
import { describeError } from '../../client/errors';
import type { Services } from '../../client/services';
import type { Chats } from '../../views/chat/chats';
import { command } from '../command';
import { askText } from '../ask/inputs';
import { pickAssistant } from '../ask/pickers';
import { selectedCode, selectionMessage } from './selection';

/** Where a message goes; what is left out is what the chat shows. */
const destination = {
  threadId: z.string(),
  assistantId: z.string(),
  /** Whether to answer when the run has ended and not when it has begun. */
  wait: z.boolean(),
};

interface Destination {
  threadId?: string;
  assistantId?: string;
  wait?: boolean;
}

/** The commands that send messages. */
export function messageCommands(services: Services, chats: Chats) {
  const { conversations, monitor } = services;

  async function send(text: string, { threadId, assistantId, wait }: Destination) {
    const chat = chats.current;
    const { run } = await conversations.send(
      {
        text,
        threadId: threadId ?? chat.selection.threadId,
        assistantId: assistantId ?? (await chosenAssistant()),
      },
      (message) => {
        if (chat.selection.threadId !== undefined) return;
        chat.show(message.thread_id).catch(services.reporter.notify);
      },
    );
    return wait ? monitor.waitFor(run) : run;
  }

  async function chosenAssistant(): Promise<string> {
    const { assistantId } = chats.current.selection;
    const all = await services.assistants.all();
    if (assistantId !== undefined && all.some(({ id }) => id === assistantId)) return assistantId;
    return (await pickAssistant(services, vscode.l10n.t('Send Message'))).id;
  }

  /** Sends what the user wrote into a box that is gone: what cannot be sent is put into the composer. */
  async function sendOrKeep(text: string, to: Destination) {
    try {
      return await send(text, to);
    } catch (error) {
      services.reporter.info(`A message is kept as a draft: ${describeError(error)}`);
      await chats.current.setDraft(text);
      throw error;
    }
  }

  return [
    command('sendMessage', { text: z.string(), ...destination }, async ({ text, ...to }) => {
      if (text !== undefined) return send(text, to);
      const written = await askText({
        title: vscode.l10n.t('Send Message'),
        prompt: vscode.l10n.t('Your message'),
        faultOf: (value) => (value.trim() ? undefined : vscode.l10n.t('Write a message first.')),
      });
      const run = await sendOrKeep(written, to);
      await chats.reveal();
      return run;
    }),

    command('sendSelection', { question: z.string(), ...destination }, async ({ question, ...to }) => {
      const code = selectedCode(vscode.window.activeTextEditor);
      const asked =
        question ??
        (await askText({
          title: vscode.l10n.t('Send Selection to Assistant'),
          prompt: vscode.l10n.t('Your question about it. Empty: the code alone.'),
        }));
      await chats.reveal();
      return sendOrKeep(selectionMessage(asked, code), to);
    }),
  ];
}

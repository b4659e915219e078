import * as vscode from 'vscode';
import * as z from 'zod';
import { describeError } from '../../client/errors/errors';
import { textLimits } from '../../client/limits';
import type { Services } from '../../client/services';
import type { Chats } from '../../views/chat/chats';
import { command } from '../command';
import { askText } from '../ask/inputs';
import { pickAssistant } from '../ask/pickers';
import { selectedCode, selectionMessage } from './selection';

/** Where a message goes; defaults to the thread and assistant of the chat. */
const destination = {
  threadId: z.string(),
  assistantId: z.string(),
  /** Whether to resolve when the run has ended, not when it has started. */
  wait: z.boolean(),
};

interface Destination {
  threadId?: string;
  assistantId?: string;
  wait?: boolean;
}

/** Commands that send messages. */
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

  /** Sends text of a closed input box. If that fails, the text is added to the composer's draft. */
  async function sendOrKeep(text: string, to: Destination) {
    try {
      return await send(text, to);
    } catch (error) {
      services.reporter.info(`A message is kept as a draft: ${describeError(error)}`);
      await chats.current.addToDraft(text);
      throw error;
    }
  }

  return [
    command('sendMessage', { text: z.string(), ...destination }, async ({ text, ...to }) => {
      if (text !== undefined) return send(text, to);
      const written = await askText({
        title: vscode.l10n.t('Send Message'),
        prompt: vscode.l10n.t('Your message'),
        maxLength: textLimits.message,
        errorOf: (value) => (value.trim() ? undefined : vscode.l10n.t('Write a message first.')),
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
          prompt: vscode.l10n.t('Your question about the selection. Leave empty to send only the code.'),
          maxLength: Math.max(1, textLimits.message - selectionMessage(' ', code).length - 2),
        }));
      await chats.reveal();
      return sendOrKeep(selectionMessage(asked, code), to);
    }),
  ];
}

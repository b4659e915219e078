import type { Assistant } from 'openai/resources/beta/assistants';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { Thread } from 'openai/resources/beta/threads/threads';
import type { FileObject } from 'openai/resources/files';
import * as vscode from 'vscode';
import { runCommand, type CommandId } from '../../client/commands';
import { UserError } from '../../client/errors/errors';
import { fileSize } from '../../client/files/fileSize';
import { plainText } from '../../client/objects/messageText';
import { statusWords } from '../../client/runs/runStatus';
import type { Services } from '../../client/services';
import { namesakeHints } from '../../client/objects/namesakes';
import { assistantName, formatTime } from '../../client/objects/titles';
import { switchTools, toolWords, type SwitchTool } from '../../client/tools';
import { askChoice, askChoices, type Choice, type Position } from './inputs';
import { askForThread } from './threadSearch';

/** Objects that one list shows at most. */
const listLength = 100;

/** Asks for an assistant, or creates one. */
export async function pickAssistant({ assistants, shown }: Services, title: string): Promise<Assistant> {
  const choose = async (): Promise<Assistant | CommandId> => {
    const items = assistants.all().then((all) => {
      const hints = namesakeHints(all);
      return [
        ...all.map((assistant) => ({
          label: assistantName(assistant),
          description: [assistant.model, hints.get(assistant.id)].filter(Boolean).join(' · '),
          detail: assistant.description ?? undefined,
          picked: assistant.id === shown?.().assistantId,
          value: assistant,
        })),
        ...creationChoices(all.length === 0),
      ];
    });
    return askChoice({ title, placeholder: vscode.l10n.t('Choose an assistant'), items });
  };
  const choice = await choose();
  if (typeof choice !== 'string') return choice;
  const made = await runCommand<Assistant | undefined>(choice);
  if (!made) throw new vscode.CancellationError();
  return made;
}

function creationChoices(isFirst: boolean): Choice<Assistant | CommandId>[] {
  const create: Choice<CommandId> = {
    label: `$(add) ${vscode.l10n.t('Create Assistant…')}`,
    value: 'createAssistant',
  };
  const sample: Choice<CommandId> = {
    label: `$(mortar-board) ${vscode.l10n.t('Create Math Tutor')}`,
    description: vscode.l10n.t('Demo – scripted replies, no AI'),
    value: 'createSampleAssistant',
  };
  return isFirst ? [sample, create] : [create];
}

/** Asks for a thread: one of those written to last, or any other by its title. */
export async function pickThread(services: Services, title: string): Promise<Thread> {
  const { thread } = await askForThread(services, {
    title,
    placeholder: vscode.l10n.t('Choose a thread, or type words of its title'),
    titlesOnly: true,
  });
  return thread;
}

/** Asks for a message of a thread, newest first. */
export async function pickMessage({ client }: Services, threadId: string, title: string): Promise<Message> {
  const read = async (): Promise<Choice<Message>[]> => {
    const { data } = await client.beta.threads.messages.list(threadId, { limit: listLength });
    if (data.length === 0) throw new UserError(vscode.l10n.t('This thread has no messages yet.'));
    return data.map((message) => ({
      label: plainText(message).replace(/\s+/g, ' ').slice(0, 80) || message.id,
      description: message.role === 'user' ? vscode.l10n.t('You') : vscode.l10n.t('Assistant'),
      detail: formatTime(message.created_at),
      value: message,
    }));
  };
  return askChoice({ title, placeholder: vscode.l10n.t('Choose a message'), items: read() });
}

/** Asks for a run of a thread, newest first. */
export async function pickRun({ client }: Services, threadId: string, title: string): Promise<Run> {
  const read = async (): Promise<Choice<Run>[]> => {
    const { data } = await client.beta.threads.runs.list(threadId, { limit: listLength });
    if (data.length === 0) throw new UserError(vscode.l10n.t('This thread has no runs yet.'));
    return data.map((run) => ({
      label: statusWords(run.status),
      description: run.model,
      detail: `${formatTime(run.created_at)} · ${run.id}`,
      value: run,
    }));
  };
  return askChoice({ title, placeholder: vscode.l10n.t('Choose a run'), items: read() });
}

/** Asks for a file, newest first. */
export async function pickFile({ client }: Services, title: string): Promise<FileObject> {
  const read = async (): Promise<Choice<FileObject>[]> => {
    const { data } = await client.files.list({ limit: listLength, order: 'desc' });
    if (data.length === 0) throw new UserError(vscode.l10n.t('There are no files yet.'));
    return data.map((file) => ({
      label: file.filename,
      description: fileSize(file.bytes),
      detail: `${formatTime(file.created_at)} · ${file.id}`,
      value: file,
    }));
  };
  return askChoice({ title, placeholder: vscode.l10n.t('Choose a file'), items: read() });
}

/** Asks which built-in tools are switched on. */
export function pickTools(position: Position, on: readonly string[]): Promise<SwitchTool[]> {
  const details: Record<SwitchTool, string> = {
    code_interpreter: vscode.l10n.t('Writes and runs Python code'),
    file_search: vscode.l10n.t('Finds and cites passages in its files'),
  };
  return askChoices({
    ...position,
    placeholder: vscode.l10n.t('Which tools may it use? You can choose none.'),
    items: switchTools.map((type) => ({
      label: toolWords({ type }),
      detail: details[type],
      picked: on.includes(type),
      value: type,
    })),
  });
}

import * as vscode from 'vscode';
import * as z from 'zod';
import { UserError } from '../client/errors/errors';
import type { Services } from '../client/services';
import { threadTitle } from '../client/objects/titles';
import type { AssistantDocuments } from '../documents/documents';
import type { DocumentTarget } from '../documents/target';
import type { Chats } from '../views/chat/chats';
import { command } from './command';
import { askChoice } from './ask/inputs';
import { pickAssistant, pickFile, pickMessage, pickRun, pickThread } from './ask/pickers';
import { pickStore } from './ask/storePickers';

interface Ids {
  assistantId?: string;
  threadId?: string;
  messageId?: string;
  runId?: string;
  stepId?: string;
  vectorStoreId?: string;
  fileId?: string;
}

/** Commands that show objects of the API as documents. */
export function documentCommands(services: Services, chats: Chats, documents: AssistantDocuments) {
  return [
    command(
      'showJson',
      {
        assistantId: z.string(),
        threadId: z.string(),
        messageId: z.string(),
        runId: z.string(),
        stepId: z.string(),
        vectorStoreId: z.string(),
        fileId: z.string(),
      },
      async (ids) => {
        const isGiven = Object.values(ids).some((id) => id !== undefined);
        const target = isGiven ? targetOf(ids) : await askForTarget(services, chats);
        return documents.show(target);
      },
    ),

    command('showThreadMarkdown', { threadId: z.string() }, async ({ threadId }) => {
      const id = threadId ?? chats.current.selection.threadId;
      const thread =
        id === undefined
          ? await pickThread(services, vscode.l10n.t('Show Conversation'))
          : await services.client.beta.threads.retrieve(id);
      return documents.show({ kind: 'conversation', threadId: thread.id, title: threadTitle(thread) });
    }),

    command('readLastAnswer', { threadId: z.string() }, async ({ threadId }) => {
      const id = threadId ?? chats.current.selection.threadId;
      if (id === undefined) throw new UserError(vscode.l10n.t('There is no conversation to read yet.'));
      const thread = await services.client.beta.threads.retrieve(id);
      return documents.showLastAnswer(thread.id, threadTitle(thread));
    }),
  ];
}

function targetOf({
  assistantId,
  threadId,
  messageId,
  runId,
  stepId,
  vectorStoreId,
  fileId,
}: Ids): DocumentTarget {
  if (assistantId !== undefined) return { kind: 'assistant', id: assistantId };
  if (fileId !== undefined) return fileTarget(fileId, vectorStoreId);
  if (vectorStoreId !== undefined) return { kind: 'vectorStore', id: vectorStoreId };
  if (threadId === undefined) {
    throw new UserError(vscode.l10n.t('To find a message or a run, specify the ID of its thread, too.'));
  }
  if (messageId !== undefined) return { kind: 'message', threadId, id: messageId };
  if (stepId !== undefined) {
    if (runId === undefined) {
      throw new UserError(vscode.l10n.t('To find a step, specify the ID of its run, too.'));
    }
    return { kind: 'step', threadId, runId, id: stepId };
  }
  if (runId !== undefined) return { kind: 'run', threadId, id: runId };
  return { kind: 'thread', id: threadId };
}

function fileTarget(id: string, vectorStoreId: string | undefined): DocumentTarget {
  return vectorStoreId === undefined ? { kind: 'file', id } : { kind: 'storeFile', vectorStoreId, id };
}

async function askForTarget(services: Services, chats: Chats): Promise<DocumentTarget> {
  const title = vscode.l10n.t('Show JSON');
  const kind = await askChoice<'assistant' | 'thread' | 'message' | 'run' | 'vectorStore' | 'file'>({
    title,
    placeholder: vscode.l10n.t('What do you want to see?'),
    items: [
      { label: vscode.l10n.t('Assistant'), value: 'assistant' },
      { label: vscode.l10n.t('Thread'), value: 'thread' },
      { label: vscode.l10n.t('Message'), value: 'message' },
      { label: vscode.l10n.t('Run'), value: 'run' },
      { label: vscode.l10n.t('Vector Store'), value: 'vectorStore' },
      { label: vscode.l10n.t('File'), value: 'file' },
    ],
  });
  if (kind === 'assistant') return { kind, id: (await pickAssistant(services, title)).id };
  if (kind === 'thread') return { kind, id: (await pickThread(services, title)).id };
  if (kind === 'vectorStore') return { kind, id: (await pickStore(services, title)).id };
  if (kind === 'file') return { kind, id: (await pickFile(services, title)).id };
  const threadId = chats.current.selection.threadId ?? (await pickThread(services, title)).id;
  const pick = kind === 'message' ? pickMessage : pickRun;
  return { kind, threadId, id: (await pick(services, threadId, title)).id };
}

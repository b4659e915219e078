import * as vscode from 'vscode';
import { runCommand, type CommandId } from '../../client/commands';
import { UserError } from '../../client/errors/errors';
import { placeOf } from '../../client/files/passages';
import type { Services } from '../../client/services';
import type { ChatCommand, ChatMessageHandlers } from '../../protocol/chat';
import type { ChatSelection } from './chatState';
import { exportQuiz } from './quizExport';
import { readPassages, type SearchIds } from './feeds/passageReader';

type CallOfStep = Omit<SearchIds, 'threadId'>;

/** Handlers of the messages that ask VS Code for something and do not change the chat itself. */
export function chatActions(services: Services, selection: () => ChatSelection) {
  return {
    copy: async ({ text }) => vscode.env.clipboard.writeText(text),
    insertCode: ({ code }) => run('insertCode', { code }),
    applyCode: ({ code, language, file }) => run('applyCode', { code, language, file }),
    openCode: ({ code, language }) => run('openCode', { code, language }),
    openLink: ({ url }) => openLink(url),
    showMessageJson: ({ messageId }) => run('showJson', { threadId: selection().threadId, messageId }),
    viewStepInput: (call) => run('viewStepInput', inThread(call)),
    viewStepOutput: (call) => run('viewStepOutput', inThread(call)),
    exportQuiz: ({ runId, stepId, callId }) =>
      exportQuiz(services.client, { threadId: selection().threadId ?? '', runId, stepId, callId }),
    showMessageRequest: ({ messageId }) =>
      run('showModelRequest', { threadId: selection().threadId, messageId }),
    showStepRequest: ({ runId, stepId }) =>
      run('showModelRequest', { threadId: selection().threadId, runId, stepId }),
    openCitation: ({ messageId, index }) =>
      run('openCitation', { threadId: selection().threadId, messageId, index }),
    openPassage: (passage) => openPassage(passage, selection(), services),
    openFile: ({ fileId }) => run('openFile', { fileId }),
    saveFile: ({ fileId }) => run('saveFileAs', { fileId }),
    turnOnFileSearch: () => turnOnFileSearch(selection(), services),
    command: ({ command }) => runChatCommand(command, selection(), services),
  } satisfies Partial<ChatMessageHandlers>;

  function inThread({ runId, stepId, callId }: CallOfStep) {
    return { threadId: selection().threadId, runId, stepId, callId };
  }
}

async function runChatCommand(
  command: ChatCommand,
  { threadId, assistantId }: ChatSelection,
  { monitor, service }: Services,
): Promise<void> {
  const newest = threadId === undefined ? undefined : monitor.newestRun(threadId);
  switch (command) {
    case 'viewRunSteps':
      return run('viewRunSteps', { threadId, runId: newest?.id });
    case 'showModelRequest':
      return run('showModelRequest', { threadId, runId: newest?.id });
    case 'createAssistant':
      return run('newAssistant');
    case 'editAssistant':
      return run('editAssistant', assistantId === undefined ? undefined : { assistantId });
    case 'setApiKey':
      return run('setApiKey', newest && { connectionId: service.connectionOf(newest.model) });
    case 'retryWithModel':
      return run('chooseNextModel', { retry: true });
    case 'testConnection':
      return run('testConnection', {
        connectionId: newest && service.connectionOf(newest.model),
        show: true,
      });
    case 'changeModel':
      return run('editAssistant', { assistantId, field: 'model' });
    case 'chooseModel':
      return run('editAssistant', { assistantId: newest?.assistant_id ?? assistantId, field: 'model' });
    default:
      return run(command);
  }
}

async function run(command: CommandId, args?: Record<string, unknown>): Promise<void> {
  await runCommand(command, args);
}

/** Adds file search to the tools of the selected assistant. */
async function turnOnFileSearch({ assistantId }: ChatSelection, { client }: Services): Promise<void> {
  if (assistantId === undefined) throw new UserError(vscode.l10n.t('Choose an assistant first.'));
  const { tools } = await client.beta.assistants.retrieve(assistantId);
  if (tools.some(({ type }) => type === 'file_search')) return;
  await client.beta.assistants.update(assistantId, { tools: [...tools, { type: 'file_search' }] });
}

/** Opens a file at a passage that a search has found. */
async function openPassage(
  { index, ...call }: CallOfStep & { index: number },
  { threadId = '' }: ChatSelection,
  { client }: Services,
): Promise<void> {
  const passage = (await readPassages(client, { threadId, ...call }))[index];
  if (!passage) throw new UserError(vscode.l10n.t('This passage is no longer available.'));
  await run('openCitation', { fileId: passage.fileId, ...placeOf(passage) });
}

/** Opens a web or mail address. VS Code asks before it opens an untrusted domain. */
async function openLink(url: string): Promise<void> {
  if (!/^(https?|mailto):/i.test(url)) {
    throw new UserError(vscode.l10n.t('Only web and email links can be opened from a chat.'));
  }
  // The string itself: VS Code would decode and encode the parts of a Uri, which changes %2B, %2F and %23.
  await vscode.env.openExternal(url as unknown as vscode.Uri);
}

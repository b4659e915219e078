import type { Assistant } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import type { ActiveService } from '../../client/service/activeService';
import { isAuthenticationError, isNoConnectionError } from '../../client/errors';
import { endedAt, errorWords } from '../../client/runs/runStatus';
import { assistantName } from '../../client/titles';
import type { AssistantOption, ErrorAction, FileTool, RunView } from '../../protocol/chat';

/** What a chat shows, and which assistant answers in it. */
export interface ChatSelection {
  threadId?: string;
  assistantId?: string;
}

/** An assistant as the chat's picker shows it. */
export function assistantOption(assistant: Assistant, service: ActiveService): AssistantOption {
  return {
    id: assistant.id,
    name: assistantName(assistant),
    model: assistant.model,
    demo: service.isDemo(assistant.model),
    fileTools: fileToolsOf(assistant),
  };
}

function fileToolsOf({ tools }: Assistant): FileTool[] {
  const types = tools.map(({ type }) => type);
  return types.filter((type) => type === 'file_search' || type === 'code_interpreter');
}

/** A run as the chat's status line shows it. */
export function runView(run: Run, assistant: Assistant | undefined, { server }: ActiveService): RunView {
  const message = errorWords(run);
  // Why a server could not ask its model, nothing that is set here can change.
  const actions: ErrorAction[] = message === undefined || server ? ['retry'] : errorActions(message);
  return {
    id: run.id,
    status: run.status,
    assistantName: assistant ? assistantName(assistant) : vscode.l10n.t('Deleted assistant'),
    model: run.model,
    startedAt: (run.started_at ?? run.created_at) * 1000,
    endedAt: endedAt(run),
    totalTokens: run.usage?.total_tokens,
    error: message === undefined ? undefined : { message, actions: actions },
  };
}

/** What helps against a failure: a key or a model if that is the reason, and always another try. */
export function errorActions(message: string): ErrorAction[] {
  if (isNoConnectionError(message)) return ['chooseModel', 'retry'];
  return isAuthenticationError(message) ? ['setApiKey', 'retry'] : ['retry'];
}

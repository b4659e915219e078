import type { Assistant } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import type { ActiveService } from '../../client/service/activeService';
import { isAuthenticationError, isConnectionError, isNoConnectionError } from '../../client/errors/errors';
import { endedAt, errorWords } from '../../client/runs/runStatus';
import { translatedError } from '../../client/errors/translatedError';
import { namesakeHints } from '../../client/objects/namesakes';
import { suggestionsFor } from '../../client/objects/suggestions';
import { assistantName } from '../../client/objects/titles';
import type { Services } from '../../client/services';
import type { AssistantOption, ChatState, ErrorAction, FileTool, RunView } from '../../protocol/chat';

/** The thread that a chat shows, and its assistant. */
export interface ChatSelection {
  threadId?: string;
  assistantId?: string;
  /** The model of the next run alone, in place of the assistant's. */
  nextModel?: string;
}

/** The part of a chat's state that follows from the services; the chat adds the rest. */
export function sharedState(
  { threadId, assistantId, nextModel }: ChatSelection,
  { assistants, monitor, service }: Services,
): Pick<ChatState, 'loaded' | 'assistants' | 'assistantId' | 'nextModel' | 'otherRuns' | 'run' | 'error'> {
  const run = threadId === undefined ? undefined : monitor.newestRun(threadId);
  const hints = namesakeHints(assistants.current ?? []);
  return {
    loaded: assistants.current !== undefined,
    assistants: (assistants.current ?? []).map((assistant) =>
      assistantOption(assistant, service, hints.get(assistant.id)),
    ),
    assistantId,
    nextModel: nextModel === undefined ? undefined : { id: nextModel, demo: service.isDemo(nextModel) },
    run: run && runView(run, assistants.find(run.assistant_id), service),
    otherRuns: monitor.activeRuns().filter((run) => run.thread_id !== threadId).length,
    error: assistants.error,
  };
}

/** An assistant as the chat's picker shows it. */
export function assistantOption(
  assistant: Assistant,
  service: ActiveService,
  hint?: string,
): AssistantOption {
  return {
    id: assistant.id,
    name: assistantName(assistant),
    model: assistant.model,
    demo: service.isDemo(assistant.model),
    fileTools: fileToolsOf(assistant),
    hint,
    suggestions: suggestionsFor(assistant),
  };
}

/** The tools of an assistant that read files. */
export function fileToolsOf({ tools }: Assistant): FileTool[] {
  const types = tools.map(({ type }) => type);
  return types.filter((type) => type === 'file_search' || type === 'code_interpreter');
}

/** A run as the chat's status line shows it. */
export function runView(run: Run, assistant: Assistant | undefined, service: ActiveService): RunView {
  const message = errorWords(run);
  return {
    id: run.id,
    status: run.status,
    assistantName: assistant ? assistantName(assistant) : vscode.l10n.t('Deleted assistant'),
    model: run.model,
    startedAt: (run.started_at ?? run.created_at) * 1000,
    endedAt: endedAt(run),
    totalTokens: run.usage?.total_tokens,
    error:
      message === undefined
        ? undefined
        : { message: translatedError(message), actions: runErrorActions(message, run, service) },
  };
}

function runErrorActions(message: string, run: Run, service: ActiveService): ErrorAction[] {
  // If a server's model failed, the API keys of this window do not help.
  const actions: ErrorAction[] = service.server ? ['retry', 'retryWithModel'] : errorActions(message);
  if (!service.server && isConnectionError(message) && service.hasConnection(run.model)) {
    actions.push('testConnection');
  }
  if (!isNoConnectionError(message)) actions.push('showModelRequest');
  return actions;
}

/** The buttons for an error: set the API key or choose a model if that is the reason, and retry. */
export function errorActions(message: string): ErrorAction[] {
  if (isNoConnectionError(message)) return ['chooseModel', 'retry'];
  const retry: ErrorAction[] = ['retry', 'retryWithModel'];
  return isAuthenticationError(message) ? ['setApiKey', ...retry] : retry;
}

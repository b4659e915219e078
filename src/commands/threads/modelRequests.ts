import * as vscode from 'vscode';
import * as z from 'zod';
import { isUnsupported, UserError } from '../../client/errors/errors';
import { formatTime, threadTitle } from '../../client/objects/titles';
import { listModelRequests, readModelRequest, type ModelRequestInfo } from '../../client/runs/modelRequests';
import { isActive } from '../../client/runs/runStatus';
import type { Services } from '../../client/services';
import type { AssistantDocuments } from '../../documents/documents';
import { requestNames } from '../../documents/conversation/modelRequestText';
import type { Chats } from '../../views/chat/chats';
import { command } from '../command';
import { askChoice } from '../ask/inputs';
import { pickRun, pickThread } from '../ask/pickers';

interface Given {
  threadId?: string;
  runId?: string;
  stepId?: string;
  messageId?: string;
  requestId?: string;
}

interface StepIds {
  threadId: string;
  runId: string;
  /** Undefined for all requests of the run. */
  stepId?: string;
}

/** Commands that show what was sent to a model. */
export function modelRequestCommands(services: Services, chats: Chats, documents: AssistantDocuments) {
  const { client } = services;
  const title = vscode.l10n.t('Show Model Request');

  /** The given step or run, or that of the given message; asks for the thread or the run if missing. */
  async function askForStep({ threadId: given, runId, stepId, messageId }: Given): Promise<StepIds> {
    if (given === undefined && (runId ?? stepId ?? messageId) !== undefined)
      throw new UserError(vscode.l10n.t('To find a message or a run, specify the ID of its thread, too.'));
    const threadId = given ?? chats.current.selection.threadId ?? (await pickThread(services, title)).id;
    if (messageId !== undefined) return stepOfMessage(services, threadId, messageId);
    if (runId !== undefined) return { threadId, runId, stepId };
    if (stepId !== undefined)
      throw new UserError(vscode.l10n.t('To find a step, specify the ID of its run, too.'));
    return { threadId, runId: (await pickRun(services, threadId, title)).id };
  }

  /** The request to show: the given one, the newest of a given run, the only one, or the one that is chosen. */
  async function askForRequest(given: Given, ids: StepIds): Promise<string> {
    if (given.requestId !== undefined) return given.requestId;
    const requests = await requestsOf(services, ids);
    const [newest, ...others] = requests;
    if (!newest) throw new UserError(await noRequestWords(services, ids));
    const isRunGiven = given.runId !== undefined && given.stepId === undefined;
    if (others.length === 0 || isRunGiven) return newest.id;
    const items = requests.map((request, index) => choiceOf(request, requests.length - index));
    return askChoice({ title, placeholder: vscode.l10n.t('Choose a request'), items });
  }

  return [
    command(
      'showModelRequest',
      {
        threadId: z.string(),
        runId: z.string(),
        stepId: z.string(),
        messageId: z.string(),
        requestId: z.string(),
      },
      async (given) => {
        const { threadId, runId, stepId } = await askForStep(given);
        const requestId = await askForRequest(given, { threadId, runId, stepId });
        const request = await readModelRequest(client, { threadId, runId, requestId });
        const names = requestNames(threadTitle(await client.beta.threads.retrieve(threadId)), request);
        const ids = { threadId, runId, requestId };
        await documents.show({ kind: 'modelResponse', ...ids, name: names.response });
        await documents.show({ kind: 'modelRequest', ...ids, name: names.request });
        return request;
      },
    ),
  ];
}

async function stepOfMessage({ client }: Services, threadId: string, messageId: string): Promise<StepIds> {
  const { run_id: runId } = await client.beta.threads.messages.retrieve(messageId, { thread_id: threadId });
  if (!runId) throw new UserError(vscode.l10n.t('This message was not written by a model.'));
  const steps = client.beta.threads.runs.steps.list(runId, { thread_id: threadId, limit: 100 });
  for await (const { id, step_details: details } of steps) {
    if (details.type === 'message_creation' && details.message_creation.message_id === messageId)
      return { threadId, runId, stepId: id };
  }
  return { threadId, runId };
}

/** The requests that are kept of a step or a run, newest first. */
async function requestsOf({ client, service }: Services, ids: StepIds): Promise<ModelRequestInfo[]> {
  try {
    return await listModelRequests(client, ids);
  } catch (error) {
    if (!service.server || !isUnsupported(error)) throw error;
    // Reports a run that does not exist as such.
    await client.beta.threads.runs.retrieve(ids.runId, { thread_id: ids.threadId });
    throw new UserError(
      vscode.l10n.t('{0} does not provide the requests to its models.', service.server.label),
    );
  }
}

/** Why no request is kept. */
async function noRequestWords({ client }: Services, { threadId, runId, stepId }: StepIds): Promise<string> {
  const run = await client.beta.threads.runs.retrieve(runId, { thread_id: threadId });
  if (isActive(run) && run.status !== 'requires_action')
    return vscode.l10n.t('The request can be shown once the model has answered.');
  if (run.status === 'failed' && stepId === undefined)
    return vscode.l10n.t('No request of this run is kept, or it failed before one was sent.');
  return vscode.l10n.t('The request is no longer kept. The setting “Keep Model Requests” says how many are.');
}

/** `number` counts the requests from 1, oldest first. */
function choiceOf({ id, status, url, model, error, created_at: at }: ModelRequestInfo, number: number) {
  return {
    label:
      status === null
        ? vscode.l10n.t('Request {0}', number)
        : `${vscode.l10n.t('Request {0}', number)} · ${status}`,
    description: formatTime(at),
    detail: [url ?? model, error].filter(Boolean).join(' · '),
    value: id,
  };
}

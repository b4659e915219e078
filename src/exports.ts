import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { runCommand } from './client/commands';
import { UserError } from './client/errors/errors';
import { sendAndWait } from './client/runs/sendAndWait';
import type { Services } from './client/services';
import type { Answer, AssistantsStudioAPI, AssistantsStudioExports, Question } from './extensionApi';

/** The API for other extensions, over the services of this window. */
export function createExports(services: Services): AssistantsStudioExports {
  const api = createAPI(services);
  return {
    getAPI: (version) => {
      // The caller may be of another release.
      if ((version as number) !== 1)
        throw new Error(vscode.l10n.t('Assistants Studio has no version {0} of its API.', String(version)));
      return api;
    },
  };
}

function createAPI(services: Services): AssistantsStudioAPI {
  const { service, changes } = services;
  return Object.freeze<AssistantsStudioAPI>({
    version: 1,
    clientOptions: Object.freeze({ baseURL: 'http://engine/v1', apiKey: 'local', fetch: changes.fetch }),
    get service() {
      return { id: service.id, label: service.server?.label };
    },
    onDidChangeService: (listener) => service.onDidChange(() => listener()),
    openThread: async (threadId) => {
      // The command asks for the thread then.
      if (!threadId) throw new Error('openThread: there is no thread id.');
      await runCommand('openThread', { threadId });
    },
    ask: (question) => ask(services, question),
  });
}

async function ask(services: Services, question: Question): Promise<Answer> {
  const { assistantId, message: text, threadId, signal = new AbortController().signal } = question;
  const run = await sendAndWait(services, { text, assistantId, threadId }, signal);
  if (run.status !== 'completed' && run.status !== 'incomplete') throw new UserError(failureOf(run));
  const query = { run_id: run.id, order: 'asc', limit: 100 } as const;
  const messages = await services.client.beta.threads.messages.list(run.thread_id, query, { signal });
  const words = messages.data.flatMap(({ content }) =>
    content.map((part) => {
      if (part.type === 'text') return part.text.value;
      return part.type === 'refusal' ? part.refusal : '';
    }),
  );
  return { threadId: run.thread_id, runId: run.id, text: words.filter(Boolean).join('\n\n') };
}

function failureOf({ status, last_error }: Run): string {
  return last_error?.message ?? vscode.l10n.t('The run ended without an answer: {0}', status);
}

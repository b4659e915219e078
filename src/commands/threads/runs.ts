import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import * as z from 'zod';
import { UserError } from '../../client/errors/errors';
import { isActive, statusWords } from '../../client/runs/runStatus';
import type { Services } from '../../client/services';
import { threadTitle } from '../../client/objects/titles';
import type { Chats } from '../../views/chat/chats';
import { command } from '../command';
import { askChoice } from '../ask/inputs';
import { pickThread } from '../ask/pickers';

/** Commands that stop and retry runs. */
export function runCommands(services: Services, chats: Chats) {
  const { client, conversations, monitor } = services;

  async function activeRun(threadId: string | undefined): Promise<Run> {
    if (threadId !== undefined) {
      const run = await monitor.refresh(threadId);
      if (run && isActive(run)) return run;
      throw new UserError(vscode.l10n.t('No run is active in this thread.'));
    }
    const runs = monitor.activeRuns();
    const shown = runs.find((run) => run.thread_id === chats.current.selection.threadId);
    if (shown) return shown;
    if (runs.length === 0) throw new UserError(vscode.l10n.t('No run is active.'));
    return pickActiveRun(runs);
  }

  function pickActiveRun(runs: readonly Run[]): Promise<Run> {
    const items = runs.map(async (run) => {
      const thread = await client.beta.threads.retrieve(run.thread_id);
      return { label: threadTitle(thread), description: statusWords(run.status), value: run };
    });
    return askChoice({
      title: vscode.l10n.t('Stop Run'),
      placeholder: vscode.l10n.t('Choose a run'),
      items: Promise.all(items),
    });
  }

  /** The given assistant, else that of the thread's last run, else the chat's. */
  async function assistantFor(threadId: string, assistantId: string | undefined): Promise<string> {
    const last = assistantId === undefined ? await monitor.refresh(threadId) : undefined;
    const id = assistantId ?? last?.assistant_id ?? chats.current.selection.assistantId;
    if (id === undefined) throw new UserError(vscode.l10n.t('Choose an assistant first.'));
    return id;
  }

  return [
    command('stopRun', { threadId: z.string() }, async ({ threadId }) =>
      monitor.stop(await activeRun(threadId)),
    ),

    command(
      'retryRun',
      { threadId: z.string(), assistantId: z.string(), wait: z.boolean() },
      async ({ threadId, assistantId, wait }) => {
        const id =
          threadId ??
          chats.current.selection.threadId ??
          (await pickThread(services, vscode.l10n.t('Retry Run'))).id;
        const run = await conversations.retry(id, await assistantFor(id, assistantId));
        return wait ? monitor.waitFor(run) : run;
      },
    ),
  ];
}

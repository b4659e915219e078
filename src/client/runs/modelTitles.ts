import type OpenAI from 'openai';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type * as vscode from 'vscode';
import { describeError } from '../errors/errors';
import { plainText } from '../objects/messageText';
import { storedTitle, titleFrom } from '../objects/titles';
import { readSetting } from '../settings';
import type { RunMonitor } from './runMonitor';

/**
 * Lets the model of a thread's first run write its title, where the user allows it. The title from the first message
 * stays if that fails, and one that the user has given always does.
 */
export class ModelTitles implements vscode.Disposable {
  private readonly listener: vscode.Disposable;

  constructor(
    private readonly client: OpenAI,
    monitor: RunMonitor,
    private readonly log: (message: string) => void,
    private readonly isWanted = () => readSetting('threadTitles') === 'model',
  ) {
    this.listener = monitor.onDidEnd((run) => {
      if (run.status !== 'completed' || !monitor.isOwn(run.id) || !this.isWanted()) return;
      this.write(run).catch((error: unknown) =>
        this.log(`The model wrote no title for ${run.thread_id}: ${describeError(error)}`),
      );
    });
  }

  dispose(): void {
    this.listener.dispose();
  }

  /** A second run of the thread finds it with its title, or the first one has failed to write one. */
  private async write({ id: run_id, thread_id: threadId }: Run): Promise<void> {
    const { threads } = this.client.beta;
    const [thread, runs, messages] = await Promise.all([
      threads.retrieve(threadId),
      threads.runs.list(threadId, { limit: 2 }),
      threads.messages.list(threadId, { limit: 1, order: 'asc' }),
    ]);
    const [first] = messages.data;
    const title = storedTitle(thread) ?? '';
    const isAutomatic = first !== undefined && title === titleFrom(plainText(first));
    if (runs.data.length !== 1 || !isAutomatic) return;
    await this.client.post(`/threads/${threadId}/title`, {
      body: { run_id, replaces: title },
      maxRetries: 0,
    });
  }
}

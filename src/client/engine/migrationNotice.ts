import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { withProgress } from '../errors/notices';

/** Milliseconds after which a migration is shown; shorter ones are not worth a notification. */
const showAfter = 500;

/**
 * Runs a task that reports the share that is done, from 0 to 1, if it migrates the database. From then on, a progress
 * notification shows it.
 */
export async function showMigration(
  task: (onMigrating: (done: number) => void) => Promise<void>,
): Promise<void> {
  let share = 0;
  let report = (): void => undefined;
  let shown: Promise<void> | undefined;
  const running = task((done) => {
    share = done;
    shown ??= show().catch(() => undefined);
    report();
  });
  // Its errors are those of the task.
  const show = async (): Promise<void> => {
    const isShort = await Promise.race([running.then(() => true), delay(showAfter, false, { ref: false })]);
    if (isShort) return;
    await withProgress({ title: vscode.l10n.t('Updating stored conversations and files…') }, (progress) => {
      let reported = 0;
      report = () => {
        progress.report({ increment: (share - reported) * 100 });
        reported = share;
      };
      report();
      return running;
    });
  };
  await running;
}

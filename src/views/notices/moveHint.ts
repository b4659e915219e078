import * as vscode from 'vscode';
import { runCommand } from '../../client/commands';
import { showInformation } from '../../client/errors/notices';
import type { Services } from '../../client/services';

const key = 'chat.moveHint';

/** Says once, after the first answer in the side bar, that the chat can be moved into the secondary side bar. */
export class MoveHint implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;

  constructor(
    services: Services,
    private readonly state: vscode.Memento,
    /** Whether the side bar's chat shows this thread. */
    isInSideBar: (threadId: string) => boolean,
  ) {
    this.subscription = services.monitor.onDidEnd(({ status, thread_id: threadId }) => {
      if (status !== 'completed' || this.state.get(key) === true || !isInSideBar(threadId)) return;
      this.show().catch(services.reporter.log);
    });
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private async show(): Promise<void> {
    await this.state.update(key, true);
    const move = vscode.l10n.t('Move Chat');
    const words = vscode.l10n.t('The chat can also stand in the secondary side bar, beside your files.');
    if ((await showInformation(words, move)) === move) await runCommand('moveChatToSecondarySideBar');
  }
}

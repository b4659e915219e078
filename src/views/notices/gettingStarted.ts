import * as vscode from 'vscode';
import type { Services } from '../../client/services';
import { DisposableStore } from '../../client/disposableStore';
import { opensWalkthroughs } from '../../client/settings';
import { awaitedCalls } from '../../client/runs/runStatus';
import { quizName } from '../../protocol/quiz';

/** The model of the assistants that the demo creates. */
const demoModel = 'demo/tutor';

const shownKey = 'gettingStartedShown';

/** What the walkthrough's steps are completed by; each sets the context key `assistantsStudio.did.NAME`. */
type Milestone = 'ask' | 'connect' | 'create' | 'addFile' | 'quiz';

/** Completes the steps of the walkthrough as they happen, and opens it once, at the first start. */
export class GettingStarted implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly reached = new Set<Milestone>();
  /** Ids of runs that have asked a quiz. */
  private readonly quizzes = new Set<string>();

  constructor(
    { monitor, assistants, connections, changes }: Services,
    private readonly extension: vscode.Extension<unknown>,
    private readonly state: vscode.Memento,
    private readonly report: (error: unknown) => void,
  ) {
    const onAssistants = (): void => {
      if (assistants.current?.some(({ model }) => model !== demoModel)) this.reach('create');
    };
    const onConnections = (): void => {
      if (connections.list().length > 0) this.reach('connect');
    };
    for (const subscription of [
      assistants.onDidChange(onAssistants),
      connections.onDidChange(onConnections),
      monitor.onDidChangeRun((run) => {
        if (awaitedCalls(run).some((call) => call.function.name === quizName)) this.quizzes.add(run.id);
      }),
      monitor.onDidEnd(({ id, status }) => {
        const wasQuiz = this.quizzes.delete(id);
        if (status !== 'completed') return;
        this.reach('ask');
        if (wasQuiz) this.reach('quiz');
      }),
      changes.onDidChange(({ resource, id, elsewhere }) => {
        if (resource === 'files' && id === undefined && !elsewhere) this.reach('addFile');
      }),
    ]) {
      this.disposables.add(subscription);
    }
    onConnections();
  }

  /** Opens the walkthrough, and the chat beside it, unless that has happened before or the user does not want it. */
  async openOnce(revealChat: () => Promise<void>): Promise<void> {
    if (this.state.get<boolean>(shownKey)) return;
    await this.state.update(shownKey, true);
    if (!opensWalkthroughs()) return;
    await revealChat();
    await this.open();
  }

  async open(): Promise<void> {
    await vscode.commands.executeCommand(
      'workbench.action.openWalkthrough',
      `${this.extension.id}#start`,
      false,
    );
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private reach(milestone: Milestone): void {
    if (this.reached.has(milestone)) return;
    this.reached.add(milestone);
    vscode.commands
      .executeCommand('setContext', `assistantsStudio.did.${milestone}`, true)
      .then(undefined, this.report);
  }
}

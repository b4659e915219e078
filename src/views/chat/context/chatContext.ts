import type * as vscode from 'vscode';
import { ContextChoices } from './contextChoices';
import { KeptContext } from './keptContext';
import { TerminalOutputs } from './terminalOutput';
import { WorkspacePaths } from './workspacePaths';

/** What the chats of a window share about the workspace. */
export interface ChatContext extends vscode.Disposable {
  readonly kept: KeptContext;
  readonly choices: ContextChoices;
  readonly paths: WorkspacePaths;
}

export function createChatContext(state: vscode.Memento): ChatContext {
  const choices = new ContextChoices(new TerminalOutputs());
  return {
    kept: new KeptContext(state),
    choices,
    paths: new WorkspacePaths(),
    dispose: () => choices.dispose(),
  };
}

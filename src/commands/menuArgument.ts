import * as vscode from 'vscode';
import {
  AssistantNode,
  ChosenFiles,
  ConnectionNode,
  ChosenThreads,
  FileNode,
  MoreNode,
  OtherFilesNode,
  StoreNode,
  ThreadGroupNode,
  ThreadNode,
} from '../views/trees/nodes';

/**
 * What VS Code passes to a command, as one argument: the files selected in the explorer become `ChosenFiles`, and several
 * selected threads `ChosenThreads`.
 */
export function menuArgument(first: unknown, selected: unknown): unknown {
  if (first instanceof ThreadNode && Array.isArray(selected) && selected.length > 1) {
    const chosen = selected.filter((node) => node instanceof ThreadNode).map(({ threadId }) => threadId);
    // The menu of an element that is not selected is for that element.
    if (chosen.includes(first.threadId)) return new ChosenThreads(chosen);
  }
  if (!(first instanceof vscode.Uri)) return first;
  const uris: readonly unknown[] = Array.isArray(selected) ? selected : [];
  const chosen = uris.filter((uri) => uri instanceof vscode.Uri);
  return new ChosenFiles(chosen.length > 0 ? chosen : [first]);
}

/** Whether an argument comes from a menu (a tree element or files), and not from code. */
export function isFromMenu(given: unknown): boolean {
  return (
    given instanceof ChosenFiles ||
    given instanceof ChosenThreads ||
    given instanceof ThreadGroupNode ||
    given instanceof MoreNode ||
    given instanceof AssistantNode ||
    given instanceof ThreadNode ||
    given instanceof ConnectionNode ||
    given instanceof StoreNode ||
    given instanceof FileNode ||
    given instanceof OtherFilesNode
  );
}

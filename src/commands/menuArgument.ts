import * as vscode from 'vscode';
import {
  AssistantNode,
  ChosenFiles,
  ConnectionNode,
  FileNode,
  MoreNode,
  OtherFilesNode,
  StoreNode,
  ThreadNode,
} from '../views/trees/nodes';

/** What VS Code passes to a command, as one argument: the files selected in the explorer become `ChosenFiles`. */
export function menuArgument(first: unknown, selected: unknown): unknown {
  if (!(first instanceof vscode.Uri)) return first;
  const uris: readonly unknown[] = Array.isArray(selected) ? selected : [];
  const chosen = uris.filter((uri) => uri instanceof vscode.Uri);
  return new ChosenFiles(chosen.length > 0 ? chosen : [first]);
}

/** Whether an argument comes from a menu (a tree element or files), and not from code. */
export function isFromMenu(given: unknown): boolean {
  return (
    given instanceof ChosenFiles ||
    given instanceof MoreNode ||
    given instanceof AssistantNode ||
    given instanceof ThreadNode ||
    given instanceof ConnectionNode ||
    given instanceof StoreNode ||
    given instanceof FileNode ||
    given instanceof OtherFilesNode
  );
}

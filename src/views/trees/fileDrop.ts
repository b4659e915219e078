import * as vscode from 'vscode';
import { runCommand } from '../../client/commands';
import { OtherFilesNode, StoreNode, FileNode, type MoreNode } from './nodes';

/** Takes files and folders that are dropped onto the tree: onto a store, or beside all of them. */
export class FileDrop implements vscode.TreeDragAndDropController<
  StoreNode | FileNode | OtherFilesNode | MoreNode
> {
  constructor(private readonly report: (error: unknown) => void) {}

  readonly dropMimeTypes = ['text/uri-list'];
  readonly dragMimeTypes = [];

  async handleDrop(
    target: StoreNode | FileNode | OtherFilesNode | MoreNode | undefined,
    dropped: vscode.DataTransfer,
  ): Promise<void> {
    const list = await dropped.get('text/uri-list')?.asString();
    const uris = urisIn(list ?? '');
    if (uris.length === 0) return;
    const isStore = target instanceof StoreNode || target instanceof FileNode;
    const vectorStoreId = isStore ? target.vectorStoreId : undefined;
    const isElsewhere = target instanceof OtherFilesNode || (isStore && vectorStoreId === undefined);
    const args = {
      uris,
      ...(vectorStoreId !== undefined && { vectorStoreId }),
      ...(isElsewhere && { withoutStore: true }),
    };
    // Not awaited: the tree would be busy for as long as the upload goes on.
    runCommand('uploadFiles', args).then(undefined, this.report);
  }
}

/** The addresses of a `text/uri-list`; its lines may end either way, and a `#` begins a comment. */
export function urisIn(list: string): vscode.Uri[] {
  return list
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith('#'))
    .flatMap((line) => {
      try {
        return [vscode.Uri.parse(line, true)];
      } catch {
        // Something else was dragged along.
        return [];
      }
    });
}

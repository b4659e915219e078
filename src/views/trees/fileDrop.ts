import * as vscode from 'vscode';
import { runCommand } from '../../client/commands';
import { OtherFilesNode, StoreNode, FileNode, type MoreNode } from './nodes';

/** Uploads files and folders that are dropped onto the tree: to a store, or to none. */
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
    // Not awaited: the tree would show as busy during the whole upload.
    runCommand('uploadFiles', args).then(undefined, this.report);
  }
}

/** The URIs of a `text/uri-list`: one a line, LF or CRLF, `#` begins a comment. */
export function urisIn(list: string): vscode.Uri[] {
  return list
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith('#'))
    .flatMap((line) => {
      try {
        return [vscode.Uri.parse(line, true)];
      } catch {
        // Skips what is not a URI.
        return [];
      }
    });
}

import type * as vscode from 'vscode';

/**
 * The elements of the trees. They hold no more than what a command takes as its arguments, since
 * VS Code hands them to the commands of the trees' menus.
 */
export class AssistantNode {
  constructor(readonly assistantId: string) {}
}

export class ThreadNode {
  constructor(readonly threadId: string) {}
}

export class StoreNode {
  constructor(readonly vectorStoreId: string) {}
}

/** A file in a store; without one, a file that is in none. */
export class FileNode {
  constructor(
    readonly fileId: string,
    readonly vectorStoreId?: string,
  ) {}
}

/** Holds the files that are in no store. */
export class OtherFilesNode {}

/** Stands below the threads, or below the files of a store or of none, while there are more of them. */
export class MoreNode {
  constructor(readonly vectorStoreId?: string) {}
}

/** What was chosen in the explorer's menu, or the file of the editor whose menu it was. */
export class ChosenFiles {
  constructor(readonly uris: readonly vscode.Uri[]) {}
}

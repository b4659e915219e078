import type * as vscode from 'vscode';

/**
 * The elements of the trees. VS Code passes them to the commands of the trees' menus, so each has the
 * fields that a command takes as its arguments.
 */
export class AssistantNode {
  constructor(readonly assistantId: string) {}
}

export class ThreadNode {
  constructor(readonly threadId: string) {}
}

/** A group of threads. */
export type ThreadGroup = 'pinned' | 'today' | 'yesterday' | 'week' | 'earlier' | 'archived';

export class ThreadGroupNode {
  constructor(readonly group: ThreadGroup) {}
}

/** Several threads selected in the tree, whose menu or key ran a command. */
export class ChosenThreads {
  constructor(readonly threadIds: readonly string[]) {}
}

export class StoreNode {
  constructor(readonly vectorStoreId: string) {}
}

/** A file of a store; without `vectorStoreId`, a file that is in no store. */
export class FileNode {
  constructor(
    readonly fileId: string,
    readonly vectorStoreId?: string,
  ) {}
}

/** A connection. `show`: the commands of its menu show what they find. */
export class ConnectionNode {
  readonly show = true;

  constructor(readonly connectionId: string) {}
}

/** The parent of the files that are in no store. */
export class OtherFilesNode {}

/** Loads the next page of the threads, of the files of a store, or of those in no store. */
export class MoreNode {
  constructor(
    readonly vectorStoreId?: string,
    /** Of the archived threads. */
    readonly archived?: boolean,
  ) {}
}

/** The files selected in the explorer, or the file of an editor, whose menu ran a command. */
export class ChosenFiles {
  constructor(readonly uris: readonly vscode.Uri[]) {}
}

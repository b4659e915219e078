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

/** Stands below the threads while there are more of them. */
export class MoreNode {}

import type { Thread } from 'openai/resources/beta/threads/threads';
import type { Services } from '../../client/services';
import type { ThreadsTree } from '../../views/trees/threadsTree';
import { pickThread } from '../ask/pickers';

/** The threads that a command is for. */
export interface ThreadsGiven {
  threadId?: string;
  threadIds?: string[];
  /** Those that are selected in the tree: a key was pressed there. */
  selected?: boolean;
}

/** The threads given, or else one that the user picks. */
export async function chosenThreads(
  services: Services,
  tree: ThreadsTree,
  { threadId, threadIds, selected }: ThreadsGiven,
  title: string,
): Promise<Thread[]> {
  const ids =
    threadIds ?? (threadId === undefined ? undefined : [threadId]) ?? (selected ? tree.selected : []);
  if (ids.length === 0) return [await pickThread(services, title)];
  return Promise.all(ids.map((id) => services.client.beta.threads.retrieve(id)));
}

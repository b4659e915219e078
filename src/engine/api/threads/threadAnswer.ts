import type { StoredThread } from '../../store/tables/threadTable';
import { answeredResources } from '../toolResources';

/** The thread as the API answers it. */
export function threadAnswer<T extends StoredThread>(thread: T): T {
  return { ...thread, tool_resources: answeredResources(thread.tool_resources) };
}

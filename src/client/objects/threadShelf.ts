import type { Thread } from 'openai/resources/beta/threads/threads';
import type { Shelf } from '../../engine/threadShelf';

export { shelfOf, type Shelf } from '../../engine/threadShelf';

/** The metadata of a thread on a shelf; its other keys stay. */
export function shelved({ metadata }: Thread, shelf: Shelf): Record<string, string> {
  const others = { ...metadata };
  delete others['pinned'];
  delete others['archived'];
  return shelf === 'none' ? others : { ...others, [shelf]: 'true' };
}

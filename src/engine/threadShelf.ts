/** Where a thread's metadata puts it in lists of threads. */
export type Shelf = 'pinned' | 'archived' | 'none';

export function shelfOf({ metadata }: { metadata?: unknown }): Shelf {
  const { pinned, archived } = (metadata ?? {}) as Record<string, unknown>;
  if (archived === 'true') return 'archived';
  return pinned === 'true' ? 'pinned' : 'none';
}

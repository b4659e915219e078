/** The keys for the next and the previous item. */
export const vertical = ['ArrowDown', 'ArrowUp'] as const;
export const horizontal = ['ArrowRight', 'ArrowLeft'] as const;

/** The position that a key leads to from a position among so many items, around the ends; undefined for other keys. */
export function arrowTarget(
  key: string,
  position: number,
  count: number,
  [next, previous]: typeof vertical | typeof horizontal,
): number | undefined {
  switch (key) {
    case next:
      return (position + 1) % count;
    case previous:
      return (position - 1 + count) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}

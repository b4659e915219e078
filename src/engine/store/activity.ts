/** Seconds for which the creation of an object counts as now. */
const recentSeconds = 5;

/**
 * When a thread was written to, in milliseconds since the epoch, from the creation time of an object of it in seconds.
 * That of an object which was just created is exact, so that threads keep their order within a second.
 */
export function activityAt(createdAt: number): number {
  const now = Date.now();
  return Math.abs(now / 1000 - createdAt) < recentSeconds ? now : createdAt * 1000;
}

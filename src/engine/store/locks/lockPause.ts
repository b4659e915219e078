/** A writer that has waited this long, in milliseconds, has met more than the transactions of other engines. */
const shortWait = 20;
const longWait = 1000;

/**
 * Milliseconds until the next attempt to lock the database, after `waited` milliseconds of attempts. As short as a
 * transaction: SQLite's own pauses grow up to 100 ms, in which all that come later go first. Random, so that writers
 * do not try at the same times.
 */
export function lockPause(waited: number): number {
  const shortest = waited < shortWait ? 0.1 : waited < longWait ? 1 : 10;
  return shortest * (1 + 2 * Math.random());
}

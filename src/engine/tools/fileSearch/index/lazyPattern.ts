/**
 * A pattern that is compiled when it is first used. One with properties of Unicode takes up to a millisecond, for which
 * the start of the engine, and a first search, should not wait if they do not need it.
 */
export function lazyPattern(source: string, flags: string): () => RegExp {
  let pattern: RegExp | undefined;
  return () => (pattern ??= new RegExp(source, flags));
}

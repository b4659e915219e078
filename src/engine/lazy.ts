/**
 * A value that is made when it is first used: the start of the engine, and a first search, should not wait for what they do
 * not need. A pattern with properties of Unicode takes up to a millisecond, the schemas of a resource several.
 */
export function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

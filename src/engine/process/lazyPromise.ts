/** Loads a value at the first call and caches it. A failure is not cached: the next call tries again. */
export function lazyPromise<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () =>
    (loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    }));
}

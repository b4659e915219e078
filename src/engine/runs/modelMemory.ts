import type { ModelConnection, ModelMemory } from '../models/modelProvider';
import type { Store } from '../store/store';

/** The memory of a model, in the database; undefined if its provider has no server to learn about. */
export function modelMemory(
  store: Store,
  { id, provider }: ModelConnection,
  model: string,
): ModelMemory | undefined {
  const { server } = provider;
  if (server === undefined) return undefined;
  const key = { connection: id, model, server };
  return {
    get: () => store.modelTraits.get(key),
    set: (traits) => store.transaction(() => store.modelTraits.set(key, traits)),
  };
}

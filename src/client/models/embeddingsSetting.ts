import type { KnowledgeStore } from '../files/knowledge';
import { readSetting, writeSetting } from '../settings';

/** The embeddings model of the settings, as `connection/model`; none: search goes by words alone. */
export function embeddingsModel(): string | undefined {
  return readSetting('embeddings').trim() || undefined;
}

/** Writes the embeddings model to the user's settings. */
export async function setEmbeddingsModel(model: string | undefined): Promise<void> {
  await writeSetting('embeddings', model);
}

/** Whether a store's index lacks the vectors of the model that is set: words alone find what is in it. */
export function isStale(store: KnowledgeStore, model: string | undefined): boolean {
  // Servers that do not tell choose their model themselves.
  if (model === undefined || store.embedding_model === undefined) return false;
  return store.embedding_model !== model && store.file_counts.completed > 0;
}

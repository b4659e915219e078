import type { KnowledgeStore } from '../files/knowledge';
import { readSetting, writeSetting } from '../settings';

/** The embeddings model of the settings, as `connection/model`; undefined for keyword search only. */
export function embeddingsModel(): string | undefined {
  return readSetting('embeddings').trim() || undefined;
}

/** Writes the embeddings model to the user's settings; undefined removes it. */
export async function setEmbeddingsModel(model: string | undefined): Promise<void> {
  await writeSetting('embeddings', model);
}

/** Whether a store has no vectors of the configured model, so that it is searched by keywords only. */
export function isStale(store: KnowledgeStore, model: string | undefined): boolean {
  // Servers that do not report a model choose it themselves.
  if (model === undefined || store.embedding_model === undefined) return false;
  return store.embedding_model !== model && store.file_counts.completed > 0;
}

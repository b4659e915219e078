import * as vscode from 'vscode';
import type { KnowledgeStore } from '../files/knowledge';

const section = 'assistantsStudio';

/** The embeddings model of the settings, as `connection/model`; undefined for keyword search only. */
export function embeddingsModel(): string | undefined {
  const value: unknown = vscode.workspace.getConfiguration(section).get('embeddings');
  return (typeof value === 'string' && value.trim()) || undefined;
}

/** Writes the embeddings model to the user's settings; undefined removes it. */
export async function setEmbeddingsModel(model: string | undefined): Promise<void> {
  await vscode.workspace
    .getConfiguration(section)
    .update('embeddings', model, vscode.ConfigurationTarget.Global);
}

/** Whether a store has no vectors of the configured model, so that it is searched by keywords only. */
export function isStale(store: KnowledgeStore, model: string | undefined): boolean {
  // Servers that do not report a model choose it themselves.
  if (model === undefined || store.embedding_model === undefined) return false;
  return store.embedding_model !== model && store.file_counts.completed > 0;
}

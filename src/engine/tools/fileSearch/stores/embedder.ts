import { resolveModel } from '../../../models/connections';
import { type ModelConnection, ModelError } from '../../../models/modelProvider';

/** Embeds texts with the model that the user chose. */
export class Embedder {
  constructor(
    private readonly models: () => readonly ModelConnection[],
    private readonly chosen: () => string | undefined,
  ) {}

  /** The current model, as `connection/model`; if undefined, search uses words only. */
  get model(): string | undefined {
    return this.chosen() || undefined;
  }

  /** The vectors of texts, in the same order. Throws ModelError with a message fit for the user. */
  async embed(model: string, texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]> {
    const { connection, model: id } = resolveModel(this.models(), model);
    const { provider } = connection;
    if (!provider.embed) {
      throw new ModelError(
        `${connection.label} has no embeddings models. Choose a model of another connection, or none.`,
      );
    }
    return provider.embed(id, texts, signal);
  }
}

/**
 * The model to embed a store's files with: `current`, the one that is set, unless the store has vectors of
 * another, `before`, which is an error.
 */
export function chooseModel(
  current: string | undefined,
  before: string | undefined,
): { model?: string; error?: string } {
  if (current === undefined || before === undefined || before === current) return { model: current };
  return {
    error: `The vector store was made with the embeddings model ${before}. Rebuild it to use ${current}.`,
  };
}

import { resolveModel } from '../../../models/connections';
import { type ModelConnection, ModelError } from '../../../models/modelProvider';

/** Texts as vectors, made with the model that the user chose. */
export class Embedder {
  constructor(
    private readonly models: () => readonly ModelConnection[],
    private readonly chosen: () => string | undefined,
  ) {}

  /** The model that is set now, as `connection/model`; none: search goes by words alone. */
  get model(): string | undefined {
    return this.chosen() || undefined;
  }

  /** The vectors of texts, in their order. Throws ModelError with a message fit for the user. */
  async embed(model: string, texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]> {
    const { connection, model: id } = resolveModel(this.models(), model);
    const { provider } = connection;
    if (!provider.embed) {
      throw new ModelError(
        `${connection.label} has no embeddings models. Choose one of another connection, or none.`,
      );
    }
    return provider.embed(id, texts, signal);
  }
}

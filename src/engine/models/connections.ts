import { ModelError, type ModelConnection } from './modelProvider';

/** The connection and model that a model id refers to. */
export interface ResolvedModel {
  connection: ModelConnection;
  /** The provider's own id. */
  model: string;
}

/**
 * Resolves a model id: `connection/model`, or a bare id, which belongs to the first connection. A provider's
 * own ids may contain slashes, so only the id of an existing connection counts as a prefix. Throws ModelError
 * if there is no connection.
 */
export function resolveModel(connections: readonly ModelConnection[], id: string): ResolvedModel {
  const slash = id.indexOf('/');
  const named =
    slash > 0 ? connections.find((connection) => connection.id === id.slice(0, slash)) : undefined;
  if (named) return { connection: named, model: id.slice(slash + 1) };
  const [first] = connections;
  if (!first)
    throw new ModelError(`There is no connection to run the model '${id}' on. Add one.`, 'invalid_prompt');
  return { connection: first, model: id };
}

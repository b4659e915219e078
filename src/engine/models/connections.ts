import { ModelError, type ModelConnection } from './modelProvider';

/** Where a model id leads. */
export interface ResolvedModel {
  connection: ModelConnection;
  /** The provider's own id. */
  model: string;
}

/**
 * Finds the connection of a model id: `connection/model`, or a bare id, which belongs to the first
 * connection. A provider's own id may hold slashes, so that only a connection's name makes a prefix.
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

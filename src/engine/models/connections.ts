import { ModelError, type ModelConnection } from './modelProvider';

/** The connection and model that a model id refers to. */
export interface ResolvedModel {
  connection: ModelConnection;
  /** The provider's own id. */
  model: string;
}

const noConnectionAdvice = 'Add it, or choose another model.';

/**
 * Resolves a model id: `connection/model`, or a bare id, which belongs to the first connection. Throws
 * ModelError if there is no such connection: another one must not receive what was meant for it.
 */
export function resolveModel(connections: readonly ModelConnection[], id: string): ResolvedModel {
  const [first] = connections;
  if (!first)
    throw new ModelError(`There is no connection to run the model '${id}' on. Add one.`, 'invalid_prompt');
  const slash = id.indexOf('/');
  if (slash < 0) return { connection: first, model: id };
  const prefix = id.slice(0, slash);
  const named = connections.find((connection) => connection.id === prefix);
  if (named) return { connection: named, model: id.slice(slash + 1) };
  if (first.ownsUnknownPrefixes) return { connection: first, model: id };
  const message = `There is no connection '${prefix}' for the model '${id}'. ${noConnectionAdvice}`;
  throw new ModelError(message, 'invalid_prompt');
}

/** Whether a run's error says that the connection of its model does not exist. */
export function isNoConnectionError(message: string): boolean {
  return message.startsWith('There is no connection ') && message.endsWith(noConnectionAdvice);
}

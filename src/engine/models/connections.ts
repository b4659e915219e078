import { fillText, readErrorText, wholeTexts } from './errorTexts';
import { ModelError, type ModelConnection } from './modelProvider';

/** The connection and model that a model id refers to. */
export interface ResolvedModel {
  connection: ModelConnection;
  /** The provider's own id. */
  model: string;
}

/**
 * Resolves a model id: `connection/model`, or a bare id, which belongs to the first connection. Throws
 * ModelError if there is no such connection: another one must not receive what was meant for it.
 */
export function resolveModel(connections: readonly ModelConnection[], id: string): ResolvedModel {
  const [first] = connections;
  if (!first) throw new ModelError(fillText(wholeTexts.noConnections, id), 'invalid_prompt');
  const slash = id.indexOf('/');
  if (slash < 0) return { connection: first, model: id };
  const prefix = id.slice(0, slash);
  const named = connections.find((connection) => connection.id === prefix);
  if (named) return { connection: named, model: id.slice(slash + 1) };
  if (first.ownsUnknownPrefixes) return { connection: first, model: id };
  throw new ModelError(fillText(wholeTexts.noConnection, prefix, id), 'invalid_prompt');
}

/** Whether a run's error says that the connection of its model does not exist. */
export function isNoConnectionError(message: string): boolean {
  const error = readErrorText(message);
  return error !== undefined && 'name' in error && error.name === 'noConnection';
}

import { offersModels, type Connections, type ModelInfo } from '../models/connections';
import type { ActiveService } from './activeService';

/** Seconds that a test may take. */
const limit = 30;

/**
 * Tests a connection, and records the result as its state: lists its models, or the assistants of a server with
 * the Assistants API, for which it resolves with undefined. Throws an error whose message is for the user.
 */
export async function testConnection(
  { connections, service }: { connections: Connections; service: ActiveService },
  id: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<ModelInfo[] | undefined> {
  const connection = connections.list().find((candidate) => candidate.id === id);
  if (!connection || offersModels(connection)) return connections.listModels(id, signal, limit);
  const limited = AbortSignal.any([signal, AbortSignal.timeout(limit * 1000)]);
  await connections.states.record(
    connection,
    () => service.probe(connection, limited),
    () => undefined,
  );
  return undefined;
}

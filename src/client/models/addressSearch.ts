import { isAuthenticationError } from '../../engine/models/modelErrors';
import { createProvider } from '../../engine/models/providers';
import { otherAddresses } from '../../engine/models/server/addresses';
import type { ModelServerConnection } from './connections';

/** A server that may not be a connection of the settings yet. */
type Candidate = Pick<ModelServerConnection, 'kind' | 'label' | 'baseUrl' | 'headers'>;

type Key = () => Promise<string | undefined>;

/** Milliseconds that a server may take to answer at one address. */
const probeTimeout = 5000;

/** Why a server does not list its models, as a message for the user; undefined if it does. */
export async function listError(
  { kind, label, baseUrl: baseURL, headers }: Candidate,
  apiKey: Key,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(probeTimeout)]);
    await createProvider({ kind, label, baseURL, headers, apiKey }).listModels(limit);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * The base URL of the same origin at which a server lists its models, for a connection whose own does not;
 * undefined if there is none. The key is sent to that origin alone.
 */
export async function findAddress(
  server: Candidate,
  apiKey: Key,
  signal: AbortSignal,
): Promise<string | undefined> {
  const candidates = otherAddresses(server.baseUrl);
  const errors = await Promise.all(
    candidates.map((baseUrl) => listError({ ...server, baseUrl }, apiKey, signal)),
  );
  const found = candidates.find((_, at) => errors[at] === undefined);
  // An API that wants a key is one.
  return found ?? candidates.find((_, at) => isAuthenticationError(errors[at] ?? ''));
}

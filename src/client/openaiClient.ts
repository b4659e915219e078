import OpenAI, { type ClientOptions } from 'openai';

/** The official client over the given `fetch`. */
export function newClient(fetch: NonNullable<ClientOptions['fetch']>): OpenAI {
  return new OpenAI({
    baseURL: 'http://engine/v1',
    fetch,
    // The engine runs in this process; requests to remote servers are retried by `RemoteService`.
    maxRetries: 0,
    // Set explicitly, so that the client does not read them from the environment.
    apiKey: 'local',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
  });
}

import OpenAI, { type ClientOptions } from 'openai';

/** The official client over an engine of this process. */
export function newClient(fetch: NonNullable<ClientOptions['fetch']>): OpenAI {
  return new OpenAI({
    baseURL: 'http://engine/v1',
    fetch,
    // There is no network in between that could lose a request.
    maxRetries: 0,
    // Named, so that a key or an organisation of the environment is not taken up.
    apiKey: 'local',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
  });
}

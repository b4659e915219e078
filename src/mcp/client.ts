import OpenAI, { type ClientOptions } from 'openai';

/** The official client, which reads nothing from the environment. */
export function clientFor(options: Pick<ClientOptions, 'baseURL' | 'fetch'> & { apiKey?: string }): OpenAI {
  return new OpenAI({
    ...options,
    apiKey: options.apiKey ?? 'local',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
    // Runs and code may take long; the caller cancels.
    timeout: 24 * 60 * 60 * 1000,
    maxRetries: 0,
  });
}

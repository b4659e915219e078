import assert from 'node:assert/strict';
import OpenAI, { APIError } from 'openai';
import type { ChatCompletionTool } from 'openai/resources/chat/completions';
import { createProvider, type ModelKind } from '../../../src/engine/models/providers';
import type { ModelConnection, ModelProvider } from '../../../src/engine/models/modelProvider';
import { demoConnection, openEngine, type TestEngine } from '../support';

export const key = 'sk-the-key-of-the-connection';

/** A connection to a server, as a window makes it. */
export function connectionTo(baseURL: string, more: { id?: string; kind?: ModelKind } = {}): ModelConnection {
  const { id = 'remote', kind = 'chat-completions' } = more;
  const provider = createProvider({ kind, label: 'Remote', baseURL, apiKey: () => Promise.resolve(key) });
  return { id, label: 'Remote', provider };
}

export interface Passthrough extends TestEngine {
  /** A client of the program's own: its answers are not those of the Assistants API. */
  openai: OpenAI;
}

/** An engine with these connections; by default with the demo alone. */
export function openWith(...connections: ModelConnection[]): Passthrough {
  const models = connections.length > 0 ? connections : [demoConnection()];
  const test = openEngine({ models: () => models });
  return { ...test, openai: plainClient(test.engine.fetch) };
}

/** An engine with the connection `test` to this provider. */
export function openWithModel(provider: ModelProvider): Passthrough {
  return openWith({ id: 'test', label: 'Test', provider });
}

export function plainClient(fetch: TestEngine['engine']['fetch']): OpenAI {
  return new OpenAI({ apiKey: 'local', baseURL: 'http://engine/v1', fetch, maxRetries: 0 });
}

export function functionTool(name: string): ChatCompletionTool {
  return {
    type: 'function',
    function: { name, parameters: { type: 'object', properties: { city: { type: 'string' } } } },
  };
}

export function userMessage(content: string): { role: 'user'; content: string } {
  return { role: 'user', content };
}

/** The error that a request fails with. */
export async function errorOf(promise: Promise<unknown>): Promise<APIError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof APIError, String(error));
    return error;
  }
  return assert.fail('It did not fail.');
}

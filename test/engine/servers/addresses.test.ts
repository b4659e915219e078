import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { isAddressError } from '../../../src/engine/models/modelErrors';
import { likelyAddress, otherAddresses } from '../../../src/engine/models/server/addresses';
import { chatModelAt, modelErrorOf, rawServer, sendJSON } from '../models/support';
import { kinds, trial } from './support';

describe('base URLs', () => {
  const meant: readonly [given: string, meant: string][] = [
    ['http://127.0.0.1:11434', 'http://127.0.0.1:11434/v1'],
    ['http://127.0.0.1:11434/', 'http://127.0.0.1:11434/v1'],
    ['http://127.0.0.1:1234/v1/chat/completions', 'http://127.0.0.1:1234/v1'],
    ['http://127.0.0.1:1234/chat/completions', 'http://127.0.0.1:1234/v1'],
    ['http://127.0.0.1:1234/v1/responses/', 'http://127.0.0.1:1234/v1'],
    ['http://127.0.0.1:1234/v1/models', 'http://127.0.0.1:1234/v1'],
    ['http://127.0.0.1:1234/v1/v1', 'http://127.0.0.1:1234/v1'],
    ['http://127.0.0.1:11434/api', 'http://127.0.0.1:11434/v1'],
    ['http://127.0.0.1:11434/api/chat', 'http://127.0.0.1:11434/v1'],
    ['http://127.0.0.1:11434/api/tags', 'http://127.0.0.1:11434/v1'],
    ['https://example.com/llm', 'https://example.com/llm/v1'],
    [
      'https://me.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-02-01',
      'https://me.openai.azure.com/openai/v1',
    ],
    ['https://me.openai.azure.com', 'https://me.openai.azure.com/openai/v1'],
    [
      'https://generativelanguage.googleapis.com/v1beta',
      'https://generativelanguage.googleapis.com/v1beta/openai',
    ],
    ['https://openrouter.ai', 'https://openrouter.ai/api/v1'],
    ['https://openrouter.ai/v1', 'https://openrouter.ai/api/v1'],
    ['https://api.groq.com/v1', 'https://api.groq.com/openai/v1'],
    ['https://api.openai.com', 'https://api.openai.com/v1'],
  ];

  it('that lack a part, or have one too much, have a likely address', () => {
    for (const [given, address] of meant) {
      equal(likelyAddress(given), address, given);
      equal(otherAddresses(given)[0], address, given);
    }
  });

  it('of the usual form are not doubted', () => {
    for (const url of [
      'https://api.openai.com/v1',
      'http://127.0.0.1:11434/v1/',
      'https://openrouter.ai/api/v1',
      'https://generativelanguage.googleapis.com/v1beta/openai',
      'https://me.openai.azure.com/openai/v1',
      'https://ark.cn-beijing.volces.com/api/v3',
      'not a URL',
    ])
      equal(likelyAddress(url), undefined, url);
  });

  it('have other addresses of the same origin alone, without themselves', () => {
    for (const [given] of meant) {
      const others = otherAddresses(given);
      ok(others.length > 0);
      for (const other of others) {
        equal(new URL(other).origin, new URL(given).origin);
        ok(other !== given && `${other}/` !== given);
      }
    }
    deepEqual(otherAddresses('not a URL'), []);
  });
});

describe('a server that has no API at the base URL', () => {
  const answers: readonly [status: number, body: unknown][] = [
    [404, { detail: 'Not Found' }],
    [404, { error: { message: 'Invalid URL (GET /models)' } }],
    [405, { detail: 'Method Not Allowed' }],
    // LM Studio.
    [200, { error: 'Unexpected endpoint or method. (GET /models)' }],
    [200, { detail: 'Not Found' }],
    [200, { hello: 'world' }],
  ];

  it('is known by its answers', async () => {
    for (const [status, body] of answers) {
      const server = await rawServer((response) => sendJSON(response, status, body));
      const model = chatModelAt(`http://${server.host}`);
      const error = await modelErrorOf(model.listModels(new AbortController().signal));
      ok(isAddressError(error.message), error.message);
      ok(error.message.includes(`It may be ${server.baseURL}:`), error.message);
    }
  });

  it('is not taken for one that has no such model', async () => {
    const server = await rawServer((response) =>
      sendJSON(response, 404, {
        error: { message: 'The model `x` does not exist', code: 'model_not_found' },
      }),
    );
    const error = await modelErrorOf(chatModelAt(server.baseURL).listModels(new AbortController().signal));
    equal(isAddressError(error.message), false);
  });

  for (const kind of kinds) {
    it(`fails a run with the likely address (${kind})`, async () => {
      const server = await rawServer((response) => sendJSON(response, 404, { detail: 'Not Found' }));
      const model = { baseURL: `http://${server.host}` };
      const { say } = await trial(kind, () => undefined, { server, model });
      const { run } = await say('Hello');
      match(
        run.last_error?.message ?? '',
        /answered 404: Not Found\. Check the connection's base URL\. It may be http:\/\/127\.0\.0\.1:\d+\/v1: “Assistants: Test Connection…” finds out\.$/,
      );
    });
  }
});

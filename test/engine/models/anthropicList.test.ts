import { deepEqual, equal } from 'node:assert/strict';
import { createChatCompletionsModel } from '../../../src/engine/models/chatCompletions';

describe('the list of models of Anthropic’s compatible endpoint', () => {
  it('is asked for as Anthropic’s own API wants it, and has the models’ names', async () => {
    const asked: [string, Headers][] = [];
    const provider = createChatCompletionsModel({
      label: 'Anthropic',
      baseURL: 'https://api.anthropic.com/v1',
      apiKey: () => Promise.resolve('sk-ant-12345678'),
      fetch: (input, init) => {
        asked.push([input as string, new Headers(init?.headers)]);
        const data = [{ type: 'model', id: 'claude-x', display_name: 'Claude X' }];
        return Promise.resolve(Response.json({ data, has_more: false }));
      },
    });
    deepEqual(await provider.listModels(AbortSignal.timeout(5000)), [{ id: 'claude-x', label: 'Claude X' }]);
    const [[url, headers] = ['', new Headers()]] = asked;
    equal(url, 'https://api.anthropic.com/v1/models?limit=1000');
    equal(headers.get('x-api-key'), 'sk-ant-12345678');
    equal(headers.get('anthropic-version'), '2023-06-01');
    equal(headers.get('authorization'), null);
  });

  it('of other servers is asked for with a bearer key alone', async () => {
    const asked: [string, Headers][] = [];
    const provider = createChatCompletionsModel({
      label: 'Other',
      baseURL: 'https://api.example.com/v1',
      apiKey: () => Promise.resolve('sk-other-1234'),
      headers: { 'X-Title': 'Studio' },
      fetch: (input, init) => {
        asked.push([input as string, new Headers(init?.headers)]);
        return Promise.resolve(Response.json({ data: [{ id: 'm' }] }));
      },
    });
    await provider.listModels(AbortSignal.timeout(5000));
    const [[url, headers] = ['', new Headers()]] = asked;
    equal(url, 'https://api.example.com/v1/models');
    equal(headers.get('authorization'), 'Bearer sk-other-1234');
    equal(headers.get('x-title'), 'Studio');
    equal(headers.get('x-api-key'), null);
  });
});

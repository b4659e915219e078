import { deepEqual, equal } from 'node:assert/strict';
import { priceIn } from '../../../src/engine/models/prices';
import { delta, sendEvents, sendJSON } from '../models/support';
import { until } from '../support';
import { trial } from '../servers/support';

interface Total {
  costs: { currency: string; amount: number }[];
  prompt_tokens: number;
  cached_tokens: number;
  completion_tokens: number;
}

const listed = {
  id: 'test-model',
  context_length: 128_000,
  pricing: {
    prompt: '0.000002',
    completion: '0.000008',
    request: '0',
    image: '0',
    input_cache_read: '0.0000005',
  },
};

describe('the price of a model', () => {
  it('is read as OpenRouter lists it, per million tokens', () => {
    deepEqual(priceIn(listed), { input: 2, cachedInput: 0.5, output: 8, currency: 'USD' });
    deepEqual(priceIn({ pricing: { prompt: '0', completion: '0' } }), {
      input: 0,
      output: 0,
      currency: 'USD',
    });
  });

  it('is not read where there is none, where it varies, or where more than tokens is paid for', () => {
    for (const pricing of [
      undefined,
      null,
      'free',
      {},
      { prompt: '0.1' },
      { prompt: '-1', completion: '-1' },
      { prompt: '', completion: '' },
      { prompt: 'x', completion: '1' },
      { prompt: '0.1', completion: '0.1', request: '0.01' },
      // Of Together, in another unit.
      { hourly: 0, input: 0.3, output: 0.3, base: 0, finetune: 0 },
    ]) {
      equal(priceIn({ pricing }), undefined, JSON.stringify(pricing));
    }
  });

  it('is that of the list of models that is read for a run anyway', async () => {
    const paths: string[] = [];
    const usage = {
      prompt_tokens: 1000,
      completion_tokens: 10,
      prompt_tokens_details: { cached_tokens: 600 },
    };
    const { client, say } = await trial('chat-completions', (response, asked, at) => {
      paths.push(asked.path);
      if (at >= 0) {
        const end = { ...(delta({}, 'stop') as object), usage };
        return sendEvents(response, [delta({ role: 'assistant', content: 'Hello' }), end]);
      }
      if (asked.path === '/v1/models') return sendJSON(response, 200, { object: 'list', data: [listed] });
      sendJSON(response, 404, {});
    });
    await say('Hello');
    const read = async () => (await client.get<{ total: Total }>('/usage')).total;
    await until('the price is known', async () => (await read()).costs.length > 0);
    const before = paths.length;
    const { costs, ...total } = await read();
    deepEqual([total.prompt_tokens, total.cached_tokens, total.completion_tokens], [1000, 600, 10]);
    deepEqual(costs, [{ currency: 'USD', amount: 0.00118 }]);
    equal(paths.length, before, 'Showing the usage sends nothing.');
  });
});

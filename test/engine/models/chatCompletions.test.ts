import { deepEqual, doesNotMatch, equal, match, notEqual, ok } from 'node:assert/strict';
import type { ModelMessage, ModelTool } from '../../../src/engine/models/modelProvider';
import {
  chatModelAt as modelAt,
  mockServer,
  delta,
  modelErrorOf,
  rawServer,
  request,
  sendEvents,
  sendJSON,
  turnOf,
  usageOf,
  user,
} from './support';

const weather: ModelTool = {
  name: 'get_weather',
  description: 'The weather of a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
};

describe('the chat-completions model, on a proper server', () => {
  it('streams an answer word by word, with its usage', async () => {
    const mock = await mockServer();
    mock.onMessage('hello', {
      content: 'Hello, dear reader.',
      usage: { prompt_tokens: 9, completion_tokens: 5 },
    });
    const turn = await turnOf(modelAt(`${mock.url}/v1`), request('hello'));
    equal(turn.text, 'Hello, dear reader.');
    ok(turn.events.filter(({ type }) => type === 'text').length > 2);
    deepEqual(usageOf(turn), { promptTokens: 9, completionTokens: 5 });
    deepEqual(turn.events.at(-1), { type: 'finish', reason: 'stop' });
  });

  it('keeps apart calls that are made in parallel', async () => {
    const mock = await mockServer();
    const toolCalls = ['Paris', 'Rome'].map((city) => ({
      name: 'get_weather',
      arguments: JSON.stringify({ city }),
    }));
    mock.onMessage('weather', { toolCalls });
    const turn = await turnOf(modelAt(`${mock.url}/v1`), request('weather', { tools: [weather] }));
    deepEqual(
      turn.calls.map(({ arguments: json }) => json),
      ['{"city":"Paris"}', '{"city":"Rome"}'],
    );
    notEqual(turn.calls[0]?.id, turn.calls[1]?.id);
    equal(turn.finish, 'tool_calls');
  });

  it('leaves reasoning out of the answer', async () => {
    const mock = await mockServer();
    mock.onMessage('think', { content: 'Four.', reasoning: 'Two and two make four.' });
    equal((await turnOf(modelAt(`${mock.url}/v1`), request('think'))).text, 'Four.');
  });

  it('uses connections again for one request after another', async () => {
    const server = await rawServer((response) => sendEvents(response, [delta({ content: 'ok' }, 'stop')]));
    const model = modelAt(server.baseURL);
    for (let round = 0; round < 6; round++) await turnOf(model, request('hi'));
    // Node's own fetch opens a second one before it knows that the first is free.
    ok(server.connections() <= 2);
  });

  it('says that the answer was cut off at the token limit', async () => {
    const mock = await mockServer();
    mock.onMessage('long', { content: 'Once upon', finishReason: 'length' });
    equal((await turnOf(modelAt(`${mock.url}/v1`), request('long'))).finish, 'length');
  });

  it('waits as long as a 429 asks and then tries again', async () => {
    const mock = await mockServer();
    const limited = { error: { message: 'Slow down' }, status: 429, retryAfter: 1 };
    mock.addFixture({ match: { userMessage: 'hi', sequenceIndex: 0 }, response: limited });
    mock.onMessage('hi', { content: 'There.' });
    equal((await turnOf(modelAt(`${mock.url}/v1`), request('hi'))).text, 'There.');
    equal(mock.getRequests().length, 2);
  });

  it('lists the models', async () => {
    const mock = await mockServer();
    mock.addFixture({ match: { model: 'model-a' }, response: { content: '' } });
    const models = await modelAt(`${mock.url}/v1`).listModels(new AbortController().signal);
    ok(models.some(({ id }) => id === 'model-a'));
  });
});

describe('what the chat-completions model sends', () => {
  async function bodyFor(more: Parameters<typeof request>[1]): Promise<Record<string, unknown>> {
    const server = await rawServer((response) => sendEvents(response, [delta({ content: 'ok' }, 'stop')]));
    await turnOf(modelAt(server.baseURL), request('hi', more));
    return server.asked[0]?.body ?? {};
  }

  it('sends nothing that was not asked for', async () => {
    deepEqual(await bodyFor({}), {
      model: 'test-model',
      messages: [{ role: 'user', content: 'hi' }],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('sends instructions, images, calls and their outputs', async () => {
    const image = { type: 'image', url: 'data:image/png;base64,AA==', detail: 'low' } as const;
    const body = await bodyFor({
      instructions: 'Be brief.',
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Look' }, image] },
        { role: 'assistant', content: '', toolCalls: [{ id: 'call_1', name: 'get_weather', arguments: '' }] },
        { role: 'tool', toolCallId: 'call_1', name: 'get_weather', output: 'Rain' },
        { role: 'assistant', content: '' },
      ],
    });
    deepEqual(body['messages'], [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image_url', image_url: { url: image.url, detail: 'low' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'Rain' },
    ]);
  });

  it('sends tools, limits, sampling and the format', async () => {
    const json_schema = { name: 'answer', schema: { type: 'object' }, strict: true };
    const body = await bodyFor({
      tools: [weather],
      toolChoice: { name: 'get_weather' },
      parallelToolCalls: false,
      responseFormat: { type: 'json_schema', json_schema },
      temperature: 0,
      topP: 0.5,
      reasoningEffort: 'low',
      maxOutputTokens: 7,
    });
    deepEqual(body['tools'], [{ type: 'function', function: weather }]);
    deepEqual(body['tool_choice'], { type: 'function', function: { name: 'get_weather' } });
    equal(body['parallel_tool_calls'], false);
    deepEqual(body['response_format'], { type: 'json_schema', json_schema });
    deepEqual([body['temperature'], body['top_p'], body['reasoning_effort']], [0, 0.5, 'low']);
    deepEqual([body['max_tokens'], body['max_completion_tokens']], [7, undefined]);
  });

  it('names the token limit as OpenAI wants it, on its host', async () => {
    let sent: Record<string, unknown> = {};
    const fetch: typeof globalThis.fetch = (_url, init) => {
      sent = JSON.parse(init?.body as string) as Record<string, unknown>;
      const body = `data: ${JSON.stringify(delta({ content: 'ok' }, 'stop'))}\n\ndata: [DONE]\n\n`;
      return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }));
    };
    await turnOf(modelAt('https://api.openai.com/v1', { fetch }), request('hi', { maxOutputTokens: 7 }));
    deepEqual([sent['max_tokens'], sent['max_completion_tokens']], [undefined, 7]);
  });

  it('reads the key for each request, and sends none if there is none', async () => {
    const server = await rawServer((response) => sendEvents(response, [delta({ content: 'ok' }, 'stop')]));
    let key: string | undefined = 'first-key';
    const model = modelAt(server.baseURL, { apiKey: () => Promise.resolve(key) });
    await turnOf(model, request('hi'));
    key = undefined;
    await turnOf(model, request('hi'));
    deepEqual(
      server.asked.map(({ headers }) => headers.authorization),
      ['Bearer first-key', undefined],
    );
  });

  it('never sends a key of the environment to another server', async () => {
    const server = await rawServer((response) => sendEvents(response, [delta({ content: 'ok' }, 'stop')]));
    const names = ['OPENAI_API_KEY', 'OPENAI_ADMIN_KEY', 'OPENAI_ORG_ID', 'OPENAI_PROJECT_ID'];
    const before = names.map((name) => process.env[name]);
    for (const name of names) process.env[name] = 'from-the-environment';
    try {
      await turnOf(modelAt(server.baseURL), request('hi'));
    } finally {
      names.forEach((name, index) => {
        if (before[index] === undefined) delete process.env[name];
        else process.env[name] = before[index];
      });
    }
    doesNotMatch(JSON.stringify(server.asked[0]?.headers), /from-the-environment/);
  });

  it('gives the key to Azure in the header Azure documents', async () => {
    let headers = new Headers();
    const fetch: typeof globalThis.fetch = (_url, init) => {
      headers = new Headers(init?.headers);
      return Promise.resolve(new Response('data: [DONE]\n\n'));
    };
    const apiKey = () => Promise.resolve('azure-key');
    await turnOf(modelAt('https://mine.openai.azure.com/openai/v1', { fetch, apiKey }), request('hi'));
    deepEqual([headers.get('api-key'), headers.get('authorization')], ['azure-key', null]);
  });

  it('does not take a key to the place a server redirects to', async () => {
    const other = await rawServer((response) => sendEvents(response, [delta({ content: 'ok' }, 'stop')]));
    const server = await rawServer((response) => {
      response.writeHead(307, { location: `${other.baseURL}/chat/completions` }).end();
    });
    const apiKey = () => Promise.resolve('my-secret-key');
    const error = await modelErrorOf(turnOf(modelAt(server.baseURL, { apiKey }), request('hi')));
    equal(other.asked.length, 0);
    match(error.message, /answered 307: It moved to http:\/\/127\.0\.0\.1/);
  });
});

describe('the chat-completions model, on servers with ways of their own', () => {
  async function turnWith(events: readonly unknown[], done = true) {
    const server = await rawServer((response) => sendEvents(response, events, done));
    return turnOf(modelAt(server.baseURL), request('hi', { tools: [weather] }));
  }
  const fragment = (fields: Record<string, unknown>) => delta({ tool_calls: [fields] });

  it('asks again without stream_options if they are rejected, and remembers', async () => {
    const server = await rawServer((response, { body }) => {
      if (!body['stream_options']) return sendEvents(response, [delta({ content: 'ok' }, 'stop')]);
      sendJSON(response, 400, {
        error: { message: 'Unrecognized request argument supplied: stream_options' },
      });
    });
    const model = modelAt(server.baseURL);
    const turn = await turnOf(model, request('hi'));
    await turnOf(model, request('again'));
    equal(turn.text, 'ok');
    equal(usageOf(turn), undefined);
    equal(server.asked.length, 3);
  });

  it('uses the other name of the token limit if one is rejected', async () => {
    const server = await rawServer((response, { body }) => {
      if (body['max_completion_tokens']) return sendEvents(response, [delta({ content: 'ok' }, 'stop')]);
      const message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.";
      sendJSON(response, 400, { error: { message } });
    });
    equal((await turnOf(modelAt(server.baseURL), request('hi', { maxOutputTokens: 5 }))).text, 'ok');
  });

  it('makes up an id for a call without one', async () => {
    const turn = await turnWith([
      fragment({ function: { name: 'get_weather', arguments: '{}' } }),
      delta({}, 'stop'),
    ]);
    match(turn.calls[0]?.id ?? '', /^call_\w+$/);
    equal(turn.finish, 'tool_calls');
  });

  it('makes up an id for a call whose id was used before', async () => {
    const server = await rawServer((response) => {
      sendEvents(response, [
        fragment({ id: '0', function: { name: 'get_weather', arguments: '{}' } }),
        delta({}, 'stop'),
      ]);
    });
    const messages: ModelMessage[] = [
      user('hi'),
      { role: 'assistant', content: '', toolCalls: [{ id: '0', name: 'get_weather', arguments: '{}' }] },
      { role: 'tool', toolCallId: '0', name: 'get_weather', output: 'Rain' },
    ];
    const turn = await turnOf(modelAt(server.baseURL), request('', { messages }));
    notEqual(turn.calls[0]?.id, '0');
  });

  it('distinguishes calls that all have the index 0', async () => {
    const turn = await turnWith([
      fragment({ index: 0, id: 'a', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } }),
      fragment({ index: 0, id: 'b', function: { name: 'get_weather', arguments: '{"city":"Rome"}' } }),
      delta({}, 'tool_calls'),
    ]);
    deepEqual(
      turn.calls.map(({ id, arguments: json }) => [id, json]),
      [
        ['a', '{"city":"Paris"}'],
        ['b', '{"city":"Rome"}'],
      ],
    );
  });

  it('puts fragments without an index together', async () => {
    const turn = await turnWith([
      fragment({ id: 'a', function: { name: 'get_weather', arguments: '{"ci' } }),
      fragment({ function: { arguments: 'ty":' } }),
      fragment({ id: 'a', function: { arguments: '"Rome"}' } }),
      delta({}, 'tool_calls'),
    ]);
    deepEqual(turn.calls, [{ id: 'a', name: 'get_weather', arguments: '{"city":"Rome"}' }]);
  });

  it('waits for the name of a call that comes late', async () => {
    const turn = await turnWith([
      fragment({ index: 0, id: 'a', function: { name: 'get_weather', arguments: '{}' } }),
      fragment({ index: 1, id: 'b', function: { arguments: '{"x"' } }),
      fragment({ index: 1, function: { name: 'get_weather', arguments: ':1}' } }),
      delta({}, 'tool_calls'),
    ]);
    deepEqual(
      turn.calls.map(({ arguments: json }) => json),
      ['{}', '{"x":1}'],
    );
  });

  it('passes on arguments that are not JSON', async () => {
    const turn = await turnWith([
      fragment({ index: 0, id: 'a', function: { name: 'get_weather', arguments: '{city: Rome' } }),
      delta({}, 'tool_calls'),
    ]);
    equal(turn.calls[0]?.arguments, '{city: Rome');
  });

  it('takes arguments that are an object', async () => {
    const turn = await turnWith([
      fragment({ index: 0, id: 'a', function: { name: 'get_weather', arguments: { city: 'Rome' } } }),
      delta({}, 'tool_calls'),
    ]);
    equal(turn.calls[0]?.arguments, '{"city":"Rome"}');
  });

  it('takes the end mark for the finish where no reason is given', async () => {
    const turn = await turnWith([delta({ content: 'Hello' })]);
    equal(turn.finish, 'stop');
  });

  it('takes the finish reason for the end where no end mark comes', async () => {
    const turn = await turnWith([delta({ content: 'Hello' }, 'stop')], false);
    equal(turn.finish, 'stop');
  });

  it('takes a whole answer from a server that does not stream', async () => {
    const message = { role: 'assistant', content: 'All at once.' };
    const usage = { prompt_tokens: 1, completion_tokens: 3 };
    const server = await rawServer((response) =>
      sendJSON(response, 200, { choices: [{ message, finish_reason: 'stop' }], usage }),
    );
    const turn = await turnOf(modelAt(server.baseURL), request('hi'));
    equal(turn.text, 'All at once.');
    deepEqual(usageOf(turn), { promptTokens: 1, completionTokens: 3 });
  });

  it('takes text from content in parts and leaves thinking out', async () => {
    const parts = [
      { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
      { type: 'text', text: 'Yes.' },
    ];
    equal((await turnWith([delta({ content: parts }, 'stop')])).text, 'Yes.');
  });

  it('is not troubled by comments, empty chunks and nonsense where fields should be', async () => {
    const turn = await turnWith([
      {},
      { choices: [] },
      { choices: null, usage: null },
      delta({ content: 7, tool_calls: 'none', refusal: [] }),
      [],
      delta({ content: 'Fine.' }, 'stop'),
    ]);
    equal(turn.text, 'Fine.');
  });

  it('has no models where the list is null', async () => {
    const server = await rawServer((response) => sendJSON(response, 200, { object: 'list', data: null }));
    deepEqual(await modelAt(server.baseURL).listModels(new AbortController().signal), []);
  });

  it('passes a refusal on as one', async () => {
    const turn = await turnWith([delta({ refusal: 'I cannot ' }), delta({ refusal: 'do that.' }, 'stop')]);
    deepEqual([turn.text, turn.refusal], ['', 'I cannot do that.']);
  });
});

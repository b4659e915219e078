import { deepEqual, doesNotMatch, equal, match, notEqual, ok, rejects } from 'node:assert/strict';
import { LLMock } from '@copilotkit/aimock';
import { createChatCompletionsModel } from '../../../src/engine/models/chatCompletions';
import { isAuthenticationError } from '../../../src/engine/models/errors';
import type { ModelServerOptions } from '../../../src/engine/models/modelServer';
import type { ModelMessage, ModelTool } from '../../../src/engine/models/types';
import { afterTest } from '../support';
import {
  closedHost,
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

function modelAt(baseURL: string, more: Partial<ModelServerOptions> = {}) {
  return createChatCompletionsModel({ label: 'Test', baseURL, ...more });
}

async function mockServer(): Promise<LLMock> {
  const mock = new LLMock({ port: 0, chunkSize: 4 });
  await mock.start();
  afterTest(() => mock.stop());
  return mock;
}

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

  it('sends the key of the moment, and no key where there is none', async () => {
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

  it('asks again without stream_options where they are refused, and remembers', async () => {
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

  it('names the token limit the other way where it is refused', async () => {
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

  it('tells calls apart that all have the index 0', async () => {
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

describe('the chat-completions model, when something fails', () => {
  async function errorAt(baseURL: string, more: Partial<ModelServerOptions> = {}) {
    return modelErrorOf(turnOf(modelAt(baseURL, more), request('hi')));
  }

  it('says of a wrong key that one has to be set, and does not repeat it', async () => {
    const key = 'sk-verysecret0123456789';
    const server = await rawServer((response) => {
      sendJSON(response, 401, {
        error: { message: `Incorrect API key provided: ${key}`, code: 'invalid_api_key' },
      });
    });
    const error = await errorAt(server.baseURL, { label: 'OpenAI', apiKey: () => Promise.resolve(key) });
    equal(
      error.message,
      `OpenAI (${server.host}) answered 401: Incorrect API key provided: … Set the connection's API key.`,
    );
    equal(error.status, 401);
    ok(isAuthenticationError(error.message));
    equal(server.asked.length, 1);
  });

  it('refuses a key that no header can carry, without repeating it', async () => {
    const server = await rawServer((response) => sendEvents(response, []));
    const error = await errorAt(server.baseURL, { apiKey: () => Promise.resolve('geheim\nzwei') });
    ok(isAuthenticationError(error.message));
    doesNotMatch(error.message, /geheim/);
    equal(server.asked.length, 0);
  });

  it('says where the models are listed when there is none of that name', async () => {
    const server = await rawServer((response) => {
      sendJSON(response, 404, { error: 'model "nope" not found, try pulling it first' });
    });
    const error = await errorAt(server.baseURL);
    match(error.message, /answered 404: model "nope" not found.*«Assistants: Edit Assistant…»/);
    equal(error.code, 'invalid_prompt');
    ok(!isAuthenticationError(error.message));
  });

  it('tells that a request was too long for the model, so that a shorter one can be tried', async () => {
    const message = "This model's maximum context length is 4096 tokens, however you requested 9000 tokens.";
    const server = await rawServer((response, asked) => {
      const { messages } = asked.body as { messages: unknown[] };
      if (messages.length > 3)
        sendJSON(response, 400, { error: { message, code: 'context_length_exceeded' } });
      else sendEvents(response, [delta({ content: 'Short.' }, 'stop')]);
    });
    const error = await modelErrorOf(
      turnOf(modelAt(server.baseURL), request('a', { messages: ['a', 'b', 'c', 'd'].map(user) })),
    );
    equal(error.tooLong, true);
    match(error.message, /Start a new thread, or send less\.$/);
    equal((await turnOf(modelAt(server.baseURL), request('a'))).text, 'Short.');
  });

  it('reports a 429 with the time to wait, once its retries are used up', async () => {
    const mock = await mockServer();
    mock.addFixture({
      match: {},
      response: {
        error: { message: 'Rate limit reached', code: 'rate_limit_exceeded' },
        status: 429,
        retryAfter: 1,
      },
    });
    const error = await errorAt(`${mock.url}/v1`);
    match(error.message, /answered 429: Rate limit reached\. Retry in 1 s\.$/);
    equal(error.code, 'rate_limit_exceeded');
    equal(mock.getRequests().length, 3);
  });

  it('tries a 500 again before it reports it', async () => {
    const server = await rawServer((response) => sendJSON(response, 500, { detail: 'engine is dead' }));
    const error = await errorAt(server.baseURL);
    match(error.message, /answered 500: engine is dead\. Retry in a while\.$/);
    equal(error.code, 'server_error');
    equal(server.asked.length, 3);
  });

  it('asks whether a local server runs that cannot be reached', async () => {
    const host = await closedHost();
    const error = await errorAt(`http://${host}/v1`, { label: 'Ollama' });
    equal(error.message, `Ollama (${host}) could not be reached: connection refused. Is it running?`);
  });

  it('says of a web page that the base URL is wrong', async () => {
    const server = await rawServer((response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome</html>');
    });
    match((await errorAt(server.baseURL)).message, /it is a web page\. Check the connection's base URL\.$/);
  });

  it('names a connection by its host alone where that is its name', async () => {
    const host = await closedHost();
    match(
      (await errorAt(`http://${host}/v1`, { label: host })).message,
      /^127\.0\.0\.1:\d+ could not be reached/,
    );
  });

  it('says what a base URL looks like when it is none', async () => {
    match((await errorAt('localhost:11434')).message, /«localhost:11434» is not an http address/);
  });

  it('reports a connection lost in the middle, and does not ask again', async () => {
    const server = await rawServer((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify(delta({ content: 'Half of' }))}\n\n`, () => response.destroy());
    });
    const error = await errorAt(server.baseURL);
    match(error.message, /stopped in the middle of its answer: the connection was closed/);
    equal(server.asked.length, 1);
  });

  it('reports a stream that aimock cuts off', async () => {
    const mock = await mockServer();
    mock.on({}, { content: 'A long enough answer to cut' }, { truncateAfterChunks: 3, latency: 20 });
    match((await errorAt(`${mock.url}/v1`)).message, /stopped in the middle of its answer/);
  });

  it('asks again when the connection is lost before the first byte', async () => {
    const server = await rawServer((response) => {
      if (server.asked.length > 1) return sendEvents(response, [delta({ content: 'Here.' }, 'stop')]);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      setTimeout(() => response.destroy(), 20);
    });
    equal((await turnOf(modelAt(server.baseURL), request('hi'))).text, 'Here.');
  });

  it('reports a stream that ends without a finish', async () => {
    const server = await rawServer((response) => sendEvents(response, [delta({ content: 'Half' })], false));
    match((await errorAt(server.baseURL)).message, /stopped in the middle of its answer/);
  });

  it('reports events that are not JSON', async () => {
    const server = await rawServer((response) => sendEvents(response, ['{"choices": [oops']));
    match((await errorAt(server.baseURL)).message, /cannot be read: «\{"choices": \[oops» is not JSON/);
  });

  it('reports an error that comes inside the stream in its own words', async () => {
    const server = await rawServer((response) => {
      sendEvents(response, [delta({ content: 'Half' }), { error: { message: 'Out of memory', code: 503 } }]);
    });
    match((await errorAt(server.baseURL)).message, /broke off its answer: Out of memory\. Retry/);
  });

  it('gives up on a server that never begins to answer', async () => {
    const server = await rawServer(() => undefined);
    const error = await errorAt(server.baseURL, { timeouts: { firstEvent: 100 } });
    match(error.message, /sent nothing for 1 s\. Retry in a while\.$/);
  });

  it('gives up on an answer that stalls, and not on one that is kept alive', async () => {
    const timeouts = { idle: 400 };
    const stalled = await rawServer((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify(delta({ content: 'Half' }))}\n\n`);
    });
    match((await errorAt(stalled.baseURL, { timeouts })).message, /sent nothing for 1 s/);

    const slow = await rawServer((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      let signs = 0;
      const timer = setInterval(() => {
        response.write(': still here\n\n');
        if (++signs < 12) return;
        clearInterval(timer);
        response.end(`data: ${JSON.stringify(delta({ content: 'Done.' }, 'stop'))}\n\ndata: [DONE]\n\n`);
      }, 50);
    });
    equal((await turnOf(modelAt(slow.baseURL, { timeouts }), request('hi'))).text, 'Done.');
  });

  it('ends at once when it is aborted, and closes the connection', async () => {
    let closed: (() => void) | undefined;
    const connectionClosed = new Promise<void>((resolve) => (closed = resolve));
    const server = await rawServer((response) => {
      response.on('close', () => closed?.());
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify(delta({ content: 'Half' }))}\n\n`);
    });
    const abort = new AbortController();
    const events = modelAt(server.baseURL).generate(request('hi'), abort.signal)[Symbol.asyncIterator]();
    deepEqual((await events.next()).value, { type: 'text', text: 'Half' });
    const next = events.next();
    abort.abort(new Error('stopped by the user'));
    await rejects(next, { message: 'stopped by the user' });
    await connectionClosed;
  });

  it('ends at once when it is aborted while it waits to try again', async () => {
    const abort = new AbortController();
    const server = await rawServer((response) => {
      sendJSON(response, 429, { error: { message: 'Later' } }, { 'retry-after': '50' });
      setTimeout(() => abort.abort(new Error('stopped')), 20);
    });
    await rejects(turnOf(modelAt(server.baseURL), request('hi'), abort.signal), { message: 'stopped' });
  });

  it('closes the connection when its reader goes away', async () => {
    let closed: (() => void) | undefined;
    const connectionClosed = new Promise<void>((resolve) => (closed = resolve));
    const server = await rawServer((response) => {
      response.on('close', () => closed?.());
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify(delta({ content: 'Half' }))}\n\n`);
    });
    for await (const event of modelAt(server.baseURL).generate(request('hi'), new AbortController().signal)) {
      equal(event.type, 'text');
      break;
    }
    await connectionClosed;
  });

  it('reports errors of the list of models as clearly', async () => {
    const server = await rawServer((response) => sendJSON(response, 403, { message: 'No access' }));
    const error = await modelErrorOf(modelAt(server.baseURL).listModels(new AbortController().signal));
    match(error.message, /answered 403: No access\. Set an API key that is allowed to do this\.$/);
  });
});

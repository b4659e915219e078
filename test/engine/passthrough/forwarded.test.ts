import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { AzureOpenAI } from 'openai';
import type { Engine } from '../../../src/engine/engine';
import { withField } from '../../../src/engine/api/input/jsonFields';
import { closedHost, delta, rawServer, sendJSON } from '../models/support';
import { demoConnection, openEngine, until } from '../support';
import { connectionTo, errorOf, functionTool, key, openWith, userMessage } from './support';

const messages = [userMessage('How warm is Paris?')];

const answer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'org/large',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  extra: { of: 'this server' },
};

/** Sends a request with exactly this body, and reads its answer. */
async function post(engine: Engine, path: string, body: string): Promise<{ status: number; text: string }> {
  const response = await engine.fetch(`http://engine${path}`, { method: 'POST', body });
  return { status: response.status, text: await response.text() };
}

describe('a request to a connection’s server', () => {
  it('goes through with the provider’s own model id and the connection’s key', async () => {
    const server = await rawServer((response) => sendJSON(response, 200, answer, { 'x-account': 'secret' }));
    const { openai, engine } = openWith(demoConnection(), connectionTo(server.baseURL));
    const result = await openai.chat.completions.create({ model: 'remote/org/large', messages }).asResponse();
    assert.equal(await result.text(), JSON.stringify(answer));
    assert.equal(result.headers.get('x-account'), null);
    assert.match(result.headers.get('x-request-id') ?? '', /^req_/);
    const [asked] = server.asked;
    assert.deepEqual(
      [asked?.path, asked?.headers.authorization, asked?.body],
      ['/v1/chat/completions', `Bearer ${key}`, { model: 'org/large', messages }],
    );
    assert.equal(JSON.stringify(asked?.headers).includes('local'), false);

    const text = '{ "seed":9223372036854775807, "model" : "remote/org/large","x":{"model":"inner"},"t":1.0}';
    await post(engine, '/v1/chat/completions', text);
    assert.equal(server.asked[1]?.text, text.replace('remote/org/large', 'org/large'));
  });

  it('with a bare model id goes to the default connection', async () => {
    const server = await rawServer((response) => sendJSON(response, 200, answer));
    const other = await rawServer((response) => sendJSON(response, 200, answer));
    const { openai } = openWith(connectionTo(server.baseURL), connectionTo(other.baseURL, { id: 'other' }));
    await openai.chat.completions.create({ model: 'large', messages });
    assert.deepEqual([server.asked.length, other.asked.length], [1, 0]);
    const error = await errorOf(openai.chat.completions.create({ model: 'nowhere/large', messages }));
    assert.deepEqual([error.status, error.code, error.param], [404, 'model_not_found', 'model']);
    assert.match(error.message, /There is no connection 'nowhere'/);
    assert.deepEqual([server.asked.length, other.asked.length], [1, 0]);
  });

  for (const kind of ['chat-completions', 'responses'] as const)
    it(`streams the answer of a ${kind} server as it comes, with tools`, async () => {
      let finish: () => void = () => undefined;
      const server = await rawServer((response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const call = {
          index: 0,
          id: 'call_1',
          type: 'function',
          function: { name: 'warmth', arguments: '' },
        };
        response.write(`data: ${JSON.stringify(delta({ role: 'assistant', tool_calls: [call] }))}\n\n`);
        const rest = { index: 0, function: { arguments: '{"city":"Paris"}' } };
        finish = () => {
          response.write(`data: ${JSON.stringify(delta({ tool_calls: [rest] }, 'tool_calls'))}\n\n`);
          response.end('data: [DONE]\n\n');
        };
      });
      const { openai } = openWith(connectionTo(server.baseURL, { kind }));
      const stream = openai.chat.completions.stream({
        model: 'remote/large',
        messages,
        tools: [functionTool('warmth')],
        stream_options: { include_usage: true },
      });
      // The rest is sent once the beginning has arrived.
      await stream.emitted('chunk');
      finish();
      const final = await stream.finalChatCompletion();
      const [call] = final.choices[0]?.message.tool_calls ?? [];
      assert.deepEqual(call?.type === 'function' && call.function.arguments, '{"city":"Paris"}');
      const { body } = server.asked[0]!;
      assert.deepEqual(
        [body['stream'], body['stream_options'], body['tools']],
        [true, { include_usage: true }, [functionTool('warmth')]],
      );
    });

  it('embeds texts, as floats and in base64', async () => {
    const vector = new Float32Array([0.5, -2]);
    const server = await rawServer((response, { body }) => {
      const base64 = Buffer.from(vector.buffer).toString('base64');
      const embedding = body['encoding_format'] === 'base64' ? base64 : [...vector];
      sendJSON(response, 200, { object: 'list', model: 'small', data: [{ index: 0, embedding }] });
    });
    const { openai } = openWith(connectionTo(server.baseURL));
    const plain = await openai.embeddings.create({ model: 'remote/small', input: 'one' });
    const floats = await openai.embeddings.create({
      model: 'remote/small',
      input: [[1, 2, 3]],
      encoding_format: 'float',
    });
    assert.deepEqual([...plain.data[0]!.embedding], [...vector]);
    assert.deepEqual(floats.data[0]!.embedding, [...vector]);
    assert.deepEqual(
      server.asked.map(({ path, body }) => [path, body['model'], body['encoding_format']]),
      [
        ['/v1/embeddings', 'small', 'base64'],
        ['/v1/embeddings', 'small', 'float'],
      ],
    );
  });

  it('may have hundreds of thousands of tokens to embed', async () => {
    const server = await rawServer((response) => sendJSON(response, 200, { data: [] }));
    const { openai } = openWith(connectionTo(server.baseURL));
    const input = Array.from({ length: 100 }, () => Array.from({ length: 3000 }, (_, at) => at));
    await openai.embeddings.create({ model: 'remote/small', input, encoding_format: 'float' });
    assert.deepEqual(server.asked[0]?.body['input'], input);
  });

  it('may come from an Azure client, whose path names the model', async () => {
    const server = await rawServer((response) => sendJSON(response, 200, answer));
    const { engine } = openWith(connectionTo(server.baseURL));
    const azure = new AzureOpenAI({
      endpoint: 'http://engine',
      apiKey: 'local',
      apiVersion: '2024-05-01-preview',
      fetch: engine.fetch,
      maxRetries: 0,
    });
    await azure.chat.completions.create({ model: 'remote/org/large', messages });
    await azure.embeddings.create({ model: 'remote/small', input: 'one', encoding_format: 'float' });
    for (const base of ['/openai', '/openai/v1', '/v1/openai', '/v1/'])
      await post(engine, `${base}/chat/completions/?api-version=preview`, '{"model":"remote/large"}');
    // Older clients leave the model to the path.
    for (const body of ['{"messages":[]}', '{"model":null,"messages":[]}', '{}'])
      await post(engine, '/openai/deployments/large/chat/completions', body);
    assert.deepEqual(
      server.asked.map(({ path, body }) => [path, body['model']]),
      [
        ['/v1/chat/completions', 'org/large'],
        ['/v1/embeddings', 'small'],
        ...Array.from({ length: 7 }, () => ['/v1/chat/completions', 'large']),
      ],
    );
  });

  it('gets the server’s error as it is, without secrets, and when to retry', async () => {
    const limit = {
      message: 'Rate limit reached',
      type: 'requests',
      param: null,
      code: 'rate_limit_exceeded',
    };
    const server = await rawServer((response, { body }) => {
      if (body['model'] === 'limited')
        return sendJSON(response, 429, { error: limit }, { 'retry-after': '7', 'x-account': 'secret' });
      const message = `Incorrect API key provided: ${key}.`;
      sendJSON(response, 401, { error: { message, type: 'invalid_request_error', code: 'invalid_api_key' } });
    });
    const { openai } = openWith(connectionTo(server.baseURL));
    const limited = await errorOf(openai.chat.completions.create({ model: 'limited', messages }));
    assert.deepEqual([limited.status, limited.error], [429, limit]);
    assert.deepEqual([limited.headers?.get('retry-after'), limited.headers?.get('x-account')], ['7', null]);
    assert.equal(server.asked.length, 1);

    const refused = await errorOf(openai.chat.completions.create({ model: 'large', messages }));
    assert.deepEqual([refused.status, refused.code], [401, 'invalid_api_key']);
    assert.equal(JSON.stringify(refused.error).includes(key), false);
    // It is not the client's own key.
    assert.match(
      refused.message,
      /Remote \(127\.0\.0\.1:\d+\) answered 401: Incorrect API key.*Set the connection's API key/,
    );
  });

  it('gets errors of every other form in OpenAI’s envelope', async () => {
    const server = await rawServer((response, { body, path }) => {
      if (path === '/v1/embeddings') return response.writeHead(404).end();
      if (body['model'] === 'moved')
        return response.writeHead(307, { location: 'https://elsewhere.example/' }).end();
      if (body['model'] === 'page')
        return response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome</html>');
      sendJSON(response, 422, { detail: [{ loc: ['body', 'messages'], msg: 'Field required' }] });
    });
    const { openai } = openWith(connectionTo(server.baseURL));
    const ask = (model: string) => errorOf(openai.chat.completions.create({ model, messages }));
    const invalid = await ask('large');
    assert.deepEqual([invalid.status, invalid.type], [422, 'invalid_request_error']);
    assert.match(invalid.message, /messages: Field required/);
    const moved = await ask('moved');
    assert.equal(moved.status, 502);
    assert.match(moved.message, /It moved to https:\/\/elsewhere\.example/);
    const page = await ask('page');
    assert.deepEqual([page.status, page.type], [502, 'server_error']);
    assert.match(page.message, /it is a web page/);
    const missing = await errorOf(openai.embeddings.create({ model: 'small', input: 'one' }));
    assert.equal(missing.status, 404);
    assert.match(missing.message, /Remote .* answered 404 to POST \/embeddings\. Use a connection/);
  });

  it('says why a server did not answer', async () => {
    const { openai } = openWith(connectionTo(`http://${await closedHost()}/v1`));
    const error = await errorOf(openai.chat.completions.create({ model: 'large', messages }));
    assert.deepEqual([error.status, error.type, error.code], [502, 'server_error', 'server_error']);
    assert.match(error.message, /could not be reached: connection refused/);
  });

  it('says in the stream that the connection was lost', async () => {
    const server = await rawServer((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify(delta({ content: 'Hel' }))}\n\n`, () => response.destroy());
    });
    const { openai } = openWith(connectionTo(server.baseURL));
    const stream = await openai.chat.completions.create({ model: 'large', messages, stream: true });
    let text = '';
    const error = await errorOf(
      (async () => {
        for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
      })(),
    );
    assert.equal(text, 'Hel');
    assert.match(error.message, /Remote .* stopped in the middle of its answer/);
  });

  it('is cancelled when the client leaves, before the answer and within it', async () => {
    let closed = 0;
    const server = await rawServer((response, { body }) => {
      response.on('close', () => closed++);
      if (body['stream'] !== true) return;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify(delta({ content: 'Hel' }))}\n\n`);
    });
    const { openai, log } = openWith(connectionTo(server.baseURL));
    const leaving = new AbortController();
    const waiting = openai.chat.completions.create({ model: 'm', messages }, { signal: leaving.signal });
    await until('the server is asked', () => Promise.resolve(server.asked.length === 1));
    leaving.abort();
    await assert.rejects(waiting);
    await until('the request is cancelled', () => Promise.resolve(closed === 1));
    const stream = await openai.chat.completions.create({ model: 'm', messages, stream: true });
    for await (const chunk of stream) {
      assert.equal(chunk.choices[0]?.delta.content, 'Hel');
      break;
    }
    await until('the answer is cancelled', () => Promise.resolve(closed === 2));
    await sleep(10);
    assert.deepEqual(log, []);
  });

  it('is told what is missing in it', async () => {
    const server = await rawServer((response) => sendJSON(response, 200, answer));
    const one = openWith(connectionTo(server.baseURL));
    const errorFor = async (body: string) => {
      const { status, text } = await post(one.engine, '/v1/chat/completions', body);
      return [status, (JSON.parse(text) as { error: { param: string } }).error.param];
    };
    for (const body of ['', '{}', '{"model":null}', '{"messages":[]}', '{"model":5}', '{"model":""}'])
      assert.deepEqual(await errorFor(body), [400, 'model'], body);
    assert.equal((await errorFor('{'))[0], 400);
    assert.equal(server.asked.length, 0);
    assert.equal((await one.engine.fetch('http://engine/v1/chat/completions')).status, 404);
  });

  it('is no change that other windows hear of', async () => {
    const server = await rawServer((response) => sendJSON(response, 200, answer));
    const one = openWith(connectionTo(server.baseURL));
    const two = openEngine({ dataDir: one.dataDir });
    const writes = await two.engine.fetch('http://engine/v1/writes');
    await one.openai.chat.completions.create({ model: 'm', messages });
    await one.openai.embeddings.create({ model: 'm', input: 'one', encoding_format: 'float' });
    await one.client.beta.threads.create();
    const reader = writes.body!.pipeThrough(new TextDecoderStream()).getReader();
    const { value } = await reader.read();
    assert.deepEqual(value?.match(/"path":"[^"]+"/g), ['"path":"/v1/threads"']);
    await reader.cancel();
  });
});

describe('a field that is replaced in the text of an object', () => {
  const replaced = (json: string): string => withField(json, 'model', 'new');

  it('leaves all else as it is written', () => {
    for (const [json, expected] of [
      ['{"model":"a/b"}', '{"model":"new"}'],
      ['{}', '{"model":"new"}'],
      [' { } ', ' {"model":"new" } '],
      ['{"a":1}', '{"model":"new","a":1}'],
      [
        '{"a":1.0,"model" \n:\t"x","b":12345678901234567890}',
        '{"a":1.0,"model" \n:\t"new","b":12345678901234567890}',
      ],
      [`{"model"${' '.repeat(500)}: null}`, `{"model"${' '.repeat(500)}: "new"}`],
      ['{"mod\\u0065l":"x"}', '{"mod\\u0065l":"new"}'],
      ['{"model":"x","model":"y"}', '{"model":"new","model":"new"}'],
      [
        '{"a":"model","b":["model",{"model":"z"}],"c":"}\\"{","model":"x\\\\"}',
        '{"a":"model","b":["model",{"model":"z"}],"c":"}\\"{","model":"new"}',
      ],
    ] as const)
      assert.equal(replaced(json), expected);
  });

  it('is the only field that changes, whatever the object', () => {
    const key = fc.oneof(fc.constantFrom('model', 'a"b', '\\'), fc.string());
    const object = fc.dictionary(key, fc.oneof(fc.string(), fc.jsonValue()));
    fc.assert(
      fc.property(
        object,
        fc.constantFrom(0, 2),
        fc.option(fc.string(), { nil: undefined }),
        (fields, indent, model) => {
          const others = Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'model'));
          const given = model === undefined ? others : { ...others, model };
          assert.deepEqual(JSON.parse(replaced(JSON.stringify(given, null, indent))), {
            ...(JSON.parse(JSON.stringify(others)) as object),
            model: 'new',
          });
        },
      ),
    );
  });
});

import { deepEqual, doesNotMatch, equal, match, ok, rejects } from 'node:assert/strict';
import { isAuthenticationError } from '../../../src/engine/models/modelErrors';
import type { ModelServerOptions } from '../../../src/engine/models/server/modelServer';
import {
  chatModelAt as modelAt,
  mockServer,
  closedHost,
  delta,
  modelErrorOf,
  rawServer,
  request,
  sendEvents,
  sendJSON,
  turnOf,
  user,
} from './support';

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

  it('says where the models are listed if the model does not exist', async () => {
    const server = await rawServer((response) => {
      sendJSON(response, 404, { error: 'model "nope" not found, try pulling it first' });
    });
    const error = await errorAt(server.baseURL);
    match(error.message, /answered 404: model "nope" not found.*“Assistants: Edit Assistant…”/);
    equal(error.code, 'invalid_prompt');
    ok(!isAuthenticationError(error.message));
  });

  it('reports that a request was too long for the model, so that a shorter one can be tried', async () => {
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

  it('asks whether a local server is running if it cannot be reached', async () => {
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

  it('says what a base URL looks like if it is invalid', async () => {
    match((await errorAt('localhost:11434')).message, /“localhost:11434” is not an HTTP address/);
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
    match((await errorAt(server.baseURL)).message, /cannot be read: “\{"choices": \[oops” is not JSON/);
  });

  it('reports an error that comes inside the stream in its own words', async () => {
    const server = await rawServer((response) => {
      sendEvents(response, [delta({ content: 'Half' }), { error: { message: 'Out of memory', code: 503 } }]);
    });
    match((await errorAt(server.baseURL)).message, /ended its answer with an error: Out of memory\. Retry/);
  });

  it('times out if a server never begins to answer', async () => {
    const server = await rawServer(() => undefined);
    const error = await errorAt(server.baseURL, { timeouts: { firstEvent: 100 } });
    match(error.message, /sent nothing for 1 s\. Retry in a while\.$/);
  });

  it('times out if an answer stalls, but not if it is kept alive', async () => {
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

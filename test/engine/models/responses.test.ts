import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { LLMock } from '@copilotkit/aimock';
import { createResponsesModel } from '../../../src/engine/models/responses';
import type { ModelMessage, ModelRequest, ModelTool } from '../../../src/engine/models/modelProvider';
import { afterTest } from '../support';
import { modelErrorOf, rawServer, request, sendEvents, sendJSON, turnOf, usageOf, user } from './support';

const weather: ModelTool = { name: 'get_weather', parameters: { type: 'object', properties: {} } };

const usage = {
  input_tokens: 30,
  input_tokens_details: { cached_tokens: 10 },
  output_tokens: 20,
  output_tokens_details: { reasoning_tokens: 15 },
  total_tokens: 50,
};

function modelAt(baseURL: string) {
  return createResponsesModel({ label: 'Test', baseURL });
}

function textDelta(text: string, output_index = 0): unknown {
  return { type: 'response.output_text.delta', output_index, delta: text };
}

function completed(more: Record<string, unknown> = {}): unknown {
  return { type: 'response.completed', response: { status: 'completed', output: [], usage, ...more } };
}

const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' };
const functionCall = {
  type: 'function_call',
  id: 'fc_1',
  call_id: 'call_1',
  name: 'get_weather',
  arguments: '{"city":"Rome"}',
};

const turnWithReasoning = [
  { type: 'response.output_item.done', output_index: 0, item: { ...reasoning, status: 'completed' } },
  { type: 'response.output_item.added', output_index: 1, item: { ...functionCall, arguments: '' } },
  { type: 'response.function_call_arguments.delta', output_index: 1, delta: '{"city":' },
  { type: 'response.function_call_arguments.delta', output_index: 1, delta: '"Rome"}' },
  { type: 'response.output_item.done', output_index: 1, item: functionCall },
  completed(),
];

describe('the Responses model', () => {
  it('streams an answer of a proper server', async () => {
    const mock = new LLMock({ port: 0, chunkSize: 4 });
    await mock.start();
    afterTest(() => mock.stop());
    mock.onMessage('hello', { content: 'Hello, dear reader.' });
    mock.onMessage('weather', { toolCalls: [{ name: 'get_weather', arguments: '{"city":"Rome"}' }] });

    const said = await turnOf(modelAt(`${mock.url}/v1`), request('hello'));
    equal(said.text, 'Hello, dear reader.');
    equal(said.finish, 'stop');
    ok(said.events.filter(({ type }) => type === 'text').length > 2);

    const called = await turnOf(modelAt(`${mock.url}/v1`), request('weather', { tools: [weather] }));
    equal(called.calls[0]?.arguments, '{"city":"Rome"}');
    equal(called.finish, 'tool_calls');
  });

  it('asks for nothing to be stored, and for the reasoning', async () => {
    const server = await rawServer((response) => sendEvents(response, [completed()], false));
    const asked: ModelRequest = request('hi', {
      instructions: 'Be brief.',
      tools: [weather],
      toolChoice: 'required',
      parallelToolCalls: false,
      responseFormat: { type: 'json_schema', json_schema: { name: 'answer', schema: { type: 'object' } } },
      temperature: 1,
      topP: 0.5,
      reasoningEffort: 'low',
      maxOutputTokens: 7,
    });
    await turnOf(modelAt(server.baseURL), asked);
    equal(server.asked[0]?.path, '/v1/responses');
    deepEqual(server.asked[0].body, {
      model: 'test-model',
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'hi' }] }],
      stream: true,
      store: false,
      include: ['reasoning.encrypted_content'],
      instructions: 'Be brief.',
      tools: [{ type: 'function', ...weather, strict: false }],
      tool_choice: 'required',
      parallel_tool_calls: false,
      text: { format: { type: 'json_schema', name: 'answer', schema: { type: 'object' } } },
      temperature: 1,
      top_p: 0.5,
      max_output_tokens: 7,
      reasoning: { effort: 'low', summary: 'auto' },
    });
  });

  it('counts cached and reasoning tokens', async () => {
    const server = await rawServer((response) => sendEvents(response, [textDelta('ok'), completed()], false));
    deepEqual(usageOf(await turnOf(modelAt(server.baseURL), request('hi'))), {
      promptTokens: 30,
      completionTokens: 20,
      cachedTokens: 10,
      reasoningTokens: 15,
    });
  });

  it('sends reasoning back before the call that it led to', async () => {
    const server = await rawServer((response) => {
      sendEvents(
        response,
        server.asked.length === 1 ? turnWithReasoning : [textDelta('Rain.'), completed()],
        false,
      );
    });
    const model = modelAt(server.baseURL);
    const first = await turnOf(model, request('weather', { tools: [weather] }));
    const state = first.events.find((event) => event.type === 'provider_state');
    const messages: ModelMessage[] = [
      user('weather'),
      // As the engine stores it: written to the database and read again.
      {
        role: 'assistant',
        content: '',
        toolCalls: first.calls,
        providerState: JSON.parse(JSON.stringify(state?.state)),
      },
      { role: 'tool', toolCallId: 'call_1', name: 'get_weather', output: 'Rain' },
    ];
    equal((await turnOf(model, request('', { messages }))).text, 'Rain.');
    deepEqual((server.asked[1]?.body['input'] as unknown[]).slice(1), [
      reasoning,
      { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{"city":"Rome"}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'Rain' },
    ]);
  });

  it('does not send reasoning to another model', async () => {
    const server = await rawServer((response) => sendEvents(response, turnWithReasoning, false));
    const model = modelAt(server.baseURL);
    const first = await turnOf(model, request('weather'));
    const state = first.events.find((event) => event.type === 'provider_state')?.state;
    const messages: ModelMessage[] = [
      { role: 'assistant', content: 'Hm.', toolCalls: first.calls, providerState: state },
      { role: 'tool', toolCallId: 'call_1', name: 'get_weather', output: 'Rain' },
    ];
    await turnOf(model, request('', { messages, model: 'another-model' }));
    const kinds = (server.asked[1]?.body['input'] as Record<string, unknown>[]).map(
      ({ type, role }) => type ?? role,
    );
    deepEqual(kinds, ['assistant', 'function_call', 'function_call_output']);
  });

  it('asks again without reasoning where the server cannot read it any more', async () => {
    const server = await rawServer((response, { body }) => {
      if (!JSON.stringify(body['input']).includes('gAAA'))
        return sendEvents(response, [textDelta('ok'), completed()], false);
      const message = 'The encrypted content gAAA could not be verified.';
      sendJSON(response, 400, { error: { message, code: 'invalid_encrypted_content' } });
    });
    const providerState = { api: 'responses', origin: `${server.host}/test-model`, items: [{ reasoning }] };
    const messages: ModelMessage[] = [{ role: 'assistant', content: 'Hm.', providerState }, user('hi')];
    equal((await turnOf(modelAt(server.baseURL), request('', { messages }))).text, 'ok');
  });

  it('asks again without encrypted reasoning if the model does not support it, and remembers', async () => {
    const server = await rawServer((response, { body }) => {
      if (!body['include']) return sendEvents(response, [textDelta('ok'), completed()], false);
      sendJSON(response, 400, {
        error: { message: 'Encrypted content is not supported with this model.', param: 'include' },
      });
    });
    const model = modelAt(server.baseURL);
    equal((await turnOf(model, request('hi'))).text, 'ok');
    await turnOf(model, request('hi'));
    equal(server.asked.length, 3);
  });

  it('sends images', async () => {
    const server = await rawServer((response) => sendEvents(response, [completed()], false));
    const url = 'data:image/png;base64,AA==';
    const messages: ModelMessage[] = [{ role: 'user', content: [{ type: 'image', url }] }];
    await turnOf(modelAt(server.baseURL), request('', { messages }));
    deepEqual(server.asked[0]?.body['input'], [
      { role: 'user', content: [{ type: 'input_image', image_url: url, detail: 'auto' }] },
    ]);
  });

  it('passes a refusal on as one', async () => {
    const refusal = { type: 'response.refusal.delta', output_index: 0, delta: 'I cannot.' };
    const server = await rawServer((response) => sendEvents(response, [refusal, completed()], false));
    equal((await turnOf(modelAt(server.baseURL), request('hi'))).refusal, 'I cannot.');
  });

  it('says why an answer is not complete', async () => {
    for (const [reason, finish] of [
      ['max_output_tokens', 'length'],
      ['content_filter', 'content_filter'],
    ] as const) {
      const response = { status: 'incomplete', incomplete_details: { reason }, output: [], usage };
      const server = await rawServer((raw) => {
        sendEvents(raw, [textDelta('Half'), { type: 'response.incomplete', response }], false);
      });
      equal((await turnOf(modelAt(server.baseURL), request('hi'))).finish, finish);
    }
  });

  it('takes a whole answer from a server that does not stream', async () => {
    const message = { type: 'message', content: [{ type: 'output_text', text: 'All at once.' }] };
    const server = await rawServer((response) => {
      sendJSON(response, 200, { status: 'completed', error: null, output: [message, functionCall], usage });
    });
    const turn = await turnOf(modelAt(server.baseURL), request('hi'));
    deepEqual(
      [turn.text, turn.calls[0]?.arguments, turn.finish],
      ['All at once.', '{"city":"Rome"}', 'tool_calls'],
    );
  });

  it('reports a response that failed in its own words', async () => {
    const error = { code: 'server_error', message: 'The model had a bad day' };
    const response = { status: 'failed', error, output: [] };
    const server = await rawServer((raw) => {
      sendEvents(raw, [textDelta('Half'), { type: 'response.failed', response }], false);
    });
    match(
      (await modelErrorOf(turnOf(modelAt(server.baseURL), request('hi')))).message,
      /ended its answer with an error: The model had a bad day\. Retry/,
    );
  });

  it('reports an error event as what it is', async () => {
    const event = { type: 'error', code: 'rate_limit_exceeded', message: 'Too many tokens a minute' };
    const server = await rawServer((raw) => sendEvents(raw, [event], false));
    const error = await modelErrorOf(turnOf(modelAt(server.baseURL), request('hi')));
    match(error.message, /Too many tokens a minute/);
    equal(error.code, 'rate_limit_exceeded');
  });

  it('reports a stream that ends before the response is complete', async () => {
    const server = await rawServer((response) => sendEvents(response, [textDelta('Half')], false));
    match(
      (await modelErrorOf(turnOf(modelAt(server.baseURL), request('hi')))).message,
      /stopped in the middle of its answer/,
    );
  });

  it('says where the models are listed if the model does not exist', async () => {
    const server = await rawServer((response) => {
      const message = "The requested model 'nope' does not exist.";
      sendJSON(response, 400, { error: { message, code: 'model_not_found', param: 'model' } });
    });
    match(
      (await modelErrorOf(turnOf(modelAt(server.baseURL), request('hi')))).message,
      /answered 400: The requested model 'nope' does not exist\. Choose one of its models/,
    );
  });
});

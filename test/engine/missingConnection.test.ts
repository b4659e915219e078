import { deepEqual, equal, match } from 'node:assert/strict';
import OpenAI from 'openai';
import { createChatCompletionsModel } from '../../src/engine/models/chatCompletions';
import { createResponsesModel } from '../../src/engine/models/responses';
import type { ModelConnection } from '../../src/engine/models/modelProvider';
import { openSearch, storeWith } from './fileSearchSupport';
import { openHosted } from './hostedProvider';
import { rawServer, sendJSON } from './models/support';
import { serve } from './served';
import { ask, createTutor, openEngine, says, ScriptedModel } from './support';

/** The error of a run that has ended, or its status if it has none. */
async function outcomeOf(client: OpenAI, model: string, more: object = {}): Promise<string> {
  const run = await ask(client, await createTutor(client, { model, ...more }), 'For bar only.');
  const { status, last_error } = await client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
  return last_error ? `${last_error.code}: ${last_error.message}` : status;
}

const refusal =
  "invalid_prompt: There is no connection 'bar' for the model 'bar/model'. Add it, or choose another model.";

describe('a model whose connection does not exist', () => {
  it('fails its runs, and no other connection gets a request', async () => {
    const [first, second] = [new ScriptedModel([says('Hi')]), new ScriptedModel([])];
    const connections: ModelConnection[] = [
      { id: 'first', label: 'First', provider: first },
      { id: 'second', label: 'Second', provider: second },
    ];
    const { client } = openEngine({ models: () => connections });
    equal(await outcomeOf(client, 'bar/model'), refusal);
    equal(
      await outcomeOf(client, '/model'),
      refusal.replace("'bar'", "''").replace("'bar/model'", "'/model'"),
    );
    deepEqual([first.requests, second.requests], [[], []]);
    equal(await outcomeOf(client, 'model'), 'completed');
    deepEqual([first.requests.length, second.requests.length], [1, 0], 'a bare id is of the first');
  });

  it('fails once the id of its connection has changed, and works again with the new id', async () => {
    const provider = new ScriptedModel([says('Hi'), says('Ho')]);
    let id = 'bar';
    const { client } = openEngine({ models: () => [{ id, label: 'Bar', provider }] });
    equal(await outcomeOf(client, 'bar/model'), 'completed');
    id = 'baz';
    equal(await outcomeOf(client, 'bar/model'), refusal);
    equal(provider.requests.length, 1);
    equal(await outcomeOf(client, 'baz/org/model'), 'completed');
    equal(provider.requests[1]?.model, 'org/model');
  });

  it('fails the runs of a thread that it has answered, until another model is chosen', async () => {
    const [bar, other] = [new ScriptedModel([says('Hi')]), new ScriptedModel([says('Ho')])];
    const connections: ModelConnection[] = [
      { id: 'other', label: 'Other', provider: other },
      { id: 'bar', label: 'Bar', provider: bar },
    ];
    const { client } = openEngine({ models: () => connections });
    const { id: assistant_id } = await createTutor(client, { model: 'bar/model' });
    const { thread_id } = await client.beta.threads.createAndRunPoll({
      assistant_id,
      thread: { messages: [{ role: 'user', content: 'For bar only.' }] },
    });
    connections.pop();
    const failed = await client.beta.threads.runs.createAndPoll(thread_id, { assistant_id });
    equal(`${failed.last_error?.code}: ${failed.last_error?.message}`, refusal);
    deepEqual(other.requests, []);
    await client.beta.assistants.update(assistant_id, { model: 'other/model' });
    equal((await client.beta.threads.runs.createAndPoll(thread_id, { assistant_id })).status, 'completed');
    equal(other.requests.length, 1);
  });

  it('fails a run that waited for outputs, which no other connection gets', async () => {
    const bar = new ScriptedModel([
      [
        { type: 'tool_call', index: 0, id: 'call_1', name: 'look' },
        { type: 'finish', reason: 'tool_calls' },
      ],
    ]);
    const other = new ScriptedModel([]);
    const connections: ModelConnection[] = [
      { id: 'other', label: 'Other', provider: other },
      { id: 'bar', label: 'Bar', provider: bar },
    ];
    const { client } = openEngine({ models: () => connections });
    const tutor = await createTutor(client, {
      model: 'bar/model',
      tools: [{ type: 'function', function: { name: 'look' } }],
    });
    const { id, thread_id } = await ask(client, tutor, 'Look');
    equal((await client.beta.threads.runs.poll(id, { thread_id })).status, 'requires_action');
    connections.pop();
    const { last_error } = await client.beta.threads.runs.submitToolOutputsAndPoll(id, {
      thread_id,
      tool_outputs: [{ tool_call_id: 'call_1', output: 'For bar only.' }],
    });
    equal(`${last_error?.code}: ${last_error?.message}`, refusal);
    deepEqual(other.requests, []);
  });

  it('copies no files to another provider', async () => {
    const { client, remote } = await openHosted();
    const store = await storeWith(client, { 'sea.txt': 'Of the sea.' });
    const tools = {
      tools: [{ type: 'file_search' }],
      tool_resources: { file_search: { vector_store_ids: [store.id] } },
    };
    equal(await outcomeOf(client, 'bar/model', tools), refusal);
    const file = await client.files.create({ file: new File(['1'], 'one.csv'), purpose: 'assistants' });
    const code = {
      tools: [{ type: 'code_interpreter' }],
      tool_resources: { code_interpreter: { file_ids: [file.id] } },
    };
    equal(await outcomeOf(client, 'bar/model', code), refusal);
    deepEqual(remote.received, []);
  });

  it('embeds nothing elsewhere: files are searched by words, and say why', async () => {
    const server = await rawServer((response) => sendJSON(response, 500, {}));
    const provider = createChatCompletionsModel({ label: 'Local', baseURL: server.baseURL });
    const { client } = openSearch({
      models: () => [{ id: 'local', label: 'Local', provider }],
      embeddings: () => 'bar/model',
    });
    const store = await storeWith(client, { 'fruit.txt': 'An apple a day.' });
    const [file] = (await client.vectorStores.files.list(store.id)).data;
    match((file as unknown as { embedding_error: string }).embedding_error, /There is no connection 'bar'/);
    const { data } = await client.vectorStores.search(store.id, { query: 'apple' });
    equal(data[0]?.filename, 'fruit.txt');
    deepEqual(server.asked, []);
  });

  it('is an id of the provider for a server with one connection: its clients send `org/model`', async () => {
    const server = await rawServer((response) => sendJSON(response, 400, { error: { message: 'No.' } }));
    const { baseURL } = await serve('--model-api', 'chat-completions', '--model-base-url', server.baseURL);
    await outcomeOf(new OpenAI({ apiKey: 'any', baseURL }), 'meta-llama/Llama-3');
    deepEqual(
      server.asked.map(({ body }) => body['model']),
      ['meta-llama/Llama-3'],
    );
    const demo = await serve();
    equal(await outcomeOf(new OpenAI({ apiKey: 'any', baseURL: demo.baseURL }), 'bar/model'), refusal);
  });

  it('is an id of the first connection if that owns unknown prefixes, and none of another', async () => {
    const provider = createResponsesModel({ label: 'R', baseURL: 'http://127.0.0.1:1/v1' });
    const first = new ScriptedModel([says('Hi')]);
    const connections: ModelConnection[] = [
      { id: 'first', label: 'First', provider: first, ownsUnknownPrefixes: true },
      { id: 'second', label: 'Second', provider },
    ];
    const { client } = openEngine({ models: () => connections });
    equal(await outcomeOf(client, 'bar/model'), 'completed');
    equal(first.requests[0]?.model, 'bar/model');
    connections.reverse();
    equal(await outcomeOf(client, 'bar/model'), refusal);
  });
});

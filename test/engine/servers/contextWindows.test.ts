import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { createChatCompletionsModel } from '../../../src/engine/models/chatCompletions';
import { createResponsesModel } from '../../../src/engine/models/responses';
import type { ContextWindow, ModelProvider } from '../../../src/engine/models/modelProvider';
import { rawServer, sendJSON, type Asked, type RawServer } from '../models/support';
import { afterTest, openEngine, until } from '../support';
import { kinds, sendText, trial, type Kind, type Trial } from './support';

/** JSON answers by `METHOD path`; everything else is answered 404. */
type Answers = Record<string, unknown>;

function answering(answers: Answers): (response: ServerResponse, asked: Asked) => void {
  return (response, { method, path }) => {
    const answer = answers[`${method} ${path}`];
    if (answer === undefined) sendJSON(response, 404, { error: 'not found' });
    else sendJSON(response, 200, answer);
  };
}

const creators = { 'chat-completions': createChatCompletionsModel, responses: createResponsesModel };

async function ask(
  kind: Kind,
  baseURL: string,
  model: string,
  more: { apiKey?: () => Promise<string>; fetch?: typeof fetch } = {},
): Promise<ContextWindow | undefined> {
  const provider: ModelProvider = creators[kind]({ label: 'Test', baseURL, ...more });
  return provider.contextWindow?.(model, AbortSignal.timeout(10_000));
}

function listOf(...entries: object[]): object {
  return { object: 'list', data: entries.map((entry) => ({ object: 'model', ...entry })) };
}

const ollamaList = listOf({ id: 'qwen3:8b', created: 1754000000, owned_by: 'library' });
const ollamaShow = {
  parameters: 'num_keep                       24\nstop                           "<|im_end|>"',
  details: { family: 'qwen3' },
  model_info: { 'general.architecture': 'qwen3', 'qwen3.block_count': 36, 'qwen3.context_length': 40960 },
};
const ollamaRunning = (context_length?: number): object => ({
  models: [{ name: 'qwen3:8b', model: 'qwen3:8b', size_vram: 5618579456, context_length }],
});

/** What servers answer, as their documentation has it. */
const servers: [name: string, model: string, answers: Answers, expected: ContextWindow | undefined][] = [
  [
    'Ollama, a loaded model',
    'qwen3:8b',
    { 'GET /v1/models': ollamaList, 'GET /api/ps': ollamaRunning(8192), 'POST /api/show': ollamaShow },
    { tokens: 8192, modelTokens: 40960 },
  ],
  [
    'Ollama, a model that is not loaded and has no setting',
    'qwen3:8b',
    { 'GET /v1/models': ollamaList, 'GET /api/ps': { models: [] }, 'POST /api/show': ollamaShow },
    { tokens: 4096, modelTokens: 40960, isProvisional: true },
  ],
  [
    'Ollama, a model that is not loaded and has the parameter num_ctx',
    'qwen3:8b',
    {
      'GET /v1/models': ollamaList,
      'GET /api/ps': { models: [] },
      'POST /api/show': { ...ollamaShow, parameters: 'num_ctx                        16384\ntop_k  20' },
    },
    { tokens: 16384, modelTokens: 40960 },
  ],
  [
    'Ollama, a model without a tag in its name',
    'qwen3',
    {
      'GET /v1/models': listOf({ id: 'qwen3:latest', owned_by: 'library' }),
      'GET /api/ps': { models: [{ name: 'qwen3:latest', model: 'qwen3:latest', context_length: 32768 }] },
      'POST /api/show': ollamaShow,
    },
    { tokens: 32768, modelTokens: 40960 },
  ],
  [
    'Ollama, a model of its cloud',
    'gpt-oss:120b-cloud',
    {
      'GET /v1/models': listOf({ id: 'gpt-oss:120b-cloud', owned_by: 'library' }),
      'GET /api/ps': { models: [] },
      'POST /api/show': {
        remote_host: 'https://ollama.com:443',
        model_info: { 'general.architecture': 'gptoss', 'gptoss.context_length': 131072 },
      },
    },
    { tokens: 131072 },
  ],
  [
    'LM Studio, a loaded model',
    'qwen2-vl-7b-instruct',
    {
      'GET /v1/models': listOf({ id: 'qwen2-vl-7b-instruct', owned_by: 'organization_owner' }),
      'GET /api/v0/models': listOf({
        id: 'qwen2-vl-7b-instruct',
        type: 'vlm',
        state: 'loaded',
        max_context_length: 32768,
        loaded_context_length: 4096,
      }),
    },
    { tokens: 4096, modelTokens: 32768 },
  ],
  [
    'LM Studio, a model that is not loaded',
    'llama-3.1-8b',
    {
      'GET /v1/models': listOf({ id: 'llama-3.1-8b', owned_by: 'organization_owner' }),
      'GET /api/v0/models': listOf({ id: 'llama-3.1-8b', state: 'not-loaded', max_context_length: 131072 }),
    },
    { tokens: 131072, isProvisional: true },
  ],
  [
    'LM Studio without its older API',
    'gemma',
    {
      'GET /v1/models': listOf({ id: 'gemma', owned_by: 'organization_owner' }),
      'GET /api/v1/models': {
        models: [
          {
            key: 'gemma',
            type: 'llm',
            max_context_length: 8192,
            loaded_instances: [{ id: 'gemma', config: { context_length: 4096 } }],
          },
        ],
      },
    },
    { tokens: 4096, modelTokens: 8192 },
  ],
  [
    'llama.cpp',
    'gpt-oss-20b',
    {
      'GET /v1/models': listOf({ id: 'gpt-oss-20b', owned_by: 'llamacpp', meta: { n_ctx_train: 131072 } }),
      'GET /props': { total_slots: 4, default_generation_settings: { id: 0, n_ctx: 6144, params: {} } },
    },
    { tokens: 6144, modelTokens: 131072 },
  ],
  [
    'llama.cpp with several models',
    'small',
    {
      'GET /v1/models': listOf({ id: 'small', owned_by: 'llamacpp' }),
      'GET /props': { role: 'router' },
      'GET /props?model=small&autoload=false': { default_generation_settings: { n_ctx: 2048 } },
    },
    { tokens: 2048 },
  ],
  [
    'vLLM',
    'Qwen/Qwen3-8B',
    { 'GET /v1/models': listOf({ id: 'Qwen/Qwen3-8B', owned_by: 'vllm', max_model_len: 40960 }) },
    { tokens: 40960 },
  ],
  [
    'OpenRouter',
    'openai/gpt-4o',
    {
      'GET /v1/models': {
        data: [
          { id: 'a/b', context_length: 1 },
          {
            id: 'openai/gpt-4o',
            context_length: 128000,
            top_provider: { context_length: 64000, max_completion_tokens: 16384, is_moderated: true },
          },
        ],
      },
    },
    { tokens: 64000 },
  ],
  [
    'Groq',
    'llama-3.3-70b-versatile',
    {
      'GET /v1/models': listOf({
        id: 'llama-3.3-70b-versatile',
        owned_by: 'Meta',
        active: true,
        context_window: 131072,
        max_completion_tokens: 32768,
      }),
    },
    { tokens: 131072 },
  ],
  [
    'Mistral',
    'mistral-small-latest',
    {
      'GET /v1/models': listOf({
        id: 'mistral-small-latest',
        owned_by: 'mistralai',
        capabilities: { completion_chat: true, function_calling: true },
        max_context_length: 32768,
      }),
    },
    { tokens: 32768 },
  ],
  [
    'Together, whose list is an array',
    'meta-llama/Llama-3-70b',
    { 'GET /v1/models': [{ id: 'meta-llama/Llama-3-70b', type: 'chat', context_length: 8192 }] },
    { tokens: 8192 },
  ],
  [
    'LiteLLM, with the smallest of a model’s deployments',
    'team-model',
    {
      'GET /v1/models': listOf({ id: 'team-model', created: 1677610602, owned_by: 'openai' }),
      'GET /model/info': {
        data: [
          { model_name: 'team-model', litellm_params: {}, model_info: { max_input_tokens: 200000 } },
          { model_name: 'team-model', model_info: { max_tokens: 8192, max_input_tokens: 128000 } },
          { model_name: 'other', model_info: { max_input_tokens: 1000 } },
        ],
      },
    },
    { tokens: 128000 },
  ],
  [
    'KoboldCpp',
    'koboldcpp/x',
    {
      'GET /v1/models': listOf({ id: 'koboldcpp/x', owned_by: 'koboldcpp' }),
      'GET /api/extra/true_max_context_length': { value: 8192 },
    },
    { tokens: 8192 },
  ],
  [
    'Text Generation Inference',
    'tgi',
    {
      'GET /v1/models': listOf({ id: 'tgi', created: 0, owned_by: 'tgi' }),
      'GET /info': { model_id: 'tgi', max_input_tokens: 3072, max_total_tokens: 4096 },
    },
    { tokens: 3072 },
  ],
  [
    'a server that says nothing',
    'any',
    { 'GET /v1/models': listOf({ id: 'any', owned_by: 'me' }) },
    undefined,
  ],
  ['a server that has nothing', 'any', {}, undefined],
  [
    'a server that says nonsense',
    'any',
    { 'GET /v1/models': listOf({ id: 'any', context_length: '8k', max_model_len: -1, context_window: 0 }) },
    undefined,
  ],
];

for (const kind of kinds) {
  describe(`the context window of a model of a ${kind} connection`, () => {
    for (const [name, model, answers, expected] of servers) {
      it(`is found at ${name}`, async () => {
        const server = await rawServer(answering(answers));
        deepEqual(await ask(kind, server.baseURL, model), expected);
      });
    }
  });
}

describe('asking for a context window', () => {
  it('asks a server whose kind is known only for what it has', async () => {
    const server = await rawServer(
      answering({
        'GET /v1/models': ollamaList,
        'GET /api/ps': ollamaRunning(4096),
        'POST /api/show': ollamaShow,
      }),
    );
    await ask('chat-completions', server.baseURL, 'qwen3:8b');
    deepEqual(pathsOf(server), ['GET /api/ps', 'GET /v1/models', 'POST /api/show']);
    deepEqual(server.asked.find(({ path }) => path === '/api/show')?.body, { model: 'qwen3:8b' });
  });

  it('asks at the path that a proxy has for the server', async () => {
    const server = await rawServer(
      answering({ 'GET /ollama/v1/models': ollamaList, 'GET /ollama/api/ps': ollamaRunning(8192) }),
    );
    const baseURL = server.baseURL.replace('/v1', '/ollama/v1/');
    equal((await ask('chat-completions', baseURL, 'qwen3:8b'))?.tokens, 8192);
  });

  it('sends the key to the connection’s own host alone', async () => {
    const elsewhere = await rawServer(answering({}));
    const server = await rawServer((response, asked) => {
      if (asked.path === '/v1/models') return sendJSON(response, 200, ollamaList);
      response.writeHead(307, { location: `http://${elsewhere.host}${asked.path}` }).end();
    });
    const apiKey = (): Promise<string> => Promise.resolve('secret-key');
    equal(await ask('chat-completions', server.baseURL, 'qwen3:8b', { apiKey }), undefined);
    ok(server.asked.every(({ headers }) => headers.authorization === 'Bearer secret-key'));
    equal(elsewhere.asked.length, 0);
  });

  it('gives up on a server that does not answer', async () => {
    const server = await rawServer(() => undefined);
    await rejects(ask('chat-completions', server.baseURL, 'any'), /sent nothing for/);
    equal(server.asked.length, 1);
  });

  it('asks Google’s own API, which takes the key in a header of its own', async () => {
    const asked: Request[] = [];
    const google = (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
      asked.push(new Request(input, init));
      return Promise.resolve(Response.json({ name: 'models/gemini-2.5-flash', inputTokenLimit: 1048576 }));
    };
    const window = await ask(
      'chat-completions',
      'https://generativelanguage.googleapis.com/v1beta/openai/',
      'models/gemini-2.5-flash',
      { apiKey: () => Promise.resolve('secret-key'), fetch: google },
    );
    deepEqual(window, { tokens: 1048576 });
    deepEqual(
      asked.map(({ url }) => url),
      ['https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash'],
    );
    equal(asked[0]?.headers.get('x-goog-api-key'), 'secret-key');
    equal(asked[0]?.headers.get('authorization'), null);
  });

  const families: [host: string, model: string, tokens: number | undefined][] = [
    ['api.openai.com', 'gpt-4o-mini', 128_000],
    ['api.openai.com', 'gpt-4.1-nano', 1_047_576],
    ['api.openai.com', 'gpt-5-mini', 400_000],
    ['api.openai.com', 'o3', 200_000],
    ['api.openai.com', 'o4-mini-2025-04-16', 200_000],
    ['api.openai.com', 'gpt-4-1106-preview', 128_000],
    ['api.openai.com', 'gpt-4', 8_192],
    ['api.openai.com', 'ft:gpt-3.5-turbo-0125:acme::x', 16_385],
    ['api.openai.com', 'some-new-model', undefined],
    ['acme.openai.azure.com', 'our-gpt-4o', 128_000],
    ['api.anthropic.com', 'claude-sonnet-4-5', 200_000],
  ];
  for (const [host, model, tokens] of families) {
    it(`knows ${model} of ${host} without a request`, async () => {
      const noFetch = (): Promise<Response> => Promise.reject(new Error('It was asked.'));
      const window = await ask('responses', `https://${host}/v1`, model, { fetch: noFetch });
      equal(window?.tokens, tokens);
    });
  }
});

function pathsOf({ asked }: RawServer): string[] {
  return asked.map(({ method, path }) => `${method} ${path}`).sort();
}

/** A message of about so many tokens. */
function words(tokens: number, mark = ''): string {
  return `${mark} ${'word '.repeat(Math.ceil((tokens * 4) / 5))}`.trim();
}

/** A server whose model list says how large the window is. */
function listing(kind: Kind, context_length: () => number, rest?: (response: ServerResponse) => void) {
  return (response: ServerResponse, { path }: Asked, at: number): void => {
    if (at >= 0) return rest ? rest(response) : sendText(kind, response, 'Fine.');
    if (path === '/v1/models') {
      sendJSON(response, 200, listOf({ id: 'test-model', context_length: context_length() }));
    } else sendJSON(response, 404, {});
  };
}

function descriptionsOf({ server }: Trial): number {
  return server.asked.filter(({ path }) => path === '/v1/models').length;
}

for (const kind of kinds) {
  describe(`a thread on a ${kind} server that says how large its window is`, () => {
    it('is kept within it, with room for the answer, the instructions and the tools', async () => {
      const one = await trial(
        kind,
        listing(kind, () => 8000),
        {
          assistant: {
            instructions: words(1000),
            tools: [{ type: 'function', function: { name: 'look', description: words(1000) } }],
          },
        },
      );
      for (let at = 0; at < 6; at++) await one.say(words(900, `Message ${at}`));
      for (const body of one.bodies()) ok(JSON.stringify(body).length / 4 < 6000, 'it fits');
      const { steps } = await one.say('And now?');
      const { context } = steps[0]!.turn;
      equal(context?.window, 8000);
      ok(context.tokens > 2000 && context.tokens < 6000, `${context.tokens}`);
      ok((context.messages_left_out ?? 0) > 0);
      deepEqual(steps[0]!.metadata, { truncated: 'true' });
    });

    it('asks once, also after a restart', async () => {
      const one = await trial(
        kind,
        listing(kind, () => 100_000),
      );
      await one.say('Hello');
      await until('the server is asked', () => descriptionsOf(one) === 1);
      const { steps } = await one.say('Again');
      equal(steps[0]?.turn.context?.window, 100_000);
      const two = await trial(kind, () => undefined, { dataDir: one.dataDir, server: one.server });
      equal((await two.say('Once more')).steps[0]?.turn.context?.window, 100_000);
      equal(descriptionsOf(one), 1);
    });

    it('does not wait for the window of a short thread', async () => {
      const one = await trial(kind, (response, asked, at) => {
        if (at >= 0) sendText(kind, response, 'Fine.');
      });
      equal((await one.say('Hello')).run.status, 'completed');
      equal(one.server.asked[0]?.method, 'POST');
    });

    it('is not sent if its newest message is far too long, and the error names it', async () => {
      const one = await trial(
        kind,
        listing(kind, () => 4096),
      );
      const { run } = await one.say(words(20_000));
      equal(run.status, 'failed');
      equal(run.last_error?.code, 'invalid_prompt');
      match(
        run.last_error.message,
        /^Nothing was sent to Test: the newest message has about 20,0\d\d tokens, /,
      );
      match(run.last_error.message, /'test-model' has 4,096\./);
      equal(one.bodies().length, 0);
      // The message can be no longer than what follows it, so the thread continues without it.
      const next = await one.say('Sorry');
      equal(next.run.status, 'completed');
      equal(next.steps[0]?.turn.context?.messages_left_out, 1);
    });

    it('obeys a smaller max_prompt_tokens', async () => {
      const one = await trial(
        kind,
        listing(kind, () => 100_000),
      );
      await one.say(words(2000));
      const { steps } = await one.say('And now?', { max_prompt_tokens: 1000 });
      deepEqual(steps[0]?.turn.context?.messages_left_out, 2);
    });
  });
}

describe('the window that the user has set', () => {
  it('replaces what the server says, which is not asked', async () => {
    const server = await rawServer((response, asked) => {
      if (asked.method === 'POST') sendText('chat-completions', response, 'Fine.');
      else sendJSON(response, 404, {});
    });
    const provider = createChatCompletionsModel({ label: 'Test', baseURL: server.baseURL });
    const contextWindow = (model: string): number | undefined => (model === 'small' ? 2000 : undefined);
    const { client } = openEngine({ models: () => [{ id: 'test', label: 'Test', provider, contextWindow }] });
    const assistant = await client.beta.assistants.create({ model: 'small' });
    const messages = ['first', 'second', 'third'].map((mark) => ({
      role: 'user' as const,
      content: words(700, mark),
    }));
    const thread = await client.beta.threads.create({ messages });
    const run = await client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
    equal(run.status, 'completed');
    const sent = JSON.stringify(server.asked.map(({ body }) => body));
    ok(sent.includes('third') && !sent.includes('first'));
    deepEqual(pathsOf(server), ['POST /v1/chat/completions']);
  });
});

describe('Ollama’s small default', () => {
  it('is the budget, and the step says what is left out and what the model could have', async () => {
    const one = await trial('chat-completions', (response, { path }, at) => {
      if (at >= 0) sendText('chat-completions', response, 'Fine.');
      else if (path === '/v1/models')
        sendJSON(response, 200, listOf({ id: 'test-model', owned_by: 'library' }));
      else if (path === '/api/ps') {
        const loaded = { model: 'test-model', context_length: 4096 };
        sendJSON(response, 200, { models: one.bodies().length > 0 ? [loaded] : [] });
      } else sendJSON(response, 200, ollamaShow);
    });
    await one.say('Hello');
    await until('Ollama is asked', () => one.server.asked.some(({ path }) => path === '/api/ps'));
    await one.say(words(1500, 'First'));
    await one.say(words(1500, 'Second'));
    const { steps } = await one.say('And now?');
    deepEqual(steps[0]?.turn.context?.window, 4096);
    equal(steps[0].turn.context.model_window, 40960);
    ok((steps[0].turn.context.messages_left_out ?? 0) > 0);
    for (const body of one.bodies()) ok(JSON.stringify(body).length / 4 < 4096 * 0.75);
  });

  it('is asked again once the model is loaded', async () => {
    const one = await trial('chat-completions', (response, { path }, at) => {
      if (at >= 0) sendText('chat-completions', response, 'Fine.');
      else if (path === '/v1/models')
        sendJSON(response, 200, listOf({ id: 'test-model', owned_by: 'library' }));
      else if (path === '/api/ps') {
        const loaded = { model: 'test-model', context_length: 32768 };
        sendJSON(response, 200, { models: one.bodies().length > 0 ? [loaded] : [] });
      } else sendJSON(response, 200, ollamaShow);
    });
    // Long enough that the run waits for the window, which is a guess before the model is loaded.
    const first = await one.say(words(3200));
    equal(first.steps[0]?.turn.context?.window, 4096);
    const asked = (): number => one.server.asked.filter(({ path }) => path === '/api/ps').length;
    await until('Ollama is asked again', () => asked() === 2);
    equal((await one.say('And now?')).steps[0]?.turn.context?.window, 32768);
    equal(asked(), 2);
  });

  it('is a guess before the model is loaded, for which a long message is not refused', async () => {
    const one = await trial('chat-completions', (response, { path }, at) => {
      if (at >= 0) sendText('chat-completions', response, 'Fine.');
      else if (path === '/v1/models')
        sendJSON(response, 200, listOf({ id: 'test-model', owned_by: 'library' }));
      else if (path === '/api/ps') sendJSON(response, 200, { models: [] });
      else sendJSON(response, 200, ollamaShow);
    });
    equal((await one.say(words(20_000))).run.status, 'completed');
  });

  it('does not replace what is known once the model is unloaded', async () => {
    let now = Date.now();
    const { now: real } = Date;
    afterTest(() => void (Date.now = real));
    Date.now = () => now;
    let loaded = true;
    const one = await trial('chat-completions', (response, { path }, at) => {
      if (at >= 0) sendText('chat-completions', response, 'Fine.');
      else if (path === '/v1/models')
        sendJSON(response, 200, listOf({ id: 'test-model', owned_by: 'library' }));
      else if (path === '/api/ps')
        sendJSON(response, 200, { models: loaded ? [{ model: 'test-model', context_length: 32768 }] : [] });
      else sendJSON(response, 200, ollamaShow);
    });
    await one.say(words(3200));
    loaded = false;
    now += 60 * 60 * 1000;
    const asked = (): number => one.server.asked.filter(({ path }) => path === '/api/show').length;
    const before = asked();
    await one.say('Later');
    await until('Ollama is asked again', () => asked() > before);
    equal((await one.say('And now?')).steps[0]?.turn.context?.window, 32768);
  });
});

import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { serveWith } from '../served';
import { openEngine } from '../support';

/** A little less than the largest body that is read, in bytes. */
const most = 32 * 1024 * 1024 - 100;

interface Answer {
  status: number;
  error: { message: string; param: string | null; code: string | null };
}

async function answerOf(response: Response): Promise<Answer> {
  const { error } = (await response.json()) as Pick<Answer, 'error'>;
  return { status: response.status, error };
}

function post(body: string): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body };
}

/** `piece`, repeated up to `bytes`. */
function filled(piece: string, bytes: number): string {
  return piece.repeat(Math.floor(bytes / piece.length));
}

describe('a server that is sent the largest body it reads', () => {
  const numbers = `{"role":"user","content":[${filled('0,', most - 40)}0]}`;
  const pairs = `{"metadata":{${Array.from({ length: 1_000_000 }, (_, i) => `"${i}":"x"`).join()}}}`;
  const objects = `{"metadata":[${filled('{},', most - 20)}{}]}`;
  for (const [what, body, message] of [
    ['16 million numbers', numbers, /^The body of the request has more than 100,000 values\.$/],
    ['as many opening brackets', filled('[', most), /^The body of the request is nested too deeply\.$/],
    ['a million fields', pairs, /^The body of the request has more than 100,000 values\.$/],
    ['10 million objects', objects, /^The body of the request has more than 100,000 values\.$/],
  ] as const) {
    it(`of ${what} refuses it with little memory, and goes on`, async () => {
      const { baseURL, end } = await serveWith({ NODE_OPTIONS: '--max-old-space-size=128' });
      const { status, error } = await answerOf(await fetch(`${baseURL}/threads`, post(body)));
      assert.equal(status, 400);
      assert.match(error.message, message);
      assert.equal((await fetch(`${baseURL}/assistants`)).status, 200);
      assert.equal(await end(), 0);
    });
  }

  it('of one long text stores it', async () => {
    const { engine } = openEngine();
    const assistant = { model: 'demo/tutor', tools: [{ type: 'function', function: { name: 'f' } }] };
    const tools = [{ ...assistant.tools[0], function: { name: 'f', description: '{"[,'.repeat(6_000_000) } }];
    const response = await engine.fetch(
      'http://engine/v1/assistants',
      post(JSON.stringify({ ...assistant, tools })),
    );
    assert.equal(response.status, 200);
    const stored = (await response.json()) as { tools: unknown };
    assert.deepEqual(stored.tools, tools);
  });

  it('leaves turns to other work while it reads it', async () => {
    const { engine, client } = openEngine();
    const { id } = await client.beta.threads.create();
    let turns = 0;
    let isAnswered = false;
    const body = post(JSON.stringify({ role: 'user', content: filled('some words ', most - 40) }));
    const answering = engine.fetch(`http://engine/v1/threads/${id}/messages`, body).finally(() => {
      isAnswered = true;
    });
    for (; !isAnswered; turns++) await nextTurn();
    assert.equal((await answering).status, 400);
    assert.ok(turns > 2, `${turns} turns`);
  });
});

describe('a request with more of something than it may have', () => {
  const many = (element: unknown, length = 20_000) => Array.from({ length }, () => element);
  const chain = (depth: number): unknown =>
    depth === 0
      ? { type: 'eq', key: 'a', value: 1 }
      : { type: 'and', filters: [chain(depth - 1), chain(depth - 1)] };
  for (const [path, body, param, message] of [
    [
      'assistants',
      { model: 'm', tools: many(0) },
      'tools',
      /^Invalid 'tools': array too long\. .* 128, .* 20000/,
    ],
    [
      'assistants',
      { model: 'm', [`k${'x'.repeat(1_000_000)}`]: 1 },
      undefined,
      /^Unknown parameter: '.{100}…'\.$/,
    ],
    [
      'assistants',
      { model: 'm', metadata: Object.fromEntries(many(0).map((_, i) => [i, 1])) },
      'metadata',
      /too many properties\. .* at most 16 properties, .* 20000/,
    ],
    ['threads', { messages: many(0) }, 'messages', /^Invalid 'messages': array too long/],
    [
      'threads',
      { messages: [{ role: 'user', content: many(0) }] },
      'messages[0].content',
      /^Invalid 'messages\[0\]\.content': array too long/,
    ],
    [
      'threads',
      { messages: [{ role: 'user', content: 'Hi', attachments: many(0) }] },
      'messages[0].attachments',
      /array too long/,
    ],
    [
      'threads/thread_1/runs/run_1/submit_tool_outputs',
      { tool_outputs: many(0) },
      'tool_outputs',
      /array too long/,
    ],
    ['vector_stores', { file_ids: many(0) }, 'file_ids', /array too long\. .* 500, /],
    ['vector_stores/vs_1/file_batches', { files: many(0) }, 'files', /array too long\. .* 2000, /],
    ['vector_stores/vs_1/search', { query: many(0) }, 'query', /array too long/],
    ['vector_stores/vs_1/search', { query: 'x'.repeat(256_001) }, 'query', /string too long/],
    [
      'vector_stores/vs_1/search',
      { query: 'x', filters: { type: 'and', filters: many(0) } },
      'filters.filters',
      /array too long/,
    ],
    ['vector_stores/vs_1/search', { query: 'x', filters: chain(10) }, 'filters', /at most 1000 filters/],
  ] as const) {
    it(`as ${JSON.stringify(body).slice(0, 60)}… to /${path} gets one short error that names it`, async () => {
      const reader = { read: () => Promise.reject(new Error('Not used.')), close: () => Promise.resolve() };
      const { engine } = openEngine({ tools: { fileSearch: { reader } } });
      const response = await engine.fetch(`http://engine/v1/${path}`, post(JSON.stringify(body)));
      const { status, error } = await answerOf(response);
      assert.equal(status, 400);
      assert.match(error.message, message);
      if (param !== undefined) assert.equal(error.param, param);
      assert.ok(JSON.stringify(error).length < 600);
    });
  }

  it('as a form of thousands of parts is refused', async () => {
    const { engine } = openEngine();
    const form = new FormData();
    for (let i = 0; i < 5000; i++) form.append(`field${i}`, 'x');
    const response = await engine.fetch('http://engine/v1/files', { method: 'POST', body: form });
    const { status, error } = await answerOf(response);
    assert.deepEqual(
      [status, error.message],
      [400, 'The form in the body of the request has too many parts.'],
    );
  });
});

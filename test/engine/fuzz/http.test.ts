import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readMultipart } from '../../../src/engine/api/input/multipart';
import { ApiError } from '../../../src/engine/errors';
import { openSearch, storeWith } from '../fileSearchSupport';
import { onPort, raw } from '../port/support';
import { ask, createTutor, openEngine, says, ScriptedModel, type TestEngine } from '../support';

interface Asked {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** Paths with ids that exist, and with wrong ones of every kind. */
function paths(ids: Record<string, string>) {
  const id = fc.oneof(
    fc.constantFrom(...Object.values(ids)),
    fc.constantFrom(
      '..',
      '.',
      '%00',
      '%2e%2e%2f',
      '%',
      '%ff',
      '%ed%a0%80',
      '__proto__',
      "' OR 1=1 --",
      '🎉',
      'x'.repeat(5000),
    ),
    fc.webSegment(),
  );
  const segment = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom('assistants', 'threads', 'messages', 'runs', 'steps', 'files', 'models'),
    },
    fc.constantFrom('cancel', 'submit_tool_outputs', 'events', 'content', 'v1'),
    fc.constantFrom('vector_stores', 'file_batches', 'search'),
    { weight: 3, arbitrary: id },
  );
  const query = fc.oneof(
    fc.constant(''),
    fc.webQueryParameters().map((text) => `?${text}`),
    fc
      .tuple(
        fc.constantFrom('limit', 'order', 'after', 'before', 'run_id', 'purpose', 'include[]', 'filter'),
        fc.constantFrom(
          '',
          '-1',
          '1e99',
          'NaN',
          'asc',
          '%00',
          '__proto__',
          'completed',
          ids['message'] ?? '',
        ),
      )
      .map(([name, value]) => `?${name}=${value}`),
  );
  const known = fc.constantFrom(
    '/assistants',
    '/threads',
    '/threads/runs',
    `/assistants/${ids['assistant']}`,
    `/threads/${ids['thread']}/messages`,
    `/threads/${ids['thread']}/runs`,
    `/threads/${ids['thread']}/runs/${ids['run']}/submit_tool_outputs`,
    `/threads/${ids['thread']}/runs/${ids['run']}/steps`,
    '/files',
    '/vector_stores',
    // Not the store itself, which would soon be deleted.
    ...['files', 'file_batches', 'search', `files/${ids['file']}`, `files/${ids['file']}/content`].map(
      (rest) => `/vector_stores/${ids['store']}/${rest}`,
    ),
    ...['', '/files', '/cancel'].map(
      (rest) => `/vector_stores/${ids['store']}/file_batches/${ids['batch']}${rest}`,
    ),
    `/files/${ids['file']}/content`,
  );
  const random = fc.array(segment, { minLength: 1, maxLength: 7 }).map((parts) => `/${parts.join('/')}`);
  return fc.tuple(fc.oneof(known, random), query).map(([path, search]) => path + search);
}

const fieldName = fc.constantFrom(
  ...[
    'model',
    'name',
    'instructions',
    'tools',
    'metadata',
    'type',
    'function',
    'parameters',
    'messages',
    'role',
  ],
  ...[
    'content',
    'text',
    'image_url',
    'image_file',
    'file_id',
    'url',
    'attachments',
    'assistant_id',
    'stream',
  ],
  ...[
    'thread',
    'tool_resources',
    'file_search',
    'code_interpreter',
    'vector_store_ids',
    'file_ids',
    'temperature',
  ],
  ...['top_p', 'max_prompt_tokens', 'truncation_strategy', 'last_messages', 'tool_choice', 'response_format'],
  ...[
    'json_schema',
    'schema',
    'query',
    'filters',
    'chunking_strategy',
    'static',
    'attributes',
    'files',
    'ranking_options',
    'expires_after',
    'key',
    'value',
    'tool_outputs',
    'tool_call_id',
    'output',
    '__proto__',
    'constructor',
    'toString',
    '',
  ],
);
const fieldValue = fc.oneof(
  fc.constantFrom(
    ...[
      'user',
      'assistant',
      'function',
      'code_interpreter',
      'file_search',
      'text',
      'image_url',
      'image_file',
    ],
    ...[
      'auto',
      'none',
      'required',
      'json_schema',
      'gpt-4',
      '\ud800',
      '\0',
      '../../x',
      'data:,',
      'x'.repeat(300),
    ],
    ...[-1, 0, 0.5, 1, 2, 1e308, Number.MAX_SAFE_INTEGER, -0],
    ...[null, true, false],
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fieldValue,
    fc.array(tie('value'), { maxLength: 4 }),
    // As in JSON, where a key `__proto__` is like any other.
    fc.array(fc.tuple(fieldName, tie('value')), { maxLength: 5 }).map((fields) => {
      const text = fields
        .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
        .join(',');
      return JSON.parse(`{${text}}`) as unknown;
    }),
  ),
}));

const depths = fc.constantFrom(499, 500, 501, 10_000);
const body = fc.oneof(
  { weight: 6, arbitrary: json.map((value) => JSON.stringify(value)) },
  fc.string({ unit: 'binary', maxLength: 100 }),
  depths.map((depth) => `{"metadata":${'['.repeat(depth)}${']'.repeat(depth)}}`),
  depths.map((depth) => {
    const schema = `${'{"properties":'.repeat(depth)}{}${'}'.repeat(depth)}`;
    return `{"model":"m","tools":[{"type":"function","function":{"name":"f","parameters":${schema}}}]}`;
  }),
  fc.constantFrom(
    '{"model":1e999}',
    '{"model":"m","temperature":1e999}',
    '{"a":1,"a":2}',
    '\ufeff{}',
    '[]',
    'null',
  ),
);

const headers = fc.oneof(
  fc.constant({}),
  fc.constantFrom<Record<string, string>>(
    { 'content-type': 'application/json' },
    { 'content-type': 'multipart/form-data' },
    { 'content-type': 'multipart/form-data; boundary=' },
    { 'content-type': 'multipart/form-data; boundary=x' },
    { 'content-type': 'text/plain; charset=utf-16' },
    { accept: 'nothing/at-all', 'openai-beta': 'assistants=v1' },
  ),
);

function requests(ids: Record<string, string>): fc.Arbitrary<Asked> {
  return fc.record({
    method: fc.constantFrom('GET', 'POST', 'POST', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS'),
    path: paths(ids),
    headers,
    body: fc.option(body, { nil: undefined }),
  });
}

/** Ids of existing objects of every kind. */
async function someIds({ client }: TestEngine): Promise<Record<string, string>> {
  const assistant = await createTutor(client);
  const run = await ask(client, assistant, 'Hello');
  await client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
  const [message] = (await client.beta.threads.messages.list(run.thread_id)).data;
  const store = await storeWith(client, { 'notes.txt': 'Rome is in Italy.' });
  const [file] = (await client.vectorStores.files.list(store.id)).data;
  const batch = await client.vectorStores.fileBatches.create(store.id, { file_ids: [file?.id ?? ''] });
  const search = { store: store.id, file: file?.id ?? '', batch: batch.id };
  return {
    ...search,
    assistant: assistant.id,
    thread: run.thread_id,
    run: run.id,
    message: message?.id ?? '',
  };
}

/** A path with the names of the ids in their place. */
function routeOf(path: string, ids: Record<string, string>): string {
  return Object.entries(ids).reduce((route, [name, id]) => route.replace(id, `:${name}`), path);
}

/** Asserts that an answer is no 5xx and that any error is in the API's envelope. */
function assertAnswered(status: number, type: string, text: string, asked: unknown, log: string[]): void {
  const request = JSON.stringify(asked).slice(0, 1500);
  assert.ok(status < 500, `${status} for ${request}: ${text} ${log.at(-1)}`);
  if (status < 400 || text === '') return;
  assert.match(type, /^application\/json/, request);
  const { error } = JSON.parse(text) as { error: Record<string, unknown> };
  assert.equal(typeof error['message'], 'string', request);
  assert.equal(error['type'], 'invalid_request_error', request);
  assert.deepEqual(Object.keys(error).sort(), ['code', 'message', 'param', 'type'], request);
}

describe('any request', () => {
  it("is answered, or rejected in the API's own words", async function () {
    this.timeout(60_000);
    const provider = new ScriptedModel(Array.from({ length: 5000 }, () => says('Yes.')));
    const test = openSearch({ provider });
    const entered = new Set<string>();
    const ids = await someIds(test);
    await fc.assert(
      fc.asyncProperty(requests(ids), async (asked) => {
        const { method, path, headers, body } = asked;
        const hasBody = method !== 'GET' && method !== 'HEAD';
        const response = await test.engine.fetch(`http://engine/v1${path}`, {
          method,
          headers,
          ...(hasBody && { body }),
        });
        const text = await response.text();
        if (response.ok) entered.add(routeOf(path, ids));
        assertAnswered(response.status, response.headers.get('content-type') ?? '', text, asked, test.log);
      }),
      { numRuns: 2500 },
    );
    for (const kind of ['/assistants', '/threads', '/vector_stores/:store', '/file_batches/:batch'])
      assert.ok(
        [...entered].some((route) => route.includes(kind)),
        `nothing of ${kind} was entered`,
      );
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
    assert.deepEqual(
      test.log.filter((line) => !line.includes('Run run_')),
      [],
    );
  });

  it('that is stored can be read again as it was answered', async () => {
    const { engine } = openEngine();
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    const name = fc.oneof(fc.constantFrom('proto', 'constructor', 'toString', 'valueOf'), text);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, text), { maxLength: 5 }), text, async (pairs, content) => {
        const fields = new Map(
          pairs.filter(([key]) => key !== '' && key !== '__proto__' && key.length <= 64),
        );
        const metadata = [...fields].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
        const message = JSON.stringify({ role: 'user', content: `${content}.` });
        const made = await engine.fetch('http://engine/v1/threads', {
          method: 'POST',
          body: `{"metadata":{${metadata.join(',')}},"messages":[${message}]}`,
        });
        const thread = await made.text();
        assert.equal(made.status, 200, thread);
        const { id, metadata: kept } = JSON.parse(thread) as { id: string; metadata: Record<string, string> };
        assert.deepEqual(new Map(Object.entries(kept)), fields);
        const again = await (await engine.fetch(`http://engine/v1/threads/${id}`)).text();
        assert.deepEqual(JSON.parse(again), JSON.parse(thread));
      }),
      { numRuns: 300 },
    );
  });

  it('with a field that would be lost is rejected', async () => {
    const { engine } = openEngine();
    const inTwoPieces = `${' '.repeat(64 * 1024 - 2)}"__proto__"`;
    for (const field of ['"__proto__"', '"\\u005f_proto__"', '"_\\u005fproto__"', inTwoPieces]) {
      for (const body of [`{${field}:{}}`, `{"metadata":{${field}:"x"}}`]) {
        const response = await engine.fetch('http://engine/v1/threads', { method: 'POST', body });
        assert.equal(response.status, 400);
        assert.match(await response.text(), /field named '__proto__'/);
      }
    }
  });
});

describe('any bytes on the port', () => {
  it('are answered or the connection is closed, and the next request is answered', async function () {
    this.timeout(60_000);
    const { port } = await onPort({ limits: { headersTime: 100, requestTime: 150, checkEvery: 25 } });
    const piece = fc.oneof(
      fc.constantFrom(
        ...[
          'GET ',
          'POST ',
          'CONNECT ',
          'TRACE ',
          'PRI * HTTP/2.0',
          '/v1/models',
          '/v1/threads',
          '*',
          'http://x/',
        ],
        ...[' HTTP/1.1\r\n', ' HTTP/1.0\r\n', 'host: localhost\r\n', 'host: evil.example\r\n', '\r\n', '{}'],
        ...['content-length: 2\r\n', 'content-length: -1\r\n', 'content-length: 99999999999999999999\r\n'],
        ...[
          'transfer-encoding: chunked\r\n',
          'expect: 100-continue\r\n',
          'upgrade: websocket\r\nconnection: upgrade\r\n',
        ],
        ...['ffffffffffffffff\r\n', '0\r\n\r\n', '\0', '\\..\\', '/../../etc/passwd', '%%', '\xff'],
      ),
      fc.string({ unit: 'binary-ascii', maxLength: 10 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 12 }), async (pieces) => {
        const { socket, closed } = raw(port, Buffer.from(pieces.join(''), 'latin1'));
        socket.end();
        const answer = await closed;
        assert.match(answer, /^(HTTP\/1\.1 [1-4]\d\d |$)/);
      }),
      { numRuns: 300 },
    );
    assert.equal((await fetch(`http://127.0.0.1:${port}/v1/models`)).status, 200);
  });
});

describe('any multipart body', () => {
  it('is read, or rejected as a bad request', async () => {
    const line = fc.oneof(
      fc.constantFrom(
        ...['--x', '--x--', '', 'content-disposition: form-data; name="purpose"', 'assistants', '--', '--x '],
        'content-disposition: form-data; name="file"; filename="../../x"',
        'content-disposition: form-data; name="__proto__[purpose]"',
        'content-disposition: form-data; name="file"; filename=""',
        "content-disposition: form-data; name=file; filename*=utf-8''%00%2e%2e%2f",
        'content-type: application/octet-stream',
        'content-transfer-encoding: base64',
      ),
      fc.string({ unit: 'binary', maxLength: 30 }),
    );
    const type = fc.constantFrom(
      'multipart/form-data; boundary=x',
      'multipart/form-data; boundary="x"',
      'multipart/form-data',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 14 }), type, async (lines, contentType) => {
        const request = new Request('http://engine/v1/files', {
          method: 'POST',
          headers: { 'content-type': contentType },
          body: lines.join('\r\n'),
        });
        const names: string[] = [];
        const read = readMultipart(request, async (_field, filename, content) => {
          names.push(filename);
          for await (const chunk of content) assert.ok(chunk);
        });
        const form = await read.catch((error: unknown) => {
          if (!(error instanceof ApiError)) throw error;
          return undefined;
        });
        for (const name of names) assert.doesNotMatch(name, /[/]/);
        if (form)
          assert.deepEqual([Object.prototype, null].includes(Object.getPrototypeOf(form) as null), true);
      }),
      { numRuns: 800 },
    );
  });

  it('leaves nothing behind when it is rejected', async () => {
    const { engine, dataDir } = openEngine();
    const sent = ['--x', 'content-disposition: form-data; name="file"; filename="a"', '', 'some', '--x'].join(
      '\r\n',
    );
    for (const body of [
      sent,
      sent.slice(0, -3),
      `${sent}--`,
      `${sent}\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nx\r\n--x--`,
    ]) {
      const response = await engine.fetch('http://engine/v1/files', {
        method: 'POST',
        headers: { 'content-type': 'multipart/form-data; boundary=x' },
        body,
      });
      assert.equal(response.status, 400, await response.text());
      assert.deepEqual(readdirSync(join(dataDir, 'files')), []);
    }
  });
});

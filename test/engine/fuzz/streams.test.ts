import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ChatCompletionReader } from '../../../src/engine/models/chatCompletions/chatCompletionReader';
import { ResponseReader } from '../../../src/engine/models/responses/responseReader';
import { type AnswerItem, readAnswer } from '../../../src/engine/models/server/serverAnswer';
import { ModelError, type ModelEvent } from '../../../src/engine/models/modelProvider';
import { apis, modelAt, recordedFrames, words } from '../errors/support';
import { request, turnOf } from '../models/support';
import { afterTest } from '../support';

const place = { label: 'Fuzz', baseURL: 'http://fuzz.invalid/v1', secrets: [] };

interface AnyReader {
  read(item: AnswerItem): Iterable<ModelEvent>;
  end(): Iterable<ModelEvent>;
}

const readers: [string, () => AnyReader][] = [
  ['chat completions', () => new ChatCompletionReader(place, { usedIds: ['call_1'] })],
  ['responses', () => new ResponseReader(place, 'fuzz/model')],
];

/** JSON of any shape, with the names that the readers look for in any place. */
const field = fc.constantFrom(
  ...['choices', 'delta', 'message', 'content', 'tool_calls', 'function', 'name', 'arguments', 'index', 'id'],
  ...[
    'finish_reason',
    'usage',
    'prompt_tokens',
    'completion_tokens',
    'type',
    'item',
    'output_index',
    'response',
  ],
  ...['status', 'output', 'error', 'code', 'refusal', 'incomplete_details', 'encrypted_content', 'summary'],
  ...['call_id', '__proto__', 'constructor', 'text', 'object'],
  ...['queries', 'results', 'file_id', 'filename', 'score', 'code', 'outputs', 'logs', 'url', 'annotations'],
  ...['annotation', 'container_id', 'content_index'],
);

/** The items and events of the Responses API that are about a provider's own tools, and what they hold. */
const hostedItems = ['file_search_call', 'code_interpreter_call', 'message', 'constructor', 'toString'];
const hostedEvents = [
  'response.output_item.added',
  'response.output_item.done',
  'response.output_text.delta',
  'response.output_text.annotation.added',
  'response.code_interpreter_call_code.delta',
  'response.completed',
];
const hostedParts = ['logs', 'image', 'file_citation', 'container_file_citation', 'output_text'];
const leaf = fc.oneof(
  fc.constantFrom(
    ...[
      'response.output_text.delta',
      'response.output_item.added',
      'response.output_item.done',
      'function_call',
    ],
    ...['response.function_call_arguments.delta', 'response.completed', 'response.failed', 'error', 'text'],
    ...[...hostedItems, ...hostedEvents, ...hostedParts],
    ...[
      'reasoning',
      'message',
      'stop',
      'length',
      'tool_calls',
      'completed',
      'failed',
      'incomplete',
      'output_text',
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.double(),
  fc.integer({ min: -2, max: 3 }),
  fc.constantFrom(null, true, false),
);
const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(field, tie('value'), { maxKeys: 5 }),
  ),
}));

/** A part of an item, an annotation or a passage, valid except for fields that are missing or wrong. */
const part = fc.record(
  {
    type: fc.constantFrom<unknown>(...hostedParts, null),
    text: leaf,
    logs: leaf,
    url: leaf,
    index: leaf,
    file_id: fc.oneof(fc.constant('file-1'), leaf),
    filename: leaf,
    container_id: leaf,
    score: leaf,
    annotations: json,
  },
  { requiredKeys: [] },
);
const parts = fc.oneof(fc.array(part, { maxLength: 3 }), json);
const hostedItem = fc.record(
  {
    type: fc.constantFrom<unknown>(...hostedItems, null),
    id: leaf,
    queries: fc.oneof(fc.array(leaf, { maxLength: 3 }), json),
    results: parts,
    code: leaf,
    outputs: parts,
    content: parts,
  },
  { requiredKeys: ['type'] },
);
const hostedEvent = fc.record(
  {
    type: fc.constantFrom(...hostedEvents),
    output_index: fc.constantFrom<unknown>(0, 1, 'x', null),
    content_index: fc.constantFrom<unknown>(0, 1, null),
    item: hostedItem,
    delta: leaf,
    annotation: part,
    response: fc.record({ output: fc.array(hostedItem, { maxLength: 3 }) }),
  },
  { requiredKeys: ['type', 'output_index', 'item'] },
);

/** Events with the outer shape of real ones, and anything inside. */
const event = fc.oneof(
  json,
  { weight: 3, arbitrary: hostedEvent },
  json.map((delta) => ({ choices: [{ index: 0, delta, finish_reason: null }] })),
  json.map((call) => ({ choices: [{ index: 0, delta: { tool_calls: [call] } }] })),
  fc.tuple(leaf, json, json).map(([type, item, response]) => ({ type, item, response, output_index: 0 })),
);

const items = fc.array(
  fc.oneof(
    event.map((value): AnswerItem => ({ type: 'event', value })),
    event.map((value): AnswerItem => ({ type: 'whole', value })),
    fc.constant<AnswerItem>({ type: 'done' }),
  ),
  { maxLength: 12 },
);

/** Asserts that events match their types, as the engine stores their values as they are. */
function assertProper(events: readonly ModelEvent[]): void {
  const begun = new Set<number>();
  const hosted = new Map<number, string>();
  for (const one of events) {
    if (one.type === 'text' || one.type === 'refusal') assert.equal(typeof one.text, 'string');
    if (one.type === 'tool_call') {
      assert.equal(typeof one.id, 'string');
      assert.equal(typeof one.name, 'string');
      begun.add(one.index);
    }
    if (one.type === 'tool_call_arguments') {
      assert.ok(begun.has(one.index));
      assert.equal(typeof one.arguments, 'string');
    }
    if (one.type === 'hosted_call') {
      assert.equal(typeof one.id, 'string');
      assert.ok(['file_search', 'code_interpreter'].includes(one.name), one.name);
      hosted.set(one.index, one.name);
    }
    assertProperHosted(one, hosted);
    JSON.stringify(one);
  }
}

/** The same for events of hosted tools; `begun` has the tools of the calls so far, by their index. */
function assertProperHosted(one: ModelEvent, begun: ReadonlyMap<number, string>): void {
  if (one.type === 'hosted_code') {
    assert.equal(begun.get(one.index), 'code_interpreter');
    assert.equal(typeof one.code, 'string');
  } else if (one.type === 'hosted_search') {
    assert.equal(begun.get(one.index), 'file_search');
    for (const query of one.queries) assert.equal(typeof query, 'string');
    for (const { fileId, filename, score, text } of one.passages) {
      assert.deepEqual(
        [fileId, filename, text].map((field) => typeof field),
        Array(3).fill('string'),
      );
      assert.ok(score >= 0 && score <= 1, String(score));
    }
  } else if (one.type === 'hosted_outputs') {
    assert.equal(begun.get(one.index), 'code_interpreter');
    for (const output of one.outputs)
      assert.equal(typeof (output.type === 'logs' ? output.logs : output.url), 'string');
  } else if (one.type === 'citation') {
    assert.equal(typeof one.fileId, 'string');
    assert.notEqual(one.fileId, '');
  } else if (one.type === 'container_file') {
    const { containerId, fileId, name } = one;
    assert.deepEqual(
      [containerId, fileId, name].map((field) => typeof field),
      Array(3).fill('string'),
    );
  }
}

function onlyModelErrors(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
  }
}

for (const [name, create] of readers) {
  describe(`the reader of ${name}`, () => {
    it('makes valid events of whatever a server sends, or throws a ModelError', () => {
      fc.assert(
        fc.property(items, (sent) => {
          const reader = create();
          const events: ModelEvent[] = [];
          onlyModelErrors(() => {
            for (const item of sent) events.push(...reader.read(item));
            events.push(...reader.end());
          });
          assertProper(events);
        }),
        { numRuns: 3000 },
      );
    });
  });
}

/** A body that comes in these pieces. */
function bodyOf(bytes: Uint8Array, cuts: readonly number[]): Response {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let i = 1; i < at.length; i++) {
        const piece = bytes.subarray(at[i - 1], at[i]);
        if (piece.length > 0) controller.enqueue(piece);
      }
      controller.close();
    },
  });
  return new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
}

async function itemsOf(response: Response): Promise<AnswerItem[]> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const first = await reader.read();
  if (first.done) return [];
  const read: AnswerItem[] = [];
  const watch = { onBytes: () => undefined, complete: () => false };
  for await (const items of readAnswer(place, response, reader, first.value, watch)) read.push(...items);
  return read;
}

describe('a stream of events', () => {
  const text = [
    'data: {"text":"Grüße, 世界 👩‍👩‍👧 \\ud800"}\n\n',
    ': comment\r\n\r\n',
    'event: news\ndata: {"a":\ndata: 1}\n\n',
    'id: 7\rdata: [1,2]\r\r',
    '\ufeffdata: [DONE]\n\n',
  ].join('');

  it('reads the same wherever it is cut, inside characters too', async () => {
    const bytes = new TextEncoder().encode(text);
    const whole = await itemsOf(bodyOf(bytes, []));
    assert.ok(whole.length >= 3);
    for (let cut = 1; cut < bytes.length; cut++) {
      assert.deepEqual(await itemsOf(bodyOf(bytes, [cut])), whole, `cut at ${cut}`);
    }
    const everywhere = Array.from(bytes, (_byte, i) => i);
    assert.deepEqual(await itemsOf(bodyOf(bytes, everywhere)), whole);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 1000 }), { maxLength: 20 }), async (cuts) => {
        assert.deepEqual(await itemsOf(bodyOf(bytes, cuts)), whole);
      }),
      { numRuns: 200 },
    );
  });

  it('of any bytes is read or throws a ModelError', async () => {
    const line = fc.oneof(
      fc.constantFrom(
        'data: ',
        'data:',
        'event: error\n',
        '\n\n',
        '\r\n',
        '{"a":1}',
        '[DONE]',
        '{"error":',
        ':',
        'id: \0',
      ),
      fc.string({ unit: 'binary', maxLength: 20 }),
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(line, { maxLength: 20 }).map((lines) => new TextEncoder().encode(lines.join(''))),
    );
    await fc.assert(
      fc.asyncProperty(bytes, fc.array(fc.nat({ max: 300 }), { maxLength: 5 }), async (sent, cuts) => {
        await itemsOf(bodyOf(sent, cuts)).catch((error: unknown) => {
          if (!(error instanceof ModelError)) throw error;
        });
      }),
      { numRuns: 1500 },
    );
  });
});

for (const api of apis) {
  describe(`a recorded stream of ${api.name}`, () => {
    /** A server that sends the bytes given last. */
    async function byteServer(): Promise<{ baseURL: string; bytes: Uint8Array }> {
      const served = { baseURL: '', bytes: new Uint8Array() };
      const server = createServer((incoming, response) => {
        incoming.resume();
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(served.bytes);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      afterTest(() => {
        server.closeAllConnections();
        server.close();
      });
      served.baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
      return served;
    }

    it('with bytes that were changed, lost or doubled is read or throws a ModelError', async () => {
      const recorded = new TextEncoder().encode((await recordedFrames(api, 'text')).join(''));
      const server = await byteServer();
      const model = modelAt(api, server.baseURL);
      const change = fc.tuple(
        fc.nat({ max: recorded.length - 1 }),
        fc.nat({ max: 255 }),
        fc.nat({ max: 40 }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(change, { maxLength: 4 }), async (changes) => {
          const bytes = Array.from(recorded);
          for (const [at, byte, length] of changes) {
            if (byte < 128) bytes[at] = byte;
            else if (byte < 192) bytes.splice(at, length);
            else bytes.splice(at, 0, ...bytes.slice(at, at + length));
          }
          server.bytes = Uint8Array.from(bytes);
          const turn = await turnOf(model, request('text')).catch((error: unknown) => {
            if (!(error instanceof ModelError)) throw error;
            return undefined;
          });
          if (changes.length === 0) assert.equal(turn?.text, words);
        }),
        { numRuns: 150 },
      );
    });
  });
}

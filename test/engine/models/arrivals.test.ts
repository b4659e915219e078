import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createChatCompletionsModel } from '../../../src/engine/models/chatCompletions';
import { createResponsesModel } from '../../../src/engine/models/responses';
import { joinedEvents } from '../../../src/engine/models/joinedEvents';
import type { ModelEvent, ModelRequest } from '../../../src/engine/models/modelProvider';
import { patientFetch } from '../../../src/engine/models/server/patientFetch';
import { afterTest } from '../support';

/** A server that answers every request with these pieces, which leave it together. */
async function serve(pieces: readonly string[]): Promise<string> {
  const server: Server = createServer((_, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.cork();
    for (const piece of pieces) response.write(piece);
    response.uncork();
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterTest(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

function delta(content: string): string {
  return `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;
}

const end = `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`;

const request: ModelRequest = {
  model: 'm',
  instructions: '',
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Go' }] }],
  tools: [],
};

async function eventsOf(
  baseURL: string,
  create = createChatCompletionsModel,
): Promise<{ events: ModelEvent[]; error?: unknown }> {
  const model = create({ label: 'Test', baseURL });
  const events: ModelEvent[] = [];
  try {
    for await (const event of model.generate(request, new AbortController().signal)) events.push(event);
  } catch (error) {
    return { events, error };
  }
  return { events };
}

const words = Array.from({ length: 400 }, (_, at) => `word${at} `);

function textOf(events: readonly ModelEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.text : '')).join('');
}

describe('the pieces of an answer that arrive together', () => {
  it('are read together, and each byte once', async () => {
    const response = await patientFetch(await serve(words));
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk);
    assert.equal(Buffer.concat(chunks).toString(), words.join(''));
    assert.ok(chunks.length < words.length / 4, `${chunks.length} chunks of ${words.length} pieces`);
  });

  it('are reported as one text', async () => {
    const { events, error } = await eventsOf(await serve([...words.map(delta), end]));
    assert.equal(error, undefined);
    assert.equal(textOf(events), words.join(''));
    const texts = events.filter(({ type }) => type === 'text');
    assert.ok(texts.length < words.length / 4, `${texts.length} events of ${words.length} deltas`);
    assert.deepEqual(events.at(-1), { type: 'finish', reason: 'stop' });
  });

  it('are reported before the error that follows them', async () => {
    const failure = `data: ${JSON.stringify({ error: { message: 'Out of memory.' } })}\n\n`;
    const { events, error } = await eventsOf(await serve([delta('One '), delta('two'), failure]));
    assert.equal(textOf(events), 'One two');
    assert.match(String(error), /Out of memory\./);
  });

  it('are reported before the failure of a response', async () => {
    const piece = (fields: object): string => `data: ${JSON.stringify(fields)}\n\n`;
    const place = { item_id: 'msg_1', output_index: 0, content_index: 0 };
    const error = { code: 'server_error', message: 'Lost it.' };
    const pieces = [
      piece({ type: 'response.output_text.delta', ...place, delta: 'One ' }),
      piece({ type: 'response.output_text.delta', ...place, delta: 'two' }),
      piece({ type: 'response.failed', response: { status: 'failed', error } }),
    ];
    const { events, error: thrown } = await eventsOf(await serve(pieces), createResponsesModel);
    assert.equal(textOf(events), 'One two');
    assert.match(String(thrown), /Lost it\./);
  });
});

describe('joined events', () => {
  it('keep their order, and join only what continues the same text', () => {
    const text = (value: string): ModelEvent => ({ type: 'text', text: value });
    const part = (index: number, json: string): ModelEvent => ({
      type: 'tool_call_arguments',
      index,
      arguments: json,
    });
    const call = (index: number): ModelEvent => ({
      type: 'tool_call',
      index,
      id: `call_${index}`,
      name: 'look',
    });
    const events = [
      { type: 'reasoning' as const, text: 'Hm' },
      { type: 'reasoning' as const, text: 'm' },
      ...[text('a'), text('b'), call(0), part(0, '{'), part(0, '}'), call(1), part(1, '{'), part(0, ' ')],
      ...[part(1, '}'), text('c')],
    ];
    assert.deepEqual(
      [...joinedEvents(events)],
      [
        { type: 'reasoning', text: 'Hmm' },
        ...[text('ab'), call(0), part(0, '{}'), call(1), part(1, '{'), part(0, ' '), part(1, '}'), text('c')],
      ],
    );
  });

  it('keep the first of an answer apart', () => {
    const texts = ['a', 'b', 'c'].map((text): ModelEvent => ({ type: 'text', text }));
    assert.deepEqual(
      [...joinedEvents(texts, true)],
      [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'bc' },
      ],
    );
  });

  it('are reported before an error of their source', () => {
    const reported: ModelEvent[] = [];
    function* failing(): Generator<ModelEvent> {
      yield { type: 'text', text: 'a' };
      yield { type: 'text', text: 'b' };
      throw new Error('broken');
    }
    assert.throws(() => {
      for (const event of joinedEvents(failing())) reported.push(event);
    }, /broken/);
    assert.deepEqual(reported, [{ type: 'text', text: 'ab' }]);
  });
});

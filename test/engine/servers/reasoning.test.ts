import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import { delta, sendEvents } from '../models/support';
import { createChatCompletionsModel } from '../../../src/engine/models/chatCompletions';
import { openEngine, until, textAnswer } from '../support';
import { kinds, sendText, trial, type Kind, type Script, type Trial } from './support';

/** Streams chunks of a chat completion with these deltas. */
function sendDeltas(...deltas: Record<string, unknown>[]): Script {
  return (response) => sendEvents(response, [...deltas.map((one) => delta(one)), delta({}, 'stop')]);
}

/** Streams a reasoning item with these events, then the text `Four.`, as a response. */
function sendReasoning(events: Record<string, unknown>[], item: Record<string, unknown> = {}): Script {
  return (response) => {
    const reasoning = { id: 'rs_1', type: 'reasoning', summary: [], ...item };
    const message = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'Four.', annotations: [] }],
    };
    sendEvents(
      response,
      [
        { type: 'response.output_item.added', output_index: 0, item: { ...reasoning, summary: [] } },
        ...events.map((event) => ({ output_index: 0, ...event })),
        { type: 'response.output_item.done', output_index: 0, item: reasoning },
        { type: 'response.output_item.added', output_index: 1, item: { ...message, content: [] } },
        { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: 'Four.' },
        { type: 'response.output_item.done', output_index: 1, item: message },
        {
          type: 'response.completed',
          response: {
            status: 'completed',
            output: [reasoning, message],
            usage: {
              input_tokens: 9,
              output_tokens: 5,
              input_tokens_details: { cached_tokens: 8 },
              output_tokens_details: { reasoning_tokens: 4 },
            },
          },
        },
      ],
      false,
    );
  };
}

const habits: [name: string, kind: Kind, script: Script][] = [
  [
    'reasoning_content',
    'chat-completions',
    sendDeltas({ reasoning_content: 'Two and ' }, { reasoning_content: 'two.' }, { content: 'Four.' }),
  ],
  [
    'reasoning',
    'chat-completions',
    sendDeltas({ reasoning: 'Two and ' }, { reasoning: 'two.', content: '' }, { content: 'Four.' }),
  ],
  [
    'reasoning beside reasoning_details',
    'chat-completions',
    sendDeltas(
      { reasoning: 'Two and two.', reasoning_details: [{ type: 'reasoning.text', text: 'Two and two.' }] },
      { reasoning_details: [{ type: 'reasoning.encrypted', data: 'abc' }], content: 'Four.' },
    ),
  ],
  [
    'reasoning_details alone',
    'chat-completions',
    sendDeltas(
      { reasoning_details: [{ type: 'reasoning.summary', summary: 'Two and ' }] },
      { reasoning_details: [{ type: 'reasoning.text', text: 'two.' }] },
      { content: 'Four.' },
    ),
  ],
  [
    'parts of type thinking',
    'chat-completions',
    sendDeltas(
      { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Two and ' }] }] },
      {
        content: [
          { type: 'thinking', thinking: 'two.' },
          { type: 'text', text: 'Four.' },
        ],
      },
    ),
  ],
  [
    'thinking_blocks',
    'chat-completions',
    sendDeltas(
      { thinking_blocks: [{ type: 'thinking', thinking: 'Two and two.', signature: 'x' }] },
      { content: 'Four.' },
    ),
  ],
  [
    'an unstreamed answer',
    'chat-completions',
    (response) => {
      const message = { role: 'assistant', content: 'Four.', reasoning_content: 'Two and two.' };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }] }));
    },
  ],
  ...kinds.flatMap((kind): typeof habits => [
    ['tags', kind, (response) => sendText(kind, response, '<think>\nTwo and two.\n</think>\n\nFour.')],
    [
      'the closing tag alone',
      kind,
      (response) => sendText(kind, response, 'Two and two.\n</think>\n\nFour.'),
    ],
  ]),
  [
    'tags in pieces',
    'chat-completions',
    sendDeltas({ content: '<th' }, { content: 'ink>Two and two.</thi' }, { content: 'nk>Four.' }),
  ],
  [
    'the closing tag alone, in pieces',
    'chat-completions',
    sendDeltas(
      { content: 'Two and' },
      { content: ' two.\n</' },
      { content: 'think>\n' },
      { content: '\nFour.' },
    ),
  ],
  [
    'summaries',
    'responses',
    sendReasoning([
      { type: 'response.reasoning_summary_text.delta', summary_index: 0, delta: 'Two and ' },
      { type: 'response.reasoning_summary_text.delta', summary_index: 0, delta: 'two.' },
    ]),
  ],
  [
    'reasoning text',
    'responses',
    sendReasoning([{ type: 'response.reasoning_text.delta', content_index: 0, delta: 'Two and two.' }]),
  ],
  [
    'a summary at its end',
    'responses',
    sendReasoning([], { summary: [{ type: 'summary_text', text: 'Two and two.' }] }),
  ],
  [
    'reasoning text at its end',
    'responses',
    sendReasoning([], { content: [{ type: 'reasoning_text', text: 'Two and two.' }] }),
  ],
];

describe('reasoning', () => {
  for (const [name, kind, script] of habits) {
    it(`that a server sends as ${name} (${kind}) is kept with the step, and is no part of the answer`, async () => {
      const { say, bodies, client, threadId } = await trial(kind, script);
      const { run, text, steps } = await say('What is two and two?');
      equal(run.status, 'completed');
      equal(text, 'Four.');
      equal(steps.length, 1);
      equal(steps[0]?.turn.reasoning?.text.trim(), 'Two and two.');
      equal(typeof steps[0]?.turn.reasoning?.seconds, 'number');

      equal((await say('Again')).text, 'Four.');
      const sent = JSON.stringify(bodies()[1]);
      ok(sent.includes('Four.'));
      ok(!sent.includes('Two and two.'), sent);
      const plain = await client.beta.threads.runs.steps.list(run.id, { thread_id: threadId });
      ok(!JSON.stringify(plain.data).includes('Two and two'));
    });
  }

  it('is not looked for in code or in a sentence', async () => {
    for (const text of ['`<think>` opens it and `</think>` ends it.', '```\nTwo.\n</think>\nFour.\n```']) {
      const { say } = await trial('chat-completions', (response) =>
        sendText('chat-completions', response, text),
      );
      const answer = await say('How is it written?');
      equal(answer.text, text);
      equal(answer.steps[0]?.turn.reasoning, undefined);
    }
  });

  it('has paragraphs for the parts of a summary', async () => {
    const { say } = await trial(
      'responses',
      sendReasoning([
        { type: 'response.reasoning_summary_text.delta', summary_index: 0, delta: '**One**' },
        { type: 'response.reasoning_summary_text.delta', summary_index: 1, delta: '**Two**' },
      ]),
    );
    const { steps } = await say('What is two and two?');
    equal(steps[0]?.turn.reasoning?.text, '**One**\n\n**Two**');
    deepEqual(steps[0]?.turn.usage, { cached_tokens: 8, reasoning_tokens: 4 });
  });
});

describe('a summary of the reasoning', () => {
  const summary = (body: Record<string, unknown> | undefined): unknown => body?.['reasoning'];

  it('is asked for if an effort is set, and from a model that has reasoned', async () => {
    const { say, bodies } = await trial('responses', sendReasoning([]));
    await say('One');
    await say('Two');
    await say('Three', { reasoning_effort: 'low' });
    deepEqual(bodies().map(summary), [undefined, { summary: 'auto' }, { effort: 'low', summary: 'auto' }]);
  });

  it('is not asked for again once it was rejected', async () => {
    const script: Script = (response, asked, at) => {
      if (!JSON.stringify(asked.body).includes('"summary":"auto"'))
        return sendReasoning([])(response, asked, at);
      response.writeHead(400, { 'content-type': 'application/json' });
      const message = 'Your organization must be verified to generate reasoning summaries.';
      response.end(
        JSON.stringify({ error: { message, param: 'reasoning.summary', code: 'unsupported_value' } }),
      );
    };
    const { say, bodies } = await trial('responses', script);
    equal((await say('One', { reasoning_effort: 'low' })).run.status, 'completed');
    equal((await say('Two', { reasoning_effort: 'low' })).run.status, 'completed');
    const efforts = bodies().map(summary);
    deepEqual(efforts, [{ effort: 'low', summary: 'auto' }, { effort: 'low' }, { effort: 'low' }]);
  });
});

/** A chat-completions server whose answer is written by the test, piece by piece. */
async function slowServer(first: Record<string, unknown> = { reasoning_content: 'Two and' }): Promise<{
  trial: Trial;
  send: (fields: Record<string, unknown>) => void;
  end: () => void;
}> {
  let send: (fields: Record<string, unknown>) => void = () => undefined;
  let end: () => void = () => undefined;
  const opened = await trial('chat-completions', (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    send = (fields) => void response.write(`data: ${JSON.stringify(delta(fields))}\n\n`);
    end = () => void response.end(`data: ${JSON.stringify(delta({}, 'stop'))}\n\ndata: [DONE]\n\n`);
    send(first);
  });
  return { trial: opened, send: (fields) => send(fields), end: () => end() };
}

interface AnyEvent {
  event: string;
  data: { id?: string; delta?: { text?: string }; turn?: { reasoning?: { text: string } } };
}

/** The reasoning of each step, as a reader of these events has it. */
function reasoningOf(events: readonly AnyEvent[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { event, data } of events) {
    const id = data.id ?? '';
    if (event === 'thread.run.step.reasoning.delta') found[id] = (found[id] ?? '') + (data.delta?.text ?? '');
    else if (event.startsWith('thread.run.step.') && event !== 'thread.run.step.delta')
      found[id] = data.turn?.reasoning?.text ?? '';
  }
  return found;
}

describe('reasoning in progress', () => {
  async function start({ client, threadId, assistant }: Trial, include: string[]) {
    await client.beta.threads.messages.create(threadId, { role: 'user', content: 'Two and two?' });
    const stream = await client.beta.threads.runs.create(threadId, {
      assistant_id: assistant.id,
      stream: true,
      include: include as never[],
    });
    const events: AnyEvent[] = [];
    const done = (async () => {
      for await (const event of stream) events.push(event as unknown as AnyEvent);
    })();
    await until('the run is created', () =>
      Promise.resolve(events.find(({ event }) => event === 'thread.run.created')),
    );
    return { events, done, runId: events[0]?.data.id ?? '' };
  }

  function follow({ client, threadId }: Trial, runId: string, include = ['turn']) {
    const events: AnyEvent[] = [];
    const done = (async () => {
      const stream = await client.get<AsyncIterable<AssistantStreamEvent>>(
        `/threads/${threadId}/runs/${runId}/events`,
        { stream: true, query: { include } },
      );
      for await (const event of stream) events.push(event as unknown as AnyEvent);
    })();
    return { events, done };
  }

  const thinks = (events: readonly AnyEvent[], text: string) =>
    until(`the reader knows “${text}”`, () =>
      Promise.resolve(Object.values(reasoningOf(events)).includes(text) || undefined),
    );

  it('streams to readers that ask for it, to late ones too, under the id of the step that follows', async () => {
    const { trial: opened, send, end } = await slowServer();
    const { events, done, runId } = await start(opened, ['turn']);
    await thinks(events, 'Two and');
    const late = follow(opened, runId);
    await thinks(late.events, 'Two and');
    send({ reasoning_content: ' two.' });
    await thinks(events, 'Two and two.');
    await thinks(late.events, 'Two and two.');
    const { client, threadId } = opened;
    const hidden = await client.beta.threads.runs.steps.list(runId, { thread_id: threadId });
    equal(hidden.data.length, 0);
    send({ content: 'Four.' });
    end();
    await Promise.all([done, late.done]);
    const { steps, text } = await opened.answerOf(runId);
    equal(text, 'Four.');
    equal(steps.length, 1);
    const id = steps[0]?.id ?? '';
    deepEqual(reasoningOf(events), { [id]: 'Two and two.' });
    deepEqual(reasoningOf(late.events), { [id]: 'Two and two.' });
    equal(steps[0]?.turn.reasoning?.text, 'Two and two.');
  });

  it('does not exist for other readers', async () => {
    const { trial: opened, send, end } = await slowServer();
    const { events, done, runId } = await start(opened, []);
    const other = follow(opened, runId, []);
    const aware = follow(opened, runId);
    await thinks(aware.events, 'Two and');
    send({ content: 'Four.' });
    end();
    await Promise.all([done, other.done, aware.done]);
    ok(!JSON.stringify([events, other.events]).includes('Two and'));
    deepEqual(
      events.map(({ event }) => event),
      textAnswer,
    );
  });

  it('can be read after the run was cancelled, by those that ask for it', async () => {
    const { trial: opened } = await slowServer();
    const { client, threadId } = opened;
    const { events, done, runId } = await start(opened, ['turn']);
    await thinks(events, 'Two and');
    await client.beta.threads.runs.cancel(runId, { thread_id: threadId });
    await done;
    const { run, steps, text } = await opened.answerOf(runId);
    equal(run.status, 'cancelled');
    equal(text, '');
    equal(steps.length, 1);
    equal(steps[0]?.status, 'cancelled');
    equal(steps[0]?.turn.reasoning?.text, 'Two and');
    equal(typeof steps[0]?.turn.reasoning?.seconds, 'number');
    equal(events.at(-2)?.event, 'thread.run.step.cancelled');
    const one = await client.beta.threads.runs.steps.retrieve(steps[0]?.id ?? '', {
      thread_id: threadId,
      run_id: runId,
      include: ['turn' as never],
    });
    deepEqual(one, steps[0]);
    const plain = await client.beta.threads.runs.steps.list(runId, { thread_id: threadId });
    equal(plain.data.length, 0);
  });

  it('is kept if the server fails in the middle of it', async () => {
    const { say } = await trial('chat-completions', (response, _, at) => {
      if (at > 0) return sendText('chat-completions', response, 'Four.');
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify(delta({ reasoning_content: 'Two and' }))}\n\n`);
      setTimeout(() => response.destroy(), 50);
    });
    const { run, steps } = await say('Two and two?');
    equal(run.status, 'failed');
    equal(steps[0]?.status, 'failed');
    match(steps[0]?.turn.reasoning?.text ?? '', /^Two and/);
    const next = await say('Again');
    equal(next.text, 'Four.');
    deepEqual(
      next.steps.map(({ turn }) => turn.reasoning),
      [undefined],
    );
  });

  it('streams to readers of another engine', async () => {
    const { trial: opened, send, end } = await slowServer();
    const { events, done, runId } = await start(opened, ['turn']);
    await thinks(events, 'Two and');
    const { client } = openEngine({ dataDir: opened.dataDir });
    const elsewhere = follow({ ...opened, client }, runId);
    const unaware = follow({ ...opened, client }, runId, []);
    await thinks(elsewhere.events, 'Two and');
    send({ reasoning_content: ' two.' });
    send({ content: 'Four.' });
    end();
    await Promise.all([done, elsewhere.done, unaware.done]);
    ok(!JSON.stringify(unaware.events).includes('Two and'));
    deepEqual(Object.values(reasoningOf(elsewhere.events)), ['Two and two.']);
  });

  it('begins again if the run is resumed after its engine closed', async () => {
    const { trial: opened } = await slowServer();
    const { events, runId } = await start(opened, ['turn']);
    await thinks(events, 'Two and');
    await opened.engine.close();
    const provider = createChatCompletionsModel({ label: 'Test', baseURL: opened.server.baseURL });
    const { client } = openEngine({ dataDir: opened.dataDir, provider });
    const again = follow({ ...opened, client }, runId);
    await until('the model is asked again', () => Promise.resolve(opened.server.asked[1]));
    await thinks(again.events, 'Two and');
    const { data } = await client.beta.threads.runs.steps.list(runId, {
      thread_id: opened.threadId,
      include: ['turn' as never],
    });
    equal(data.length, 1);
  });

  it('tells readers of a message that its text so far was reasoning', async () => {
    const { trial: opened, send, end } = await slowServer({ content: 'Two and two.\n' });
    const { events, done } = await start(opened, []);
    await until('the text is shown', () =>
      Promise.resolve(events.find(({ event }) => event === 'thread.message.delta')),
    );
    send({ content: '</think>\n\nFour.' });
    end();
    await done;
    deepEqual(
      events.map(({ event }) => event).filter((event) => event.startsWith('thread.message')),
      [
        'thread.message.created',
        'thread.message.in_progress',
        'thread.message.delta',
        'thread.message.created',
        'thread.message.delta',
        'thread.message.completed',
      ],
    );
    match(JSON.stringify(events.at(-3)), /"value":"Four\."/);
  });

  it('is kept up to a million characters', async () => {
    const { say } = await trial(
      'chat-completions',
      sendDeltas(
        { reasoning_content: 'x'.repeat(999_999) },
        { reasoning_content: 'yz' },
        { content: 'Four.' },
      ),
    );
    const { steps, text } = await say('Two and two?');
    equal(text, 'Four.');
    const reasoning = steps[0]?.turn.reasoning;
    equal(reasoning?.text.length, 1_000_000);
    equal(reasoning?.text.at(-1), 'y');
    equal(reasoning?.cut, true);
  });

  it('is kept with the step of a call, and with the text before it', async () => {
    const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } };
    const { say } = await trial(
      'chat-completions',
      sendDeltas(
        { reasoning_content: 'First.' },
        { content: 'Let me look.' },
        { reasoning_content: 'Then.' },
        { tool_calls: [call] },
      ),
      { assistant: { tools: [{ type: 'function', function: { name: 'look' } }] } },
    );
    const { run, steps } = await say('Look');
    equal(run.status, 'requires_action');
    deepEqual(
      steps.map(({ type, turn }) => [type, turn.reasoning?.text]),
      [
        ['message_creation', 'First.\n\nThen.'],
        ['tool_calls', undefined],
      ],
    );
  });

  it('belongs to the call if the model wrote no text', async () => {
    const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } };
    const { say } = await trial(
      'chat-completions',
      sendDeltas({ reasoning_content: 'First.' }, { tool_calls: [call] }),
      { assistant: { tools: [{ type: 'function', function: { name: 'look' } }] } },
    );
    const { steps } = await say('Look');
    deepEqual(
      steps.map(({ type, turn }) => [type, turn.reasoning?.text]),
      [['tool_calls', 'First.']],
    );
  });
});

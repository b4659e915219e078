import { deepEqual, equal, match } from 'node:assert/strict';
import { delta, sendEvents, sendJSON } from '../models/support';
import { kinds, sendText, trial, type Kind } from './support';

type Fields = Record<string, unknown>;

const end = delta({}, 'stop');
const answer = 'Hello there, world.';
const pieces = ['Hello ', 'there, ', 'world.'];
const deltas = pieces.map((content) => delta({ content }));

/** The text of an answer, and the text that the next request of the thread sends back. */
async function said(kind: Kind, events: readonly unknown[]): Promise<{ text: string; replayed: unknown }> {
  const { say, bodies } = await trial(kind, (response, _, at) => {
    if (at > 0) return sendText(kind, response, 'Next.');
    sendEvents(response, events, kind === 'chat-completions');
  });
  const { run, text } = await say('Hello');
  equal(run.last_error?.message, undefined);
  equal((await say('Again')).text, 'Next.');
  const body = bodies()[1] ?? {};
  const sent = (body['messages'] ?? body['input']) as Fields[];
  const turn = sent.filter(({ role }) => role === 'assistant');
  return { text, replayed: turn.map(({ content }) => content) };
}

const whole = (content: unknown) => ({ choices: [{ index: 0, message: { role: 'assistant', content } }] });

const texts: [habit: string, events: unknown[], expected: string][] = [
  ['repeats the whole text at the end', [...deltas, delta({ content: answer }, 'stop')], answer],
  ['repeats the whole text before the end', [...deltas, delta({ content: answer }), end], answer],
  ['repeats a text of one piece', [delta({ content: answer }), delta({ content: answer }, 'stop')], answer],
  [
    'sends all of the text so far in each chunk',
    [delta({ content: 'Hello ' }), delta({ content: 'Hello there, ' }), delta({ content: answer }), end],
    answer,
  ],
  ['ends with the whole message', [...deltas, whole(answer), end], answer],
  [
    'sends the message so far beside each delta',
    pieces.map((content, at) => ({
      choices: [
        {
          delta: { content },
          message: { content: pieces.slice(0, at + 1).join('') },
          finish_reason: at === 2 ? 'stop' : null,
        },
      ],
    })),
    answer,
  ],
  ['calls its deltas messages', [...pieces.map(whole), end], answer],
  [
    'sends content as parts',
    [delta({ content: [{ type: 'text', text: 'Hello ' }, 'there, ', { text: { value: 'world.' } }] }), end],
    answer,
  ],
  ['sends content as a part', [delta({ content: { type: 'text', text: answer } }), end], answer],
  ['laughs', [...['ha', 'ha', 'haha'].map((content) => delta({ content })), end], 'hahahaha'],
  ['counts', [...['1', '1', '1', '1'].map((content) => delta({ content })), end], '1111'],
  [
    'begins a paragraph as it began the text',
    [
      delta({ content: 'Row, row, ' }),
      delta({ content: 'Row, row, row.' }),
      delta({ content: ' Done.' }),
      end,
    ],
    'Row, row, Row, row, row. Done.',
  ],
];

describe('a chat-completions server', () => {
  for (const [habit, events, expected] of texts) {
    it(`that ${habit} has its text read once`, async () => {
      const { text, replayed } = await said('chat-completions', events);
      equal(text, expected);
      deepEqual(replayed, [expected]);
    });
  }

  it('that does not stream may add an empty delta to its message', async () => {
    const { say } = await trial('chat-completions', (response) => {
      const message = { role: 'assistant', content: answer };
      const choice = { index: 0, finish_reason: 'stop', message, delta: { role: 'assistant', content: '' } };
      sendJSON(response, 200, { choices: [choice] });
    });
    equal((await say('Hello')).text, answer);
    equal((await say('Again')).text, answer);
  });
});

const counted = { prompt_tokens: 70, completion_tokens: 9 };
const usages: [place: string, events: unknown[], cached?: number][] = [
  ['in a last chunk without choices', [...deltas, end, { choices: [], usage: counted }]],
  ['in a chunk before the last', [...deltas, { choices: [], usage: counted }, end]],
  ['in its choice', [...deltas, { choices: [{ delta: {}, finish_reason: 'stop', usage: counted }] }]],
  ['in its delta', [...deltas, delta({ usage: counted }, 'stop')]],
  ['in x_groq', [...deltas, { choices: [{ delta: {}, finish_reason: 'stop' }], x_groq: { usage: counted } }]],
  [
    'in each chunk, growing',
    [1, 5, 9].map((completion_tokens) => ({
      choices: [{ delta: { content: 'Hi. ' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 70, completion_tokens },
    })),
  ],
  [
    'in two chunks, each with one count',
    [
      { choices: [], usage: { prompt_tokens: 70 } },
      ...deltas,
      end,
      { choices: [], usage: { completion_tokens: 9 } },
    ],
  ],
  [
    'only as the prompt and the sum',
    [...deltas, end, { choices: [], usage: { prompt_tokens: 70, total_tokens: 79 } }],
  ],
  [
    'in a chunk followed by zeros',
    [
      ...deltas,
      end,
      { choices: [], usage: counted },
      { choices: [], usage: { prompt_tokens: 0, completion_tokens: 0 } },
    ],
  ],
  [
    "in Ollama's own fields",
    [...deltas, { choices: [{ delta: {}, finish_reason: 'stop' }], prompt_eval_count: 70, eval_count: 9 }],
  ],
  [
    "as Anthropic's",
    [
      ...deltas,
      end,
      { choices: [], usage: { input_tokens: 70, output_tokens: 9, cache_read_input_tokens: 60 } },
    ],
    60,
  ],
  [
    "as OpenAI's",
    [...deltas, end, { choices: [], usage: { ...counted, prompt_tokens_details: { cached_tokens: 60 } } }],
    60,
  ],
  [
    "as DeepSeek's",
    [...deltas, end, { choices: [], usage: { ...counted, prompt_cache_hit_tokens: 60 } }],
    60,
  ],
  ["as Moonshot's", [...deltas, end, { choices: [], usage: { ...counted, cached_tokens: 60 } }], 60],
  [
    'with details of the input',
    [...deltas, end, { choices: [], usage: { ...counted, input_tokens_details: { cached_tokens: 60 } } }],
    60,
  ],
];

describe('the tokens that a chat-completions server counts', () => {
  for (const [place, events, cached] of usages) {
    it(`are read ${place}`, async () => {
      const { say } = await trial('chat-completions', (response) => sendEvents(response, events));
      for (const question of ['Hello', 'Again']) {
        const { run, steps } = await say(question);
        deepEqual(run.usage, { ...counted, total_tokens: 79, ...addedUsage(run.usage) });
        deepEqual(steps.at(-1)?.turn.usage, cached === undefined ? undefined : { cached_tokens: cached });
      }
    });
  }
});

/** Fields of a run's usage that are not of interest here. */
function addedUsage(usage: object | null): object {
  const { prompt_tokens, completion_tokens, total_tokens, ...added } = (usage ?? {}) as Fields;
  void [prompt_tokens, completion_tokens, total_tokens];
  return added;
}

describe('an answer without text and calls', () => {
  const nothing: Record<Kind, unknown[]> = {
    'chat-completions': [delta({ role: 'assistant', content: '' }), delta({ content: '\n\n' }), end],
    responses: [{ type: 'response.completed', response: { status: 'completed', output: [], usage: null } }],
  };
  const cut: Record<Kind, unknown[]> = {
    'chat-completions': [delta({}, 'length')],
    responses: [
      {
        type: 'response.incomplete',
        response: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, output: [] },
      },
    ],
  };
  const thought: Record<Kind, unknown[]> = {
    'chat-completions': [
      delta({ reasoning_content: 'Hm.' }),
      end,
      { choices: [], usage: { ...counted, completion_tokens_details: { reasoning_tokens: 9 } } },
    ],
    responses: [
      {
        type: 'response.completed',
        response: {
          status: 'completed',
          output: [{ id: 'rs_1', type: 'reasoning', summary: [] }],
          usage: { input_tokens: 70, output_tokens: 9, output_tokens_details: { reasoning_tokens: 9 } },
        },
      },
    ],
  };

  for (const kind of kinds) {
    const lastError = async (events: Record<Kind, unknown[]>, more = {}) => {
      const { say } = await trial(kind, (response, _, at) => {
        if (at > 0) return sendText(kind, response, 'Next.');
        sendEvents(response, events[kind], kind === 'chat-completions');
      });
      const { run } = await say('Hello', more);
      equal((await say('Again')).text, 'Next.');
      return run;
    };

    it(`fails the run, of ${kind}`, async () => {
      const run = await lastError(nothing);
      equal(run.status, 'failed');
      match(run.last_error?.message ?? '', /^Test: 'test-model' sent an empty answer/);
    });

    it(`fails the run with the reason if it was only reasoning, of ${kind}`, async () => {
      const run = await lastError(thought);
      equal(run.status, 'failed');
      match(run.last_error?.message ?? '', /only reasoned/);
    });

    it(`fails the run with the reason if the model had no room for one, of ${kind}`, async () => {
      const run = await lastError(cut);
      equal(run.status, 'failed');
      match(run.last_error?.message ?? '', /token limit left 'test-model' no room/);
    });

    it(`leaves the run incomplete if its own limit was too small, of ${kind}`, async () => {
      const run = await lastError(cut, { max_completion_tokens: 256 });
      equal(run.status, 'incomplete');
      equal(run.incomplete_details?.reason, 'max_completion_tokens');
    });
  }
});

const message = (text: string, fields: Fields = {}) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
  ...fields,
});
const done = (output_index: number | undefined, item: Fields) => ({
  type: 'response.output_item.done',
  output_index,
  item,
});
const added = (output_index: number | undefined, item: Fields) => ({
  type: 'response.output_item.added',
  output_index,
  item: { ...item, content: [] },
});
const streamed = (output_index: number | undefined, text: string, item_id?: string) => ({
  type: 'response.output_text.delta',
  output_index,
  content_index: 0,
  item_id,
  delta: text,
});
const completed = (...output: Fields[]) => ({
  type: 'response.completed',
  response: { status: 'completed', output, usage: null },
});
const search = { id: 'ws_1', type: 'web_search_call', status: 'completed' };
const both = 'I look at some links.\n\nHere they are.';
const [first, last] = both.split('\n\n') as [string, string];

const items: [habit: string, events: unknown[], expected: string][] = [
  ['sends complete items alone', [done(0, message(answer)), completed()], answer],
  ['sends complete items and no complete response', [done(0, message(answer)), '[DONE]'], answer],
  ['sends the complete response alone', [completed(message(answer))], answer],
  ['sends content as a string', [completed(message('', { content: answer }))], answer],
  [
    'sends only the end of the text with the item',
    [added(0, message('')), streamed(0, 'Hello '), done(0, message(answer)), completed()],
    answer,
  ],
  [
    'sends the text with its end',
    [
      { type: 'response.output_text.done', output_index: 0, content_index: 0, text: answer },
      done(0, message(answer)),
      completed(),
    ],
    answer,
  ],
  [
    'writes two messages',
    [
      added(0, message('')),
      streamed(0, first),
      done(0, message(first)),
      done(1, search),
      added(2, message('')),
      streamed(2, last),
      done(2, message(last)),
      completed(),
    ],
    both,
  ],
  [
    'writes two messages as complete items',
    [done(0, message(first)), done(1, message(last)), completed()],
    both,
  ],
  ['writes two messages in a complete response', [completed(message(first), search, message(last))], both],
  [
    'writes two messages without an index',
    [
      streamed(undefined, first, 'msg_1'),
      done(undefined, message(first)),
      streamed(undefined, last, 'msg_2'),
      done(undefined, message(last, { id: 'msg_2' })),
      completed(),
    ],
    both,
  ],
  [
    'writes two messages under one index',
    [
      added(0, message('')),
      streamed(0, first),
      done(0, message(first)),
      added(0, message('')),
      streamed(0, last),
      done(0, message(last)),
      completed(),
    ],
    both,
  ],
  [
    'ends its first message with a line break',
    [done(0, message(`${first}\n`)), done(1, message(last)), completed()],
    both,
  ],
];

describe('a responses server', () => {
  for (const [habit, events, expected] of items) {
    it(`that ${habit} has its text read`, async () => {
      const { text, replayed } = await said('responses', events);
      equal(text, expected);
      deepEqual(replayed, [expected]);
    });
  }

  it('gets its messages back with their phases', async () => {
    const commentary = message(first, { phase: 'commentary' });
    const final = message(last, { phase: 'final_answer' });
    const { say, bodies } = await trial('responses', (response, _, at) => {
      if (at > 0) return sendText('responses', response, 'Next.');
      const events = [
        added(0, commentary),
        streamed(0, first),
        done(0, commentary),
        done(1, final),
        completed(),
      ];
      sendEvents(response, events, false);
    });
    equal((await say('Hello')).text, both);
    equal((await say('Again')).text, 'Next.');
    const input = bodies()[1]?.['input'] as Fields[];
    deepEqual(input.slice(1, 3), [
      { role: 'assistant', phase: 'commentary', content: first },
      { role: 'assistant', phase: 'final_answer', content: last },
    ]);
    equal(input.length, 4);
  });

  it('gets a commentary back before the call that it led to', async () => {
    const commentary = message(first, { phase: 'commentary' });
    const call = { id: 'fc_1', type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{}' };
    const { say, bodies, client, threadId, answerOf } = await trial(
      'responses',
      (response, _, at) => {
        if (at > 0) return sendText('responses', response, 'Next.');
        sendEvents(response, [done(0, commentary), done(1, call), completed()], false);
      },
      { assistant: { tools: [{ type: 'function', function: { name: 'look' } }] } },
    );
    const { run } = await say('Hello');
    await client.beta.threads.runs.submitToolOutputs(run.id, {
      thread_id: threadId,
      tool_outputs: [{ tool_call_id: 'call_1', output: 'fine' }],
    });
    equal((await answerOf(run.id)).run.status, 'completed');
    const input = bodies()[1]?.['input'] as Fields[];
    deepEqual(
      input.slice(1).map(({ type, phase }) => phase ?? type),
      ['commentary', 'function_call', 'function_call_output'],
    );
  });
});

import { deepEqual, equal } from 'node:assert/strict';
import type { AssistantTool } from 'openai/resources/beta/assistants';
import { delta, sendEvents, sendJSON } from '../models/support';
import { sendText, trial, type Kind, type Trial } from './support';

type Call = [name: string, json: string];
type Fields = Record<string, unknown>;

const functions = ['get_weather', 'get_time', 'get', 'gogo'];
const tools = functions.map((name): AssistantTool => ({ type: 'function', function: { name } }));

/** Runs an answer with calls, answers them, and returns the calls as the client and the next request have them. */
async function calls(
  { say, client, threadId, answerOf, bodies }: Trial,
  kind: Kind,
): Promise<{ asked: Call[]; replayed: Call[] }> {
  const { run } = await say('Call.');
  equal(run.last_error?.message, undefined);
  const waiting = run.required_action?.submit_tool_outputs.tool_calls ?? [];
  await client.beta.threads.runs.submitToolOutputs(run.id, {
    thread_id: threadId,
    tool_outputs: waiting.map(({ id }) => ({ tool_call_id: id, output: 'fine' })),
  });
  equal((await answerOf(run.id)).run.status, 'completed');
  equal((await say('Thanks.')).run.status, 'completed');
  return {
    asked: waiting.map(({ function: { name, arguments: json } }) => [name, json]),
    replayed: callsIn(kind, bodies().at(-1) ?? {}),
  };
}

function callsIn(kind: Kind, body: Fields): Call[] {
  if (kind === 'responses') {
    const items = body['input'] as Fields[];
    return items
      .filter(({ type }) => type === 'function_call')
      .map((item): Call => [item['name'] as string, item['arguments'] as string]);
  }
  const messages = body['messages'] as { tool_calls?: { function: { name: string; arguments: string } }[] }[];
  return messages.flatMap(({ tool_calls = [] }) =>
    tool_calls.map(({ function: { name, arguments: json } }): Call => [name, json]),
  );
}

function chat(events: readonly Fields[]): Promise<Trial> {
  return trial(
    'chat-completions',
    (response, _, at) => {
      if (at > 0) return sendText('chat-completions', response, 'Done.');
      sendEvents(response, [...events.map((fields) => delta(fields)), delta({}, 'tool_calls')]);
    },
    { assistant: { tools } },
  );
}

/** A fragment of a call. */
function piece(index: number | undefined, id: string | undefined, name?: string, json?: unknown): Fields {
  return { tool_calls: [{ index, id, type: 'function', function: { name, arguments: json } }] };
}

const weather: Call = ['get_weather', '{"city":"Oslo"}'];
const rome: Call = ['get_weather', '{"city":"Rome"}'];
const time: Call = ['get_time', '{"zone":"CET"}'];
const oslo = weather[1];

const habits: [habit: string, events: Fields[], expected: Call[]][] = [
  [
    'jumps to another index in the middle of a call',
    [
      piece(0, 'A', 'get_weather', oslo),
      piece(0, 'B', 'get_weather', '{"ci'),
      piece(1, undefined, undefined, 'ty":"Rome"}'),
    ],
    [weather, rome],
  ],
  [
    'counts the index up with every fragment',
    [
      piece(0, 'A', 'get_weather', ''),
      piece(1, undefined, undefined, '{"ci'),
      piece(2, undefined, undefined, 'ty":"Oslo"}'),
      piece(3, 'B', 'get_time', '{"zone"'),
      piece(4, undefined, undefined, ':"CET"}'),
    ],
    [weather, time],
  ],
  [
    'gives every fragment a new index and a new id',
    [
      piece(0, 'A', 'get_weather', '{"ci'),
      piece(1, 'B', undefined, 'ty":'),
      piece(2, 'C', undefined, '"Oslo"}'),
    ],
    [weather],
  ],
  [
    'names two functions before their arguments, without ids',
    [piece(0, '', 'get_weather', ''), piece(0, '', 'get_time', ''), piece(0, '', undefined, time[1])],
    [['get_weather', '{}'], time],
  ],
  [
    'repeats the id under another index',
    [piece(0, 'A', 'get_weather', '{"ci'), piece(1, 'A', undefined, 'ty":"Oslo"}')],
    [weather],
  ],
  [
    'mixes the fragments of two calls',
    [
      piece(0, 'A', 'get_weather', ''),
      piece(1, 'B', 'get_time', ''),
      piece(0, undefined, undefined, '{"city":'),
      piece(1, undefined, undefined, '{"zone":'),
      piece(0, undefined, undefined, '"Oslo"}'),
      piece(1, undefined, undefined, '"CET"}'),
    ],
    [weather, time],
  ],
  [
    'gives two calls the same id',
    [piece(0, 'A', 'get_weather', oslo), piece(1, 'A', 'get_time', time[1])],
    [weather, time],
  ],
  [
    'sends two calls with the index 0 and without ids',
    [piece(0, undefined, 'get_weather', oslo), piece(0, undefined, 'get_weather', rome[1])],
    [weather, rome],
  ],
  [
    'sends calls of two functions with the index 0 and without ids',
    [piece(0, '', 'get_weather', oslo), piece(0, '', 'get_time', time[1])],
    [weather, time],
  ],
  [
    'begins with an empty object',
    [piece(0, 'A', 'get_weather', '{}'), piece(0, undefined, undefined, oslo)],
    [weather],
  ],
  [
    'begins with an empty object, and sends the real one in pieces',
    [
      piece(0, 'A', 'get_weather', '{}'),
      piece(0, undefined, undefined, '{"city'),
      piece(0, undefined, undefined, '":"Oslo"}'),
    ],
    [weather],
  ],
  ['begins with null', [piece(0, 'A', 'get_weather', 'null'), piece(0, 'A', undefined, oslo)], [weather]],
  ['has only an empty object', [piece(0, 'A', 'get', '{}')], [['get', '{}']]],
  [
    'repeats all arguments in the last fragment',
    [
      piece(0, 'A', 'get_weather', '{"city"'),
      piece(0, undefined, undefined, ':"Oslo"}'),
      piece(0, 'A', 'get_weather', oslo),
    ],
    [weather],
  ],
  [
    'repeats all arguments in the last fragment, with other spaces',
    [
      piece(0, 'A', 'get_weather', '{"city"'),
      piece(0, undefined, undefined, ':"Oslo"}'),
      piece(0, undefined, undefined, '{ "city": "Oslo" }'),
    ],
    [weather],
  ],
  [
    'sends all arguments so far in each fragment',
    ['{', '{"city"', '{"city":"Os', oslo].map((json) => piece(0, 'A', 'get_weather', json)),
    [weather],
  ],
  [
    'sends objects that grow',
    [{}, { city: 'Os' }, { city: 'Oslo' }].map((json) => piece(0, 'A', 'get_weather', json)),
    [weather],
  ],
  [
    'cuts arguments where they look like a repetition',
    [piece(0, 'A', 'get', '{"a":'), piece(0, undefined, undefined, '{"a":1}}')],
    [['get', '{"a":{"a":1}}']],
  ],
  [
    'cuts a name',
    [piece(0, 'A', 'get_'), piece(0, undefined, 'weather'), piece(0, undefined, undefined, oslo)],
    [weather],
  ],
  [
    'cuts a name, and gives each piece the id and empty arguments',
    [piece(0, 'A', 'get_', ''), piece(0, 'A', 'wea', ''), piece(0, 'A', 'ther', ''), piece(0, 'A', '', oslo)],
    [weather],
  ],
  [
    'cuts a name behind another name',
    [piece(0, 'A', 'get'), piece(0, undefined, '_time'), piece(0, undefined, undefined, time[1])],
    [time],
  ],
  [
    'repeats the name in each fragment',
    [piece(0, 'A', 'get_weather', '{"city"'), piece(0, 'A', 'get_weather', ':"Oslo"}')],
    [weather],
  ],
  [
    'repeats the name without an id',
    [
      piece(0, 'A', 'get_weather'),
      piece(0, undefined, 'get_weather'),
      piece(0, undefined, 'get_weather', oslo),
    ],
    [weather],
  ],
  ['sends all of the name so far', [piece(0, 'A', 'get_'), piece(0, 'A', 'get_weather', oslo)], [weather]],
  ['cuts a name into equal pieces', [piece(0, 'A', 'go'), piece(0, 'A', 'go', '{}')], [['gogo', '{}']]],
  [
    'cuts the name of a function that does not exist',
    [piece(0, 'A', 'look_'), piece(0, 'A', 'up'), piece(0, 'A', undefined, '{"at":1}')],
    [['look_up', '{"at":1}']],
  ],
  [
    'uses the form before tool_calls',
    [
      { function_call: { name: 'get_weather', arguments: '' } },
      { function_call: { arguments: '{"city":' } },
      { function_call: { arguments: '"Oslo"}' } },
    ],
    [weather],
  ],
  [
    'sends a call in both forms',
    [{ ...piece(0, 'A', 'get_weather', oslo), function_call: { name: 'get_weather', arguments: oslo } }],
    [weather],
  ],
];

describe('a chat-completions server', () => {
  for (const [habit, events, expected] of habits) {
    it(`that ${habit} has its calls read`, async () => {
      const { asked, replayed } = await calls(await chat(events), 'chat-completions');
      deepEqual(asked, expected);
      deepEqual(replayed, expected);
    });
  }

  it('that does not stream may give all calls the same id', async () => {
    const tool_calls = [weather, time].map(([name, json]) => ({
      id: 'A',
      function: { name, arguments: json },
    }));
    const script = await trial(
      'chat-completions',
      (response, _, at) => {
        if (at > 0) return sendText('chat-completions', response, 'Done.');
        sendJSON(response, 200, {
          choices: [
            { message: { role: 'assistant', content: null, tool_calls }, finish_reason: 'tool_calls' },
          ],
        });
      },
      { assistant: { tools } },
    );
    deepEqual((await calls(script, 'chat-completions')).asked, [weather, time]);
  });

  it('may end a stream of deltas with the whole message', async () => {
    const tool_calls = [{ index: 0, id: 'A', function: { name: weather[0], arguments: oslo } }];
    const script = await trial(
      'chat-completions',
      (response, _, at) => {
        if (at > 0) return sendText('chat-completions', response, 'Done.');
        const message = { role: 'assistant', content: null, tool_calls };
        sendEvents(response, [
          delta({ tool_calls }),
          { choices: [{ index: 0, delta: {}, message, finish_reason: 'tool_calls' }] },
        ]);
      },
      { assistant: { tools } },
    );
    deepEqual((await calls(script, 'chat-completions')).asked, [weather]);
  });
});

const item = { id: 'fc_1', type: 'function_call', call_id: 'A', name: 'get_weather' };
const completed = (...output: Fields[]) => ({
  type: 'response.completed',
  response: { status: 'completed', output, usage: null },
});
const begun = (fields: Fields = {}, output_index: number | undefined = 0) => ({
  type: 'response.output_item.added',
  output_index,
  item: { ...item, arguments: '', ...fields },
});
const written = (text: string, output_index: number | undefined = 0) => ({
  type: 'response.function_call_arguments.delta',
  output_index,
  item_id: 'fc_1',
  delta: text,
});
const ended = (fields: Fields = {}, output_index: number | undefined = 0) => ({
  type: 'response.output_item.done',
  output_index,
  item: { ...item, arguments: oslo, ...fields },
});
const second = { id: 'fc_2', call_id: 'B', name: 'get_time', arguments: time[1] };

const responseHabits: [habit: string, events: Fields[], expected: Call[]][] = [
  ['sends complete items alone', [ended(), ended(second, 1), completed()], [weather, time]],
  [
    'sends the complete response alone',
    [completed({ ...item, arguments: oslo }, { ...item, ...second })],
    [weather, time],
  ],
  [
    'gives all items the same index',
    [begun(), ended(), begun(second), ended(second), completed()],
    [weather, time],
  ],
  ['gives items no index', [begun({}, undefined), written(oslo, undefined), completed()], [weather]],
  ['begins with an empty object', [begun(), written('{}'), written(oslo), ended(), completed()], [weather]],
  [
    'repeats all arguments in the last fragment',
    [begun(), written('{"city"'), written(':"Oslo"}'), written(oslo), completed()],
    [weather],
  ],
  [
    'sends the last part of arguments with the item',
    [begun(), written('{"city"'), ended(), completed()],
    [weather],
  ],
  [
    'sends the second call with the response',
    [begun(), written(oslo), ended(), completed({ ...item, arguments: oslo }, { ...item, ...second })],
    [weather, time],
  ],
  [
    'sends all arguments when they are done, and no complete item',
    [
      begun(),
      { type: 'response.function_call_arguments.done', output_index: 0, arguments: oslo },
      completed(),
    ],
    [weather],
  ],
  [
    'sends the last part of arguments when they are done',
    [
      begun(),
      written('{"city"'),
      { type: 'response.function_call_arguments.done', output_index: 0, arguments: oslo },
      completed(),
    ],
    [weather],
  ],
  ['names the call at its end', [begun({ name: '' }), written(oslo), ended(), completed()], [weather]],
];

describe('a responses server', () => {
  for (const [habit, events, expected] of responseHabits) {
    it(`that ${habit} has its calls read`, async () => {
      const script = await trial(
        'responses',
        (response, _, at) => {
          if (at > 0) return sendText('responses', response, 'Done.');
          sendEvents(response, events, false);
        },
        { assistant: { tools } },
      );
      const { asked, replayed } = await calls(script, 'responses');
      deepEqual(asked, expected);
      deepEqual(replayed, expected);
    });
  }
});

import { deepEqual, equal } from 'node:assert/strict';
import { executeSql } from '../support';
import { kinds, sendCall, sendText, trial } from './support';

const look = { type: 'function', function: { name: 'look' } } as const;

/** The parameters that clients can set. */
const optional = [
  'temperature',
  'top_p',
  'parallel_tool_calls',
  'tool_choice',
  'response_format',
  'text',
  'reasoning',
  'reasoning_effort',
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
];

function optionsOf(body: Record<string, unknown> = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([name]) => optional.includes(name)));
}

for (const kind of kinds) {
  describe(`a request to a ${kind} server`, () => {
    const answering = (assistant: object = {}) =>
      trial(kind, (response) => sendText(kind, response, 'Yes'), { assistant });

    it('has no parameters that nobody set, though the API shows their defaults', async () => {
      const { say, bodies, assistant } = await answering({ tools: [look] });
      const { run } = await say('Hello');
      await say('Again');
      deepEqual(bodies().map(optionsOf), [{}, {}]);
      deepEqual([assistant.temperature, assistant.top_p], [1, 1]);
      deepEqual([run.temperature, run.top_p, run.parallel_tool_calls], [1, 1, true]);
    });

    it('has the defaults that the run sets', async () => {
      const { say, bodies } = await answering({ tools: [look] });
      await say('Hello', { temperature: 1, top_p: 1, parallel_tool_calls: true });
      await say('Again');
      deepEqual(bodies().map(optionsOf), [{ temperature: 1, top_p: 1, parallel_tool_calls: true }, {}]);
    });

    it('has what the assistant sets, until it is unset', async () => {
      const { client, say, bodies, assistant } = await answering({ temperature: 1, top_p: 0.5 });
      await say('Hello', { temperature: null, top_p: null });
      await client.beta.assistants.update(assistant.id, { name: 'Renamed', top_p: 1 });
      await say('Again');
      await client.beta.assistants.update(assistant.id, { temperature: null, top_p: null });
      const { run } = await say('And again');
      deepEqual(bodies().map(optionsOf), [{ temperature: 1, top_p: 0.5 }, { temperature: 1, top_p: 1 }, {}]);
      deepEqual([run.temperature, run.top_p], [1, 1]);
    });

    it('has what a run that is created with its thread sets', async () => {
      const { client, bodies, assistant } = await answering();
      await client.beta.threads.createAndRunPoll({
        assistant_id: assistant.id,
        thread: { messages: [{ role: 'user', content: 'Hello' }] },
        temperature: 1,
      });
      deepEqual(bodies().map(optionsOf), [{ temperature: 1 }]);
    });

    it('has only other values than the defaults of an assistant that an earlier version stored', async () => {
      const { dataDir, say, bodies } = await answering({ temperature: 0.5, top_p: 1 });
      executeSql(dataDir, "UPDATE assistants SET given = '[]'");
      await say('Hello');
      deepEqual(bodies().map(optionsOf), [{ temperature: 0.5 }]);
    });

    it('has a schema for a function without parameters', async () => {
      const tools = [
        look,
        { type: 'function', function: { name: 'empty', parameters: {} } } as const,
        { type: 'function', function: { name: 'bare', parameters: { type: 'object' } } } as const,
      ];
      const { say, client, threadId, answerOf, bodies } = await trial(
        kind,
        (response, _, at) =>
          at === 0 ? sendCall(kind, response, 'call_1', 'look', '{}') : sendText(kind, response, 'Done'),
        { assistant: { tools } },
      );
      const { run } = await say('Look');
      await client.beta.threads.runs.submitToolOutputs(run.id, {
        thread_id: threadId,
        tool_outputs: [{ tool_call_id: 'call_1', output: 'a tree' }],
      });
      equal((await answerOf(run.id)).text, 'Done');
      for (const body of bodies()) {
        const sent = body['tools'] as { function?: { parameters: unknown }; parameters?: unknown }[];
        const schema = { type: 'object', properties: {} };
        deepEqual(
          sent.map((tool) => tool.function?.parameters ?? tool.parameters),
          [schema, schema, schema],
        );
      }
    });
  });
}

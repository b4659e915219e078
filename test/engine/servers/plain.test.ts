import { deepEqual, equal } from 'node:assert/strict';
import { kinds, sendCall, sendText, trial } from './support';

for (const kind of kinds) {
  describe(`a ${kind} server without habits`, () => {
    it('answers, and answers again in the same thread', async () => {
      const { say, bodies } = await trial(kind, (response, _, at) =>
        sendText(kind, response, `Answer ${at}`),
      );
      equal((await say('Hello')).text, 'Answer 0');
      const { run, text, steps } = await say('Again');
      equal(run.status, 'completed');
      equal(text, 'Answer 1');
      deepEqual(
        steps.map(({ turn }) => Object.keys(turn)),
        [['context']],
      );
      equal(bodies().length, 2);
    });

    it('calls a function', async () => {
      const { say } = await trial(
        kind,
        (response) => sendCall(kind, response, 'call_1', 'look', '{"at":1}'),
        {
          assistant: { tools: [{ type: 'function', function: { name: 'look' } }] },
        },
      );
      const { run } = await say('Look');
      equal(run.status, 'requires_action');
      const [call] = run.required_action?.submit_tool_outputs.tool_calls ?? [];
      deepEqual(call?.function, { name: 'look', arguments: '{"at":1}' });
    });
  });
}

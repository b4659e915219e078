import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { sendEvents } from '../models/support';
import { callsOf, callsOnce, functionTool, messagesOf, reject, submit } from './replaySupport';
import { kinds, sendCall, sendText, trial } from './support';

const assistant = { tools: [functionTool('look')] };

for (const kind of kinds) {
  describe(`a ${kind} server with rules for ids`, () => {
    it('that wants nine letters and digits gets them on both ends, after one rejected request', async () => {
      const script = callsOnce(kind, { id: 'call_0fypS1hVX' }, (body) => {
        const bad = callsOf(body).find(({ id }) => !/^[a-zA-Z0-9]{9}$/.test(String(id)));
        return bad && `Tool call id was ${String(bad.id)} but must be a-z, A-Z, 0-9, with a length of 9.`;
      });
      const tried = await trial(kind, script, { assistant });
      const first = await submit(tried, await tried.say('Look'));
      equal(first.run.last_error, null);
      const second = await tried.say('Again');
      equal(second.text, 'Fine.');
      const bodies = tried.bodies();
      equal(bodies.length, 4);
      const [call, output] = callsOf(bodies[3]!);
      equal(call?.id, output?.id);
      // The prompt's beginning is the same from turn to turn.
      const before = messagesOf(bodies[2]!);
      deepEqual(messagesOf(bodies[3]!).slice(0, before.length), before);
      const details = first.steps[0]?.step_details;
      equal(details?.type === 'tool_calls' && details.tool_calls[0]?.id, 'call_0fypS1hVX');
    });

    it('that takes no long ones gets short ones, even in place of its own', async () => {
      const script = callsOnce(kind, { id: `call_${'x'.repeat(90)}` }, (body) => {
        const bad = callsOf(body).find(({ id }) => String(id).length > 40);
        return (
          bad &&
          `Invalid 'messages[2].tool_calls[0].id': string too long. Expected a string with maximum length 40, but got a string with length ${String(bad.id).length} instead.`
        );
      });
      const tried = await trial(kind, script, { assistant });
      const first = await submit(tried, await tried.say('Look'));
      deepEqual([first.run.last_error, (await tried.say('Again')).text], [null, 'Fine.']);
    });

    it('remembers them after a restart', async () => {
      const script = callsOnce(kind, {}, (body) =>
        callsOf(body).some(({ id }) => String(id).length !== 9)
          ? 'Tool call IDs should be alphanumeric strings with length 9!'
          : undefined,
      );
      const one = await trial(kind, script, { assistant });
      await submit(one, await one.say('Look'));
      const asked = one.bodies().length;
      const { client } = await trial(kind, script, { assistant, dataDir: one.dataDir, server: one.server });
      const run = await client.beta.threads.runs.createAndPoll(one.threadId, {
        assistant_id: one.assistant.id,
      });
      equal(run.last_error, null);
      equal(one.bodies().length, asked + 1);
    });

    for (const [what, id] of [
      ['with other characters', 'functions.look:0'],
      ['that are too long', `call_${'x'.repeat(80)}`],
    ] as const) {
      it(`gets no ids ${what} from another model`, async () => {
        const script = callsOnce(kind, { id }, ({ model, ...body }) =>
          model === 'strict' && callsOf(body).some((call) => !/^[\w-]{1,40}$/.test(String(call.id)))
            ? 'That will not do.'
            : undefined,
        );
        const tried = await trial(kind, script, { assistant });
        await submit(tried, await tried.say('Look'));
        const second = await tried.say('Again', { model: 'strict' });
        equal(second.run.last_error, null);
        const [call, output] = callsOf(tried.bodies().at(-1)!);
        equal(call?.id, output?.id);
      });
    }

    it('gets unique ids, although it gives the same to calls of several runs', async () => {
      const tried = await trial(
        kind,
        (response, { body }) => {
          const ids = callsOf(body).flatMap((call) => (call.arguments === undefined ? [] : [call.id]));
          const last = messagesOf(body).at(-1);
          if (new Set(ids).size < ids.length) reject(response, 'Duplicate value for an item.');
          else if (last?.['role'] === 'user') sendCall(kind, response, 'call_0', 'look', '{}');
          else sendText(kind, response, 'Fine.');
        },
        { assistant },
      );
      for (const text of ['Look', 'Again', 'And again']) {
        const answer = await submit(tried, await tried.say(text));
        equal(answer.run.last_error, null);
      }
      const calls = callsOf(tried.bodies().at(-1)!);
      equal(calls.length, 6);
      for (let at = 0; at < 6; at += 2) equal(calls[at]?.id, calls[at + 1]?.id);
      notEqual(calls[0]?.id, calls[2]?.id);
      ok(
        JSON.stringify(messagesOf(tried.bodies().at(-1)!)).startsWith(
          JSON.stringify(messagesOf(tried.bodies()[1]!)).slice(0, -1),
        ),
      );
    });
  });
}

describe('a chat-completions server with ids of its own form', () => {
  it('gets them back as they are', async () => {
    const id = `call_1__thought__${'aB+/'.repeat(40)}==`;
    const tried = await trial('chat-completions', callsOnce('chat-completions', { id }), { assistant });
    await submit(tried, await tried.say('Look'));
    await tried.say('Again');
    for (const body of tried.bodies().slice(1)) {
      deepEqual(
        callsOf(body).map((call) => call.id),
        [id, id],
      );
    }
  });
});

describe('a responses server that rejects the ids of its own calls', () => {
  it('gets the reasoning that led to each call right before it', async () => {
    const items = ['a', 'b'].flatMap((name) => [
      { type: 'reasoning', id: `rs_${name}`, summary: [], encrypted_content: `secret ${name}` },
      { type: 'function_call', call_id: `${name}.1`, name: `look_${name}`, arguments: '{}' },
    ]);
    const tried = await trial(
      'responses',
      (response, _, at) => {
        if (at > 0) return sendText('responses', response, 'Fine.');
        const output = items.map((item, output_index) => ({
          type: 'response.output_item.done',
          output_index,
          item,
        }));
        const end = { type: 'response.completed', response: { status: 'completed', output: items } };
        sendEvents(response, [...output, end], false);
      },
      { assistant: { tools: [functionTool('look_a'), functionTool('look_b')] } },
    );
    await submit(tried, await tried.say('Look'));
    deepEqual(
      messagesOf(tried.bodies()[1]!).map(
        (item) => item['encrypted_content'] ?? item['name'] ?? item['type'] ?? item['role'],
      ),
      ['user', 'secret a', 'look_a', 'secret b', 'look_b', 'function_call_output', 'function_call_output'],
    );
  });
});

import { deepEqual, equal, match } from 'node:assert/strict';
import { callsOf, callsOnce, functionTool, messagesOf, submit } from './replaySupport';
import { kinds, trial } from './support';

/** Why a strict server rejects a request. */
function objection(body: Record<string, unknown>): string | undefined {
  const text = JSON.stringify(body);
  if (/\\u(00[01]|d[89a-f])/i.test(text)) return 'lone leading surrogate in hex escape';
  const open = new Set<unknown>();
  for (const call of callsOf(body)) {
    if (call.arguments === undefined) {
      if (!open.delete(call.id)) return 'an output has no call';
      if (call.output === '') return 'tool message content must not be empty';
      continue;
    }
    open.add(call.id);
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(String(call.name))) return 'a name does not match the pattern';
    try {
      const value: unknown = JSON.parse(call.arguments);
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'no dictionary';
      if (/\\u(00[01]|d[89a-f])/i.test(JSON.stringify(value))) return 'lone leading surrogate in hex escape';
    } catch {
      return 'Failed to parse tool call arguments as JSON';
    }
  }
  return open.size > 0 ? 'a call has no output' : undefined;
}

for (const kind of kinds) {
  describe(`a ${kind} server that checks the past`, () => {
    for (const [what, json, replayed] of [
      ['not JSON', '{"city": "He said "hi""}', { arguments: '{"city": "He said "hi""}' }],
      ['cut off', '{"city": "Ro', { arguments: '{"city": "Ro' }],
      ['two objects', '{}{"city":"Oslo"}', { arguments: '{}{"city":"Oslo"}' }],
      ['a list', '[1]', { value: [1] }],
      ['a text', '"x"', { value: 'x' }],
      ['an object in a text', '"{\\"city\\":\\"Rome\\"}"', { city: 'Rome' }],
      ['null', 'null', {}],
      ['with half a character', '{"city":"\\ud83d"}', { city: '\uFFFD' }],
      ['with a zero character', '{"city":"a\\u0000b"}', { city: 'a\uFFFDb' }],
      ['with a raw line break', '{"city":"a\nb"}', { arguments: '{"city":"a\nb"}' }],
    ] as const) {
      it(`accepts a call whose arguments are ${what}, and the step keeps them`, async () => {
        const tried = await trial(kind, callsOnce(kind, { json }, objection), {
          assistant: { tools: [functionTool('look')] },
        });
        const first = await submit(tried, await tried.say('Look'));
        equal(first.run.last_error, null);
        const next = await tried.say('Again');
        equal(next.run.last_error, null);
        equal(next.text, 'Fine.');
        for (const body of tried.bodies().slice(1))
          deepEqual(JSON.parse(callsOf(body)[0]?.arguments ?? ''), replayed);
        const details = first.steps[0]?.step_details;
        const call = details?.type === 'tool_calls' ? details.tool_calls[0] : undefined;
        equal(call?.type === 'function' && call.function.arguments, json);
      });
    }

    it('gets proper arguments as the model wrote them', async () => {
      const json = '{ "city" : "Rome", "at": 12345678901234567890 }';
      const tried = await trial(kind, callsOnce(kind, { json }, objection), {
        assistant: { tools: [functionTool('look')] },
      });
      await submit(tried, await tried.say('Look'));
      equal(callsOf(tried.bodies()[1]!)[0]?.arguments, json);
    });

    for (const [what, name] of [
      ['with a dot', 'functions.look'],
      ['that is too long', 'look'.repeat(20)],
      ['in Chinese', '查看'],
      ['with a control token', 'look<|channel|>json'],
    ] as const) {
      it(`accepts a call of a function ${what}`, async () => {
        const tried = await trial(kind, callsOnce(kind, { name }, objection), {
          assistant: { tools: [functionTool('look')] },
        });
        const first = await submit(tried, await tried.say('Look'));
        equal(first.run.last_error, null);
        equal((await tried.say('Again')).text, 'Fine.');
        const details = first.steps[0]?.step_details;
        const call = details?.type === 'tool_calls' ? details.tool_calls[0] : undefined;
        equal(call?.type === 'function' && call.function.name, name);
      });
    }

    it('gets texts without lone surrogates and control characters, and a word for an empty output', async () => {
      const tried = await trial(kind, callsOnce(kind, {}, objection), {
        assistant: { tools: [functionTool('look')], instructions: 'Be \u0007brief.' },
      });
      const first = await submit(tried, await tried.say('Look \u0000 here, \u{1F600}\n\tplease'), '');
      equal(first.run.last_error, null);
      const second = await tried.say('Again');
      equal(second.run.last_error, null);
      equal(callsOf(tried.bodies()[1]!)[1]?.output, '(no output)');
      match(JSON.stringify(messagesOf(tried.bodies()[1]!)), /Look \uFFFD here, \u{1F600}\\n\\tplease/u);
    });

    it('that wants the tools of earlier calls gets those calls as text, also in later runs', async () => {
      const script = callsOnce(kind, { json: '{"city":"Rome"}' }, (body) =>
        callsOf(body).length > 0 && body['tools'] === undefined
          ? 'Requests which include `tool_use` or `tool_result` blocks must define tools.'
          : undefined,
      );
      const tried = await trial(kind, script, { assistant: { tools: [functionTool('look')] } });
      await submit(tried, await tried.say('Look'));
      const second = await tried.say('Again', { tools: [] });
      equal(second.run.last_error, null);
      await tried.say('And again', { tools: [] });
      const bodies = tried.bodies();
      // The calls and their outputs are sent once more, and rejected once.
      equal(bodies.length, 5);
      for (const body of bodies.slice(3)) {
        deepEqual(callsOf(body), []);
        match(
          JSON.stringify(messagesOf(body)),
          /Called look with \{\\"city\\":\\"Rome\\"\}\. Its output: Rain/,
        );
      }
    });
  });
}

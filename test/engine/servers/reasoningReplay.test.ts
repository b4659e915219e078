import { deepEqual, equal, ok } from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { delta, sendEvents } from '../models/support';
import { callsOf, functionTool, messagesOf, reject, submit } from './replaySupport';
import { sendText, trial, type Script, type TrialOptions } from './support';

type Fields = Record<string, unknown>;

const assistant: TrialOptions = { assistant: { tools: [functionTool('look')] } };

function call(id: string, more: Fields = {}, index = 0): Fields {
  return { index, id, type: 'function', function: { name: 'look', arguments: '{}' }, ...more };
}

/** Streams a turn that calls a function after these deltas. */
function sendTurn(response: ServerResponse, deltas: Fields[], calls = [call('call_1')]): void {
  sendEvents(response, [
    delta({ role: 'assistant', content: null }),
    ...deltas.map((fields) => delta(fields)),
    delta({ tool_calls: calls }),
    delta({}, 'tool_calls'),
  ]);
}

function sendThought(response: ServerResponse, thought: string, text: string): void {
  sendEvents(response, [
    delta({ role: 'assistant', content: null, reasoning_content: thought }),
    delta({ content: text }),
    delta({}, 'stop'),
  ]);
}

/** The assistant's messages of a request. */
function turnsOf(body: Fields): Fields[] {
  return messagesOf(body).filter(({ role }) => role === 'assistant');
}

function fieldOf(body: Fields, name: string): unknown[] {
  return turnsOf(body).map((turn) => turn[name]);
}

/** Thinks and calls as its first answer, thinks and answers after that; `check` returns why it rejects a request. */
function thinker(check: (body: Fields) => string | undefined = () => undefined): Script {
  return (response, { body }, at) => {
    const reason = check(body);
    if (reason !== undefined) return reject(response, reason);
    if (at === 0) sendTurn(response, [{ reasoning_content: 'The sky ' }, { reasoning_content: 'first.' }]);
    else sendThought(response, `Thought ${at}.`, 'Fine.');
  };
}

describe('a chat-completions server with reasoning', () => {
  it('gets it back with the call and the answer to it, in the run and the next one (DeepSeek)', async () => {
    const tried = await trial(
      'chat-completions',
      thinker((body) =>
        turnsOf(body).every(({ reasoning_content: reasoning }) => typeof reasoning === 'string' && reasoning)
          ? undefined
          : 'The `reasoning_content` in the thinking mode must be passed back to the API.',
      ),
      assistant,
    );
    const first = await submit(tried, await tried.say('Look'));
    equal(first.run.last_error, null);
    equal(first.text, 'Fine.');
    equal((await tried.say('Again')).run.last_error, null);
    const bodies = tried.bodies();
    equal(bodies.length, 3);
    deepEqual(fieldOf(bodies[1]!, 'reasoning_content'), ['The sky first.']);
    deepEqual(fieldOf(bodies[2]!, 'reasoning_content'), ['The sky first.', 'Thought 1.']);
    // The prompt's beginning is the same from turn to turn.
    deepEqual(messagesOf(bodies[2]!).slice(0, 4), messagesOf(bodies[1]!));
  });

  it('does not get it with turns of runs that called nothing', async () => {
    const tried = await trial('chat-completions', (response) => sendThought(response, 'Hm.', 'Fine.'));
    await tried.say('Hello');
    await tried.say('Again');
    deepEqual(fieldOf(tried.bodies()[1]!, 'reasoning_content'), [undefined]);
  });

  it('gets it with every turn where it demands that, and a blank for turns of other models', async () => {
    const script: Script = (response, { body }, at) => {
      const strict = body['model'] === 'strict';
      if (strict && turnsOf(body).some(({ reasoning_content: reasoning }) => typeof reasoning !== 'string'))
        reject(
          response,
          'thinking is enabled but reasoning_content is missing in assistant tool call message at index 2',
        );
      else if (at === 0) sendTurn(response, [{ reasoning_content: 'Secret.' }]);
      else if (strict) sendThought(response, 'Mine.', 'Fine.');
      else sendText('chat-completions', response, 'Fine.');
    };
    const tried = await trial('chat-completions', script, assistant);
    await submit(tried, await tried.say('Look'));
    equal((await tried.say('Again', { model: 'strict' })).run.last_error, null);
    equal((await tried.say('Once more', { model: 'strict' })).run.last_error, null);
    const bodies = tried.bodies();
    equal(bodies.length, 5);
    deepEqual(fieldOf(bodies[3]!, 'reasoning_content'), [' ', ' ']);
    deepEqual(fieldOf(bodies[4]!, 'reasoning_content'), [' ', ' ', 'Mine.']);
    ok(!JSON.stringify(bodies.slice(2)).includes('Secret'));
  });

  it('that rejects it with earlier turns gets it with the current run alone', async () => {
    const tried = await trial(
      'chat-completions',
      thinker((body) => {
        const messages = messagesOf(body);
        const last = messages.findLastIndex(({ role }) => role === 'user');
        return messages.slice(0, last).some((message) => 'reasoning_content' in message)
          ? 'Remove reasoning_content from the messages of earlier rounds.'
          : undefined;
      }),
      assistant,
    );
    await submit(tried, await tried.say('Look'));
    equal((await tried.say('Again')).run.last_error, null);
    equal((await tried.say('And again')).run.last_error, null);
    const bodies = tried.bodies();
    equal(bodies.length, 5);
    deepEqual(fieldOf(bodies[1]!, 'reasoning_content'), ['The sky first.']);
    for (const body of bodies.slice(3)) ok(!JSON.stringify(body).includes('reasoning_content'));
  });

  it('that rejects it everywhere does not get it', async () => {
    const tried = await trial(
      'chat-completions',
      thinker((body) =>
        turnsOf(body).some((turn) => 'reasoning_content' in turn)
          ? "'messages.2' : property 'reasoning_content' is unsupported"
          : undefined,
      ),
      assistant,
    );
    equal((await submit(tried, await tried.say('Look'))).run.last_error, null);
    equal((await tried.say('Again')).run.last_error, null);
    equal(tried.bodies().length, 5);
  });

  it('keeps it from other models and other servers', async () => {
    const one = await trial('chat-completions', thinker(), assistant);
    await submit(one, await one.say('Look'));
    await one.say('Again', { model: 'another' });
    ok(!JSON.stringify(one.bodies()[2]).includes('sky'));
    const two = await trial('chat-completions', thinker(), { dataDir: one.dataDir });
    const run = await two.client.beta.threads.runs.createAndPoll(one.threadId, {
      assistant_id: one.assistant.id,
    });
    ok(run.id);
    ok(!JSON.stringify(two.bodies()[0]).includes('sky'));
  });

  it('gets its blocks back whole and in their order (OpenRouter)', async () => {
    const text = { type: 'reasoning.text', format: 'anthropic-claude-v1', index: 0 };
    const encrypted = { type: 'reasoning.encrypted', data: 'gAAA', id: 'rs_1', format: 'x', index: 1 };
    const tried = await trial(
      'chat-completions',
      (response, _, at) => {
        if (at > 0) return sendText('chat-completions', response, 'Fine.');
        sendTurn(response, [
          { reasoning: 'The ', reasoning_details: [{ ...text, text: 'The ' }] },
          { reasoning: 'sky', reasoning_details: [{ ...text, text: 'sky' }] },
          { reasoning_details: [{ ...text, signature: 'Sig==' }] },
          { reasoning_details: [encrypted] },
        ]);
      },
      assistant,
    );
    equal((await submit(tried, await tried.say('Look'))).run.last_error, null);
    deepEqual(fieldOf(tried.bodies()[1]!, 'reasoning_details'), [
      [{ ...text, text: 'The sky', signature: 'Sig==' }, encrypted],
    ]);
  });

  it('gets its blocks back once, although it repeats them as they grow (MiniMax)', async () => {
    const block = { type: 'reasoning.text', id: 'reasoning-text-1', format: 'MiniMax-response-v1', index: 0 };
    const tried = await trial(
      'chat-completions',
      (response, _, at) => {
        if (at > 0) return sendText('chat-completions', response, 'Fine.');
        sendTurn(response, [
          { reasoning_details: [{ ...block, text: 'The ' }] },
          { reasoning_details: [{ ...block, text: 'The sky' }] },
        ]);
      },
      assistant,
    );
    await submit(tried, await tried.say('Look'));
    deepEqual(fieldOf(tried.bodies()[1]!, 'reasoning_details'), [[{ ...block, text: 'The sky' }]]);
  });

  it('that writes more than is stored completes its run', async () => {
    const long = 'x'.repeat(100_000);
    const tried = await trial(
      'chat-completions',
      (response, _, at) => {
        if (at > 0) return sendText('chat-completions', response, 'Fine.');
        sendTurn(response, Array<Fields>(8).fill({ reasoning_content: long }));
      },
      assistant,
    );
    equal((await submit(tried, await tried.say('Look'))).run.last_error, null);
    const [reasoning] = fieldOf(tried.bodies()[1]!, 'reasoning_content');
    equal((reasoning as string).length, 500_000);
  });
});

describe('a chat-completions server that signs its calls', () => {
  const signature = { extra_content: { google: { thought_signature: 'Sig==' } } };

  it('gets the signature back with the first of parallel calls (Gemini)', async () => {
    const tried = await trial(
      'chat-completions',
      (response, { body }, at) => {
        if (at === 0) return sendTurn(response, [], [call('a', signature), call('b', {}, 1)]);
        const calls = turnsOf(body)[0]?.['tool_calls'] as Fields[];
        if (calls[0]?.['extra_content'] === undefined)
          reject(response, 'Function call is missing a thought_signature in functionCall parts.');
        else sendText('chat-completions', response, 'Fine.');
      },
      assistant,
    );
    equal((await submit(tried, await tried.say('Look'))).run.last_error, null);
    equal((await tried.say('Again')).run.last_error, null);
    const bodies = tried.bodies();
    equal(bodies.length, 3);
    for (const body of bodies.slice(1))
      deepEqual(
        (turnsOf(body)[0]?.['tool_calls'] as Fields[]).map(({ extra_content: extra }) => extra),
        [signature.extra_content, undefined],
      );
  });

  it('gets a substitute for calls of another model, and no foreign signature', async () => {
    const tried = await trial(
      'chat-completions',
      (response, { body }, at) => {
        if (at === 0) return sendTurn(response, [], [call('a', signature), call('b', {}, 1)]);
        const calls = turnsOf(body)[0]?.['tool_calls'] as Fields[];
        if (body['model'] === 'strict' && calls[0]?.['extra_content'] === undefined)
          reject(response, 'Function call is missing a thought_signature in functionCall parts.');
        else sendText('chat-completions', response, 'Fine.');
      },
      assistant,
    );
    await submit(tried, await tried.say('Look'));
    equal((await tried.say('Again', { model: 'strict' })).run.last_error, null);
    const last = tried.bodies().at(-1)!;
    deepEqual(
      (turnsOf(last)[0]?.['tool_calls'] as Fields[]).map(({ extra_content: extra }) => extra),
      [{ google: { thought_signature: 'skip_thought_signature_validator' } }, undefined],
    );
    equal(callsOf(last).length, 4);
  });
});

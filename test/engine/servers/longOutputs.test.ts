import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { join } from 'node:path';
import type OpenAI from 'openai';
import { callIds, listedWindow, outputsIn, roughTokens, sendCalls } from './contexts';
import { kinds, sendText, trial, type Answer, type Kind, type Trial } from './support';

const tools: OpenAI.Beta.AssistantTool[] = [{ type: 'function', function: { name: 'look' } }];

/** Answers the calls of a run until it has ended. */
async function finish(one: Trial, answer: Answer, output: (id: string) => string): Promise<Answer> {
  let now = answer;
  while (now.run.status === 'requires_action') {
    const waiting = now.run.required_action?.submit_tool_outputs.tool_calls ?? [];
    await one.client.beta.threads.runs.submitToolOutputs(now.run.id, {
      thread_id: one.threadId,
      tool_outputs: waiting.map(({ id }) => ({ tool_call_id: id, output: output(id) })),
    });
    now = await one.answerOf(now.run.id);
  }
  return now;
}

/** A server that calls `look` in its first turns, and then answers. */
function looking(kind: Kind, turns: number, calls = 1, window?: number) {
  return listedWindow(window, (response, at) => {
    if (at >= turns) return sendText(kind, response, `Done ${at}.`);
    sendCalls(
      kind,
      response,
      Array.from({ length: calls }, (_, call) => `call_${at}_${call}`),
      'look',
      '{}',
    );
  });
}

/** Every call has its output and every output its call. */
function assertPaired(body: Record<string, unknown>): void {
  deepEqual(
    callIds(body),
    outputsIn(body).map(({ id }) => id),
  );
}

const log = (lines: number, id: string): string =>
  Array.from({ length: lines }, (_, at) => `${id}: line ${at} of the log`).join('\n');

for (const kind of kinds) {
  describe(`a function's output of a million characters, ${kind}`, () => {
    it('reaches the model as its beginning and end, the same again later; the step keeps all', async () => {
      const one = await trial(kind, looking(kind, 1), { assistant: { tools } });
      const million = `BEGIN\n${'0123456789\n'.repeat(91_000)}END`;
      const done = await finish(one, await one.say('Look'), () => million);
      equal(done.text, 'Done 1.');
      const [step] = done.steps;
      const details = step?.step_details;
      equal(details?.type === 'tool_calls' && details.tool_calls[0]?.type, 'function');
      ok(JSON.stringify(details).includes(JSON.stringify(million).slice(1, -1)));
      const [sent] = outputsIn(one.bodies()[1]!);
      ok(sent!.output.length < 100_000, `${sent!.output.length} characters`);
      match(sent!.output, /^BEGIN\n/);
      match(sent!.output, /END$/);
      match(sent!.output, /\[\d[\d,]+ of 1,001,009 characters are left out here\. .*ask it for less\.\]/);
      equal(done.steps.at(-1)?.turn.context?.outputs_shortened, 1);
      await one.say('And?');
      deepEqual(outputsIn(one.bodies()[2]!), [sent]);
    });
  });

  describe(`a run whose own steps outgrow the window, ${kind}`, () => {
    it('sends its old outputs shortened, the newest whole, and no call without its output', async () => {
      const one = await trial(kind, looking(kind, 12, 1, 16_000), { assistant: { tools } });
      const done = await finish(one, await one.say('Look twelve times'), (id) => log(280, id));
      equal(done.run.status, 'completed');
      for (const body of one.bodies()) {
        assertPaired(body);
        ok(roughTokens(body) < 12_000, `${roughTokens(body)} tokens`);
      }
      const last = outputsIn(one.bodies().at(-1)!);
      equal(last.length, 12);
      equal(last.at(-1)?.output, log(280, 'call_11_0'));
      match(last[0]!.output, /^call_0_0: line 0 [^]*characters are left out here/);
      const { context } = done.steps.at(-1)!.turn;
      ok((context?.outputs_shortened ?? 0) >= 6, JSON.stringify(context));
      deepEqual(done.steps.at(-1)?.metadata, { truncated: 'true' });
      const next = await one.say('And now?');
      equal(next.run.status, 'completed');
      assertPaired(one.bodies().at(-1)!);
    });

    it('shares the window among the outputs of one turn', async () => {
      const one = await trial(kind, looking(kind, 1, 8, 8000), { assistant: { tools } });
      const done = await finish(one, await one.say('Look'), (id) => log(1000, id));
      equal(done.run.status, 'completed');
      assertPaired(one.bodies()[1]!);
      ok(roughTokens(one.bodies()[1]!) < 6000, `${roughTokens(one.bodies()[1]!)} tokens`);
      const lengths = outputsIn(one.bodies()[1]!).map(({ output }) => output.length);
      ok(
        Math.min(...lengths) > 1000 && Math.max(...lengths) < Math.min(...lengths) * 1.3,
        `${lengths.join()}`,
      );
    });

    it('leaves out its oldest calls where even shortened outputs are too many', async () => {
      const one = await trial(kind, looking(kind, 30, 1, 3000), { assistant: { tools } });
      const done = await finish(one, await one.say('Look'), (id) => log(100, id));
      equal(done.run.status, 'completed');
      for (const body of one.bodies()) {
        assertPaired(body);
        ok(roughTokens(body) < 2500, `${roughTokens(body)} tokens`);
      }
      ok(callIds(one.bodies().at(-1)!).includes('call_29_0'));
    });

    it('begins most of its requests as the one before', async () => {
      const one = await trial(kind, looking(kind, 24, 1, 16_000), { assistant: { tools } });
      await finish(one, await one.say('Look'), (id) => log(120, id));
      const breaks = prefixBreaks(one.bodies());
      ok(breaks.length <= 5, `the beginning changed at ${breaks.join(', ')}`);
    });
  });

  describe(`a long thread, ${kind}`, () => {
    it('begins its requests as the ones before, except at few cuts', async () => {
      const one = await trial(
        kind,
        listedWindow(8000, (response, at) =>
          sendText(kind, response, `Answer ${at}. ${'word '.repeat(150)}`),
        ),
      );
      for (let at = 0; at < 40; at++) await one.say(`Question ${at}. ${'word '.repeat(200)}`);
      const breaks = prefixBreaks(one.bodies());
      ok(breaks.length >= 2, 'the thread is longer than the window');
      ok(breaks.length <= 5, `the beginning changed at ${breaks.join(', ')}`);
      for (const body of one.bodies()) ok(roughTokens(body) < 6500, `${roughTokens(body)} tokens`);
    });

    it('is sent whole again to a model with a larger window', async () => {
      let window = 4000;
      const one = await trial(
        kind,
        listedWindow(
          () => window,
          (response) => sendText(kind, response, 'Fine.'),
        ),
      );
      for (let at = 0; at < 8; at++) await one.say(`Question ${at}. ${'word '.repeat(500)}`);
      ok(!JSON.stringify(one.bodies().at(-1)).includes('Question 0.'));
      window = 100_000;
      const larger = await one.client.beta.assistants.update(one.assistant.id, { model: 'larger' });
      await one.say('And now?', { model: larger.model });
      ok(JSON.stringify(one.bodies().at(-1)).includes('Question 0.'));
    });
  });
}

describe('the output of Python', () => {
  it('of a megabyte reaches the model as its beginning and end; the step keeps all', async () => {
    const code = "print('BEGIN'); print('0123456789abcdef\\n' * 70_000); print('END')";
    const one = await trial(
      'chat-completions',
      listedWindow(undefined, (response, at) => {
        if (at > 0) return sendText('chat-completions', response, 'Done.');
        sendCalls('chat-completions', response, ['call_1'], 'code_interpreter', JSON.stringify({ code }));
      }),
      {
        assistant: { tools: [{ type: 'code_interpreter' }] },
        engine: { tools: { codeInterpreter: { assets: join(process.cwd(), 'dist', 'python') } } },
      },
    );
    const { text, steps } = await one.say('Print');
    equal(text, 'Done.');
    ok(JSON.stringify(steps[0]?.step_details).length > 1_000_000);
    const [sent] = outputsIn(one.bodies()[1]!);
    ok(sent!.output.length < 100_000, `${sent!.output.length} characters`);
    match(sent!.output, /^BEGIN\n0123456789abcdef\n/);
    match(sent!.output, /characters are left out here\. If you need them, print less, or write/);
    equal(steps.at(-1)?.turn.context?.outputs_shortened, 1);
  }).timeout(120_000);
});

/** The indexes of the requests whose messages do not begin with those of the request before. */
function prefixBreaks(bodies: Record<string, unknown>[]): number[] {
  const sent = bodies.map((body) => (body['messages'] ?? body['input']) as unknown[]);
  return sent.flatMap((messages, at) => {
    const before = at === 0 ? [] : (sent[at - 1] as unknown[]);
    const same = JSON.stringify(messages.slice(0, before.length)) === JSON.stringify(before);
    return same ? [] : [at];
  });
}

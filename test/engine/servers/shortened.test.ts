import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import type OpenAI from 'openai';
import { createChatCompletionsModel } from '../../../src/engine/models/chatCompletions';
import { sendJSON } from '../models/support';
import { openEngine } from '../support';
import { callIds, outputsIn, roughTokens, sendCalls } from './contexts';
import { kinds, sendText, trial, type Kind, type Script } from './support';

const tools: OpenAI.Beta.AssistantTool[] = [{ type: 'function', function: { name: 'look' } }];

function rejectTooLong(response: ServerResponse, message: string): void {
  sendJSON(response, 400, { error: { message, code: 'context_length_exceeded' } });
}

/** A server that rejects requests of more than `limit` tokens, with these words, and answers others. */
function limited(
  kind: Kind,
  limit: number,
  message: string,
  turn?: (response: ServerResponse, at: number) => void,
): Script {
  let accepted = 0;
  return (response, asked, at) => {
    if (at < 0) sendJSON(response, 404, {});
    else if (roughTokens(asked.body) > limit) rejectTooLong(response, message);
    else if (turn) turn(response, accepted++);
    else sendText(kind, response, 'Short enough.');
  };
}

const words = (tokens: number, mark: string): string => `${mark} ${'word '.repeat((tokens * 4) / 5)}`;

const named: [string, number][] = [
  [
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 12000 tokens.",
    8192,
  ],
  ['maximum prompt length is 8,192', 8192],
  ['request (9412 tokens) exceeds the available context size (8192 tokens), try increasing it', 8192],
  ['the request exceeds the context size. n_ctx: 8192', 8192],
  [
    'Trying to keep the first tokens when context the overflows: model is loaded with context length of only 8192',
    8192,
  ],
];

for (const kind of kinds) {
  describe(`a ${kind} server that rejects a thread as too long`, () => {
    for (const [message, window] of named) {
      it(`gets a shorter one, and its limit is remembered: ${message.slice(0, 50)}…`, async () => {
        const one = await trial(kind, limited(kind, 8000, message));
        const { client, threadId } = one;
        for (let at = 0; at < 12; at++) {
          await client.beta.threads.messages.create(threadId, {
            role: 'user',
            content: words(1000, `Message ${at}`),
          });
        }
        const first = await one.say('And now?');
        equal(first.run.status, 'completed');
        equal(one.bodies().length, 2);
        equal(first.steps[0]?.turn.context?.window, window);
        deepEqual(first.steps[0].metadata, { truncated: 'true' });
        const second = await one.say('And then?');
        equal(second.run.status, 'completed');
        equal(one.bodies().length, 3, 'the second run is short at once');
      });
    }

    it('gets shorter ones, until it accepts one; what was too long is remembered', async () => {
      const one = await trial(kind, limited(kind, 5000, 'The context length is exceeded.'));
      for (let at = 0; at < 30; at++) {
        const content = words(1000, `Message ${at}`);
        await one.client.beta.threads.messages.create(one.threadId, { role: 'user', content });
      }
      const { run, steps } = await one.say('And now?');
      equal(run.status, 'completed');
      const tries = one.bodies().length;
      ok(tries > 2 && tries <= 5, `${tries} requests`);
      ok((steps[0]?.turn.context?.messages_left_out ?? 0) > 20);
      equal(steps[0]?.turn.context?.window, null);
      await one.say('And then?');
      ok(one.bodies().length <= tries + 2, `${one.bodies().length - tries} requests more`);
    });

    it('gets the outputs of the run shortened, each with its call', async () => {
      const one = await trial(
        kind,
        limited(kind, 6000, 'The context length is exceeded.', (response, at) => {
          if (at < 4) sendCalls(kind, response, [`call_${at}`], 'look', '{}');
          else sendText(kind, response, 'Done.');
        }),
        { assistant: { tools } },
      );
      let now = await one.say('Look');
      while (now.run.status === 'requires_action') {
        const waiting = now.run.required_action?.submit_tool_outputs.tool_calls ?? [];
        await one.client.beta.threads.runs.submitToolOutputs(now.run.id, {
          thread_id: one.threadId,
          tool_outputs: waiting.map(({ id }) => ({ tool_call_id: id, output: words(9000, id) })),
        });
        now = await one.answerOf(now.run.id);
      }
      equal(now.run.last_error, null);
      equal(now.text, 'Done.');
      for (const body of one.bodies())
        deepEqual(
          callIds(body),
          outputsIn(body).map(({ id }) => id),
        );
      ok((now.steps.at(-1)?.turn.context?.outputs_shortened ?? 0) > 0);
    });

    it('fails with its words if nothing is short enough, after a few requests', async () => {
      const one = await trial(kind, limited(kind, 0, 'The context length is exceeded.'));
      for (let at = 0; at < 40; at++) {
        const content = words(500, `Message ${at}`);
        await one.client.beta.threads.messages.create(one.threadId, { role: 'user', content });
      }
      const { run } = await one.say('And now?');
      equal(run.status, 'failed');
      match(run.last_error?.message ?? '', /The context length is exceeded\./);
      ok(one.bodies().length <= 7, `${one.bodies().length} requests`);
    });

    it('gets the number of messages that the caller has chosen, and no fewer', async () => {
      const one = await trial(kind, limited(kind, 1500, 'The context length is exceeded.'));
      for (let at = 0; at < 4; at++) {
        const content = words(500, `Message ${at}`);
        await one.client.beta.threads.messages.create(one.threadId, { role: 'user', content });
      }
      const { run } = await one.say('And now?', {
        truncation_strategy: { type: 'last_messages', last_messages: 4 },
      });
      equal(run.status, 'failed');
      equal(one.bodies().length, 1);
    });
  });
}

describe('a limit that a server’s error named', () => {
  it('is forgotten once the user sets another window', async () => {
    const one = await trial(
      'chat-completions',
      limited('chat-completions', 3000, "This model's maximum context length is 4096 tokens."),
    );
    const messages = Array.from({ length: 6 }, (_, at) => ({
      role: 'user' as const,
      content: words(1000, `Message ${at}`),
    }));
    for (const message of messages) await one.client.beta.threads.messages.create(one.threadId, message);
    await one.say('And now?');
    const provider = createChatCompletionsModel({ label: 'Test', baseURL: one.server.baseURL });
    const connection = { id: 'test', label: 'Test', provider, contextWindow: () => 50_000 };
    const { client } = openEngine({ models: () => [connection], dataDir: one.dataDir });
    const before = one.bodies().length;
    await client.beta.threads.runs.createAndPoll(one.threadId, { assistant_id: one.assistant.id });
    ok(roughTokens(one.bodies()[before]!) > 6000, 'all is sent');
  });
});

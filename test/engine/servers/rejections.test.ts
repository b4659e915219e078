import { deepEqual, doesNotMatch, equal, match, notEqual } from 'node:assert/strict';
import { sendEvents, sendJSON, type Asked } from '../models/support';
import { kinds, sendText, trial } from './support';

const look = { type: 'function', function: { name: 'look' } } as const;
const schema = { type: 'object', properties: { color: { type: 'string' } }, required: ['color'] };
const format = { type: 'json_schema', json_schema: { name: 'answer', schema } } as const;

function formatOf({ response_format, text }: Record<string, unknown>): unknown {
  const sent = (response_format ?? (text as { format?: unknown } | undefined)?.format) as { type: string };
  return (sent as { type: string } | undefined)?.type;
}

/** Everything that the model is told, as text. */
function wordsOf(body: Asked['body'] = {}): string {
  return JSON.stringify([body['instructions'], body['messages'], body['input']]);
}

for (const kind of kinds) {
  describe(`rejections of a ${kind} server`, () => {
    it('are met for several parameters in one request', async () => {
      const { say, bodies } = await trial(kind, (response, { body }) => {
        const bad = ['temperature', 'top_p'].filter((name) => name in body);
        if (bad.length === 0) return sendText(kind, response, 'Yes');
        const detail = bad.map((name) => ({ loc: ['body', name], msg: 'Extra inputs are not permitted' }));
        sendJSON(response, 422, { detail });
      });
      const { steps } = await say('Hello', { temperature: 0.5, top_p: 0.5 });
      deepEqual(steps[0]?.turn.omitted?.sort(), ['temperature', 'top_p']);
      notEqual(bodies().length, 1);
    });

    it('end the run with their words if the request is rejected without the parameter, too', async () => {
      const { say, bodies } = await trial(kind, (response) =>
        sendJSON(response, 400, {
          error: { message: 'temperature is not supported, ever', param: 'temperature' },
        }),
      );
      const { run } = await say('Hello', { temperature: 0.5 });
      equal(run.status, 'failed');
      match(run.last_error?.message ?? '', /temperature is not supported, ever\.$/);
      equal(bodies().length, 2);
      // It was not what the server minds, and is not remembered.
      await say('Again', { temperature: 0.5 });
      equal(bodies()[2]?.['temperature'], 0.5);
    });

    it('of one value leave others alone', async () => {
      const { say, bodies } = await trial(kind, (response, { body }) => {
        if (Number(body['temperature'] ?? 0) <= 1) return sendText(kind, response, 'Yes');
        sendJSON(response, 400, { error: { message: 'temperature: must be between 0 and 1' } });
      });
      const hot = await say('Hello', { temperature: 1.5 });
      deepEqual([hot.text, hot.steps[0]?.turn.omitted], ['Yes', ['temperature']]);
      const cool = await say('Again', { temperature: 0.5 });
      deepEqual([cool.text, cool.steps[0]?.turn.omitted], ['Yes', undefined]);
      await say('Hot again', { temperature: 1.5 });
      deepEqual(
        bodies().map((body) => body['temperature']),
        [1.5, undefined, 0.5, undefined],
      );
    });

    it('of an effort leave others alone', async () => {
      const message =
        "Unsupported value: 'minimal' is not supported with this model. Supported values are: 'low', 'medium', and 'high'.";
      const { say, bodies } = await trial(kind, (response, { body }) => {
        if (JSON.stringify(body).includes('"minimal"'))
          sendJSON(response, 400, {
            error: {
              message,
              param: kind === 'responses' ? 'reasoning.effort' : 'reasoning_effort',
              code: 'unsupported_value',
            },
          });
        else sendText(kind, response, 'Yes');
      });
      deepEqual((await say('Hello', { reasoning_effort: 'minimal' })).steps[0]?.turn.omitted, [
        'reasoning_effort',
      ]);
      deepEqual((await say('Again', { reasoning_effort: 'low' })).steps[0]?.turn.omitted, undefined);
      equal(bodies().length, 3);
    });

    it('of temperature beside top_p leave each alone', async () => {
      const { say, bodies } = await trial(kind, (response, { body }) => {
        if ('temperature' in body && 'top_p' in body)
          sendJSON(response, 400, { message: 'top_p and temperature may not be used together' });
        else sendText(kind, response, 'Yes');
      });
      await say('Both', { temperature: 0.5, top_p: 0.5 });
      await say('One', { top_p: 0.5 });
      deepEqual(
        bodies()
          .slice(1)
          .map(({ temperature, top_p }) => [temperature, top_p]),
        [
          [0.5, undefined],
          [undefined, 0.5],
        ],
      );
    });

    it('are forgotten when the connection leads to another server', async () => {
      const script: Parameters<typeof trial>[1] = (response, { body }) =>
        'temperature' in body
          ? sendJSON(response, 400, { error: { message: 'Unsupported parameter: temperature' } })
          : sendText(kind, response, 'Yes');
      const { say, dataDir } = await trial(kind, script);
      await say('Hello', { temperature: 0.5 });
      const other = await trial(kind, (response) => sendText(kind, response, 'Yes'), { dataDir });
      deepEqual((await other.say('Hello', { temperature: 0.5 })).steps[0]?.turn.omitted, undefined);
      equal(other.bodies()[0]?.['temperature'], 0.5);
    });

    it('that come inside of a stream are met', async () => {
      const { say } = await trial(kind, (response, { body }) => {
        if (!('temperature' in body)) return sendText(kind, response, 'Yes');
        sendEvents(response, [
          { error: { message: 'temperature is not supported', code: 400, type: 'BadRequestError' } },
        ]);
      });
      deepEqual((await say('Hello', { temperature: 0.5 })).text, 'Yes');
      equal((await say('Again', { temperature: 0.5 })).text, 'Yes');
    });

    it('of a schema turn the format into plain JSON, and the schema into instructions', async () => {
      const { say, bodies } = await trial(kind, (response, { body }) => {
        if (formatOf(body) !== 'json_schema') return sendText(kind, response, '{}');
        sendJSON(response, 400, {
          error: {
            message:
              "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
          },
        });
      });
      for (const text of ['Hello', 'Again']) {
        const { steps } = await say(text, { response_format: format });
        deepEqual(steps[0]?.turn.omitted, ['json_schema']);
      }
      deepEqual(bodies().map(formatOf), ['json_schema', 'json_object', 'json_object']);
      for (const body of bodies().slice(1)) match(wordsOf(body), /JSON Schema.*color/);
      doesNotMatch(wordsOf(bodies()[0]), /JSON Schema/);
    });

    it('of any format leave the instructions to say it', async () => {
      const { say, bodies } = await trial(kind, (response, { body }) => {
        if (formatOf(body) === undefined) return sendText(kind, response, '{}');
        sendJSON(response, 400, { error: { message: 'This response_format type is unavailable now' } });
      });
      for (const text of ['Hello', 'Again']) {
        const { steps } = await say(text, { response_format: format });
        deepEqual(steps[0]?.turn.omitted, ['response_format']);
      }
      const { steps } = await say('Object', { response_format: { type: 'json_object' } });
      deepEqual(steps[0]?.turn.omitted, ['response_format']);
      deepEqual(bodies().map(formatOf), ['json_schema', 'json_object', undefined, undefined, undefined]);
      match(wordsOf(bodies().at(-1)), /must be a JSON object/);
    });

    it('of an invalid schema are the caller’s to see', async () => {
      const message =
        "Invalid schema for response_format 'answer': In context=(), 'additionalProperties' is required to be supplied and to be false.";
      const { say, bodies } = await trial(kind, (response, { body }) => {
        if (formatOf(body) === undefined) return sendText(kind, response, 'Yes');
        sendJSON(response, 400, { error: { message, param: 'response_format' } });
      });
      const { run } = await say('Hello', { response_format: format });
      match(run.last_error?.message ?? '', /Invalid schema for response_format/);
      equal(bodies().length, 1);
      equal((await say('Again')).text, 'Yes');
    });

    it('of a request that is too long are not taken for those of its limit', async () => {
      const message =
        "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4000 in the messages, 1000 in max_tokens, max_completion_tokens or max_output_tokens).";
      const { say, bodies } = await trial(kind, (response) =>
        sendJSON(response, 400, { error: { message, code: 'context_length_exceeded' } }),
      );
      const { run } = await say('Hello', { max_completion_tokens: 1000 });
      equal(run.status, 'failed');
      equal(
        bodies().some((body) => !Object.keys(body).some((name) => name.startsWith('max_'))),
        false,
      );
    });

    it('of a limit that is too large leave it out, and later ones that are not smaller', async () => {
      const limitOf = (body: Record<string, unknown>) => body['max_tokens'] ?? body['max_output_tokens'];
      const { say, bodies } = await trial(kind, (response, { body }) => {
        if (Number(limitOf(body) ?? 0) <= 4096) return sendText(kind, response, 'Yes');
        sendJSON(response, 400, {
          error: {
            message: `max_tokens is too large: ${String(limitOf(body))}. This model supports at most 4096 completion tokens.`,
            param: 'max_tokens',
          },
        });
      });
      const name = kind === 'responses' ? 'max_output_tokens' : 'max_tokens';
      deepEqual((await say('Hello', { max_completion_tokens: 9000 })).steps[0]?.turn.omitted, [name]);
      await say('More', { max_completion_tokens: 9500 });
      deepEqual((await say('Less', { max_completion_tokens: 500 })).steps[0]?.turn.omitted, undefined);
      deepEqual(bodies().map(limitOf), [9000, undefined, undefined, 500]);
    });

    it('of tools altogether fail the run, with what can be done', async () => {
      const { say, bodies } = await trial(
        kind,
        (response) =>
          sendJSON(response, 400, {
            error: { message: 'registry.ollama.ai/library/gemma:2b does not support tools' },
          }),
        { assistant: { tools: [look] } },
      );
      const { run } = await say('Hello', { parallel_tool_calls: false, tool_choice: 'required' });
      match(
        run.last_error?.message ?? '',
        /gemma:2b does not support tools\. Choose a model that supports tools, or remove the tools\.$/,
      );
      equal(bodies().length, 1);
    });

    it('of system messages move the instructions into the first message', async () => {
      const hasSystem = (body: Record<string, unknown>) =>
        'instructions' in body || JSON.stringify(body['messages'] ?? '').includes('"system"');
      const { say, bodies } = await trial(kind, (response, { body }) => {
        if (!hasSystem(body)) return sendText(kind, response, 'Yes');
        sendJSON(response, 400, {
          error: { message: 'Developer instruction is not enabled for models/gemma-3-27b-it' },
        });
      });
      for (const text of ['Hello', 'Again']) {
        const { run, steps } = await say(text);
        deepEqual([run.status, steps[0]?.turn.omitted], ['completed', undefined]);
      }
      deepEqual(bodies().map(hasSystem), [true, false, false]);
      for (const body of bodies().slice(1)) match(wordsOf(body), /personal math tutor.*Hello/);
    });
  });
}

describe('the token limit of a chat-completions server', () => {
  it('is sent under the name that the server wants, and once it has been found at once', async () => {
    const { say, bodies } = await trial('chat-completions', (response, { body }) => {
      if (!('max_tokens' in body)) return sendText('chat-completions', response, 'Yes');
      sendJSON(response, 400, {
        error: {
          message:
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
          param: 'max_tokens',
        },
      });
    });
    const limit = { max_completion_tokens: 300 };
    deepEqual((await say('Hello', limit)).steps[0]?.turn.omitted, undefined);
    await say('Again', limit);
    deepEqual(
      bodies().map(({ max_tokens, max_completion_tokens }) => [max_tokens, max_completion_tokens]),
      [
        [300, undefined],
        [undefined, 300],
        [undefined, 300],
      ],
    );
  });

  it('is left out if the server takes none of its names', async () => {
    const { say, bodies } = await trial('chat-completions', (response, { body }) => {
      const name = ['max_tokens', 'max_completion_tokens'].find((one) => one in body);
      if (!name) return sendText('chat-completions', response, 'Yes');
      sendJSON(response, 400, { detail: [{ loc: ['body', name], msg: 'extra fields not permitted' }] });
    });
    const limit = { max_completion_tokens: 300 };
    deepEqual((await say('Hello', limit)).steps[0]?.turn.omitted, ['max_tokens']);
    deepEqual((await say('Again', limit)).text, 'Yes');
    equal(bodies().length, 4);
  });
});

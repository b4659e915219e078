import { deepEqual, equal } from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { sendJSON } from '../models/support';
import { kinds, sendText, trial, type Kind, type Script } from './support';

const look = { type: 'function', function: { name: 'look', strict: true } } as const;

/** The value at a path of a body. */
function at(body: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], body);
}

/** A server that sends an error as long as a parameter is in the request. */
function rejecting(kind: Kind, path: string, reject: (response: ServerResponse) => void): Script {
  return (response, { body }) =>
    at(body, path) === undefined ? sendText(kind, response, 'Yes') : reject(response);
}

interface Case {
  path: string;
  /** What the run sets. */
  set?: Parameters<Awaited<ReturnType<typeof trial>>['say']>[1];
  status?: number;
  error: unknown;
  /** What the steps say was left out, if not the path. */
  omitted?: string[];
  only?: Kind;
}

const sampling = { temperature: 0.2 };
const cases: Case[] = [
  {
    path: 'temperature',
    set: sampling,
    error: {
      error: {
        message: "Unsupported parameter: 'temperature' is not supported with this model.",
        param: 'temperature',
        code: 'unsupported_parameter',
      },
    },
  },
  {
    path: 'temperature',
    set: sampling,
    error: {
      error: {
        message:
          "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
        param: 'temperature',
        code: 'unsupported_value',
      },
    },
  },
  {
    path: 'temperature',
    set: sampling,
    error: { message: '`temperature` is deprecated for this model.', type: 'invalid_request_error' },
  },
  {
    path: 'temperature',
    set: sampling,
    error: {
      error: {
        message: JSON.stringify({
          error: { code: 400, message: 'temperature: this model does not accept it' },
        }),
      },
    },
  },
  {
    path: 'temperature',
    set: sampling,
    error: {
      error: {
        message: 'Provider returned error',
        code: 400,
        metadata: { raw: '{"message":"temperature is not supported for this model"}', provider_name: 'X' },
      },
    },
  },
  {
    path: 'top_p',
    set: { top_p: 0.5 },
    status: 422,
    error: {
      detail: [
        {
          type: 'extra_forbidden',
          loc: ['body', 'top_p'],
          msg: 'Extra inputs are not permitted',
          input: 0.5,
        },
      ],
    },
  },
  {
    path: 'top_p',
    set: { top_p: 0.5, temperature: 0.3 },
    error: {
      error: {
        message: '`temperature` and `top_p` cannot both be specified for this model. Please use only one.',
      },
    },
  },
  {
    path: 'parallel_tool_calls',
    set: { tools: [look], parallel_tool_calls: false },
    error: { error: { message: 'Unrecognized request argument supplied: parallel_tool_calls' } },
  },
  {
    path: 'parallel_tool_calls',
    set: { tools: [look], parallel_tool_calls: false },
    error: [
      {
        error: {
          code: 400,
          message: 'Invalid JSON payload received. Unknown name "parallel_tool_calls": Cannot find field.',
          status: 'INVALID_ARGUMENT',
        },
      },
    ],
  },
  {
    path: 'parallel_tool_calls',
    set: { tools: [look], parallel_tool_calls: true },
    status: 422,
    error: {
      message:
        'Failed to deserialize the JSON body: unknown field `parallel_tool_calls`, expected one of `messages`, `model`, `stream`, `temperature`',
    },
  },
  {
    path: 'stream_options',
    status: 422,
    only: 'chat-completions',
    error: {
      detail: [{ loc: ['body', 'stream_options', 'include_usage'], msg: 'Extra inputs are not permitted' }],
    },
  },
  {
    path: 'stream_options',
    only: 'chat-completions',
    error: {
      object: 'error',
      message:
        "[{'type': 'extra_forbidden', 'loc': ('body', 'stream_options'), 'msg': 'Extra inputs are not permitted', 'input': {'include_usage': True}}]",
      code: 400,
    },
  },
  {
    path: 'stream_options',
    status: 422,
    only: 'chat-completions',
    error: {
      object: 'error',
      message: {
        detail: [{ loc: ['body', 'stream_options', 'include_usage'], msg: 'Extra inputs are not permitted' }],
      },
    },
  },
  {
    path: 'stream',
    only: 'chat-completions',
    error: {
      error: {
        message:
          "Unsupported value: 'stream' does not support true with this model. Only the default (false) value is supported.",
        param: 'stream',
      },
    },
    omitted: ['stream'],
  },
  {
    path: 'reasoning_effort',
    only: 'chat-completions',
    set: { reasoning_effort: 'low' },
    error: { error: '"gemma3" does not support thinking' },
  },
  {
    path: 'reasoning',
    only: 'responses',
    set: { reasoning_effort: 'low' },
    error: {
      error: {
        message: "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
        param: 'reasoning.effort',
      },
    },
    omitted: ['reasoning_effort'],
  },
  {
    path: 'tool_choice',
    set: { tools: [look], tool_choice: 'required' },
    error: { error: { message: 'deepseek-reasoner does not support this tool_choice' } },
  },
  {
    path: 'tool_choice',
    set: { tools: [look], tool_choice: 'required' },
    status: 404,
    error: {
      error: { message: "No endpoints found that support the provided 'tool_choice' value.", code: 404 },
    },
  },
  { path: 'store', only: 'responses', error: { detail: 'Unsupported parameter: store' } },
  {
    path: 'include',
    only: 'responses',
    error: { error: { message: "Unknown parameter: 'include'.", param: 'include' } },
  },
  {
    path: 'tools.0.strict',
    only: 'responses',
    set: { tools: [look] },
    error: { error: { message: "Unknown parameter: 'tools[0].strict'.", param: 'tools[0].strict' } },
    omitted: ['strict'],
  },
  {
    path: 'tools.0.function.strict',
    only: 'chat-completions',
    set: { tools: [look] },
    error: [
      {
        error: {
          code: 400,
          message:
            'Invalid JSON payload received. Unknown name "strict" at \'tools[0].function\': Cannot find field.',
        },
      },
    ],
    omitted: ['strict'],
  },
  {
    path: 'tools.0.function.strict',
    only: 'chat-completions',
    set: { tools: [look] },
    error: { error: { message: "tools[0].function: property 'strict' is unsupported" } },
    omitted: ['strict'],
  },
  {
    path: 'temperature',
    set: sampling,
    error: { error: { message: 'Request {"model":"m"} failed: temperature is not supported.' } },
  },
  {
    path: 'top_p',
    set: { top_p: 0.5 },
    error: {
      success: false,
      error: {
        name: 'ZodError',
        issues: [
          {
            code: 'unrecognized_keys',
            keys: ['top_p'],
            path: [],
            message: "Unrecognized key(s) in object: 'top_p'",
          },
        ],
      },
    },
  },
  {
    path: 'top_p',
    set: { top_p: 0.5 },
    error: { error: [{ code: 'invalid_type', path: ['top_p'], message: 'Expected undefined' }] },
  },
  {
    path: 'reasoning',
    only: 'responses',
    set: { reasoning_effort: 'low' },
    status: 422,
    error: { detail: [{ loc: ['body', 'reasoning'], msg: 'Extra inputs are not permitted' }] },
    omitted: ['reasoning_effort'],
  },
  {
    path: 'max_output_tokens',
    only: 'responses',
    set: { max_completion_tokens: 300 },
    error: { detail: 'Unsupported parameter: max_output_tokens' },
  },
  {
    path: 'temperature',
    set: sampling,
    status: 500,
    error: { error: { message: 'temperature is not supported', type: 'server_error' } },
  },
  {
    path: 'temperature',
    set: sampling,
    status: 501,
    error: { errors: { Temperature: ['Not implemented.'] } },
  },
];

for (const kind of kinds) {
  describe(`a ${kind} server that rejects a parameter`, () => {
    for (const { path, set, status = 400, error, omitted = [path], only } of cases) {
      if (only && only !== kind) continue;
      it(`gets the request without ${path}, and never again: ${JSON.stringify(error).slice(0, 110)}`, async () => {
        const script = rejecting(kind, path, (response) => sendJSON(response, status, error));
        const first = await trial(kind, script);
        const { run, text, steps } = await first.say('Hello', set);
        deepEqual([run.status, run.last_error, text], ['completed', null, 'Yes']);
        deepEqual(
          steps.map(({ turn }) => turn.omitted),
          [omitted],
        );
        // A 500 is tried again as it is, before its words count.
        const refused = first.bodies().length - 1;
        equal(refused, status >= 500 ? 3 : 1);

        const again = await first.say('Again', set);
        deepEqual([again.text, again.steps.map(({ turn }) => turn.omitted)], ['Yes', [omitted]]);
        const restarted = await trial(kind, script, { dataDir: first.dataDir, server: first.server });
        equal((await restarted.say('Still?', set as never)).text, 'Yes');
        deepEqual(
          first
            .bodies()
            .map((body) => at(body, path) !== undefined)
            .lastIndexOf(true),
          refused - 1,
        );
        equal(first.bodies().length, refused + 3);
      });
    }
  });
}

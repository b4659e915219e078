import { deepEqual } from 'node:assert/strict';
import { ModelError } from '../../../src/engine/models/modelProvider';
import { rejectedParts, type Part } from '../../../src/engine/models/server/rejectedParts';

/** A request that has everything. */
const all = new Map<Part, string | undefined>([
  ['temperature', '0.2'],
  ['top_p', '0.5'],
  ['parallel_tool_calls', 'false'],
  ['tool_choice', 'required'],
  ['reasoning_effort', 'minimal'],
  ['json_schema', 'answer'],
  ['strict', undefined],
  ['stream', undefined],
  ['stream_options', undefined],
  ['store', undefined],
  ['max_tokens', '9000'],
  ['system', undefined],
  ['repeated_roles', undefined],
  ['null_content', '2'],
]);

function read(status: number, body: unknown): string[] {
  const answer = typeof body === 'string' ? body : JSON.stringify(body);
  const error = new ModelError(answer.slice(0, 400), 'invalid_prompt', status, { answer });
  return rejectedParts(error, all).map(({ part, scope }) =>
    scope === 'always' ? part : `${part}: ${scope}`,
  );
}

describe('the parts of a request that an error names', () => {
  const errors: [expected: string[], status: number, body: unknown][] = [
    [
      ['temperature'],
      400,
      {
        error: {
          message:
            "litellm.UnsupportedParamsError: gpt-5 models don't support temperature=0.84. Only temperature=1 is supported. To drop unsupported params set `litellm.drop_params = True`.",
          type: 'None',
          param: null,
          code: '400',
        },
      },
    ],
    [
      ['top_p'],
      400,
      {
        error: {
          message:
            "litellm.BadRequestError: OpenAIException - Unsupported parameter: 'top_p' is not supported with this model.. Received Model Group=gpt-5",
        },
      },
    ],
    [
      ['temperature'],
      400,
      {
        error: {
          cause:
            '{\n "error": {\n "message": "Unsupported value: \'temperature\' does not support 0.1 with this model. Only the default (1) value is supported.",\n "param": "temperature",\n "code": "unsupported_value"\n }\n}',
          code: 400,
          message: '模型服务调用失败',
        },
      },
    ],
    [
      ['temperature'],
      400,
      'Request Failed: 400 {"error":{"message":"invalid temperature: only 1 is allowed for this model","type":"invalid_request_error"}}',
    ],
    [
      ['top_p: beside temperature'],
      400,
      {
        error: {
          message:
            '{"type":"error","error":{"type":"invalid_request_error","message":"`temperature` and `top_p` cannot both be specified for this model. Please use only one."}}',
        },
      },
    ],
    [['temperature: value'], 400, { error: { message: 'temperature 参数非法', code: '1210' } }],
    [
      ['max_tokens: value or more'],
      400,
      {
        error: {
          message: 'Invalid max_tokens value, the valid range of max_tokens is [1, 8192]',
          type: 'invalid_request_error',
          param: null,
          code: 'invalid_request_error',
        },
      },
    ],
    [
      ['max_tokens: value or more'],
      400,
      {
        error: {
          message: '<400> InternalError.Algo.InvalidParameter: Range of max_tokens should be [1, 8192]',
        },
      },
    ],
    [
      ['max_tokens: value or more'],
      400,
      {
        error: {
          message: 'Param Incorrect',
          param:
            'max_tokens is too large: 1048576. This model supports at most 131072 completion tokens, whereas you provided 1048576.',
          code: '400',
        },
      },
    ],
    [
      ['max_tokens: value or more'],
      400,
      {
        error: {
          code: 'InvalidParameter',
          message:
            'The parameter max_tokens specified in the request is not valid: integer above maximum value, expected a value <= 32768, but got 64000 instead.',
          param: 'max_tokens',
          type: 'BadRequest',
        },
      },
    ],
    [
      ['max_tokens: value or more'],
      400,
      {
        error: {
          message:
            '`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is less than the `context_window` for this model',
          type: 'invalid_request_error',
        },
      },
    ],
    [
      ['max_tokens: value or less'],
      400,
      {
        error: {
          message:
            "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 5 instead.",
          param: 'max_output_tokens',
          code: 'integer_below_min_value',
        },
      },
    ],
    [
      ['max_tokens'],
      400,
      {
        error: {
          message:
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
          param: 'max_tokens',
          code: 'unsupported_parameter',
        },
      },
    ],
    [
      ['reasoning_effort: value'],
      400,
      {
        error: {
          message: 'invalid reasoning value: \'minimal\' (must be "high", "medium", "low", or "none")',
        },
      },
    ],
    [
      ['reasoning_effort'],
      400,
      { error: { message: '"llama3" does not support thinking', type: 'api_error' } },
    ],
    [
      ['reasoning_effort'],
      400,
      { error: { message: 'Thinking level is not supported for this model.', status: 'INVALID_ARGUMENT' } },
    ],
    [
      ['parallel_tool_calls'],
      400,
      { error: { message: 'This model does not support parallel tool calls.' } },
    ],
    [
      ['json_schema'],
      400,
      {
        error: {
          message:
            'This model does not support response format `json_schema`. See supported models at https://example.com',
          type: 'invalid_request_error',
        },
      },
    ],
    [['json_schema'], 400, { error: { message: 'Json mode is not enabled for models/gemini-pro' } }],
    [['stream_options'], 400, { error: { message: 'json: unknown field "stream_options"' } }],
    [
      ['stream_options'],
      400,
      { message: "Additional properties are not allowed ('stream_options' was unexpected)" },
    ],
    [
      ['strict'],
      422,
      {
        detail: [
          {
            loc: ['body', 'tools', 0, 'function', 'strict'],
            msg: 'extra fields not permitted',
            type: 'value_error.extra',
          },
        ],
      },
    ],
    [['store'], 400, { error: { message: 'Unrecognized request argument supplied: store' } }],
    [
      ['system'],
      400,
      {
        error: {
          message: "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
          param: 'messages[0].role',
          code: 'unsupported_value',
        },
      },
    ],
    [
      ['system'],
      500,
      { error: { code: 500, message: 'Only user, assistant and tool roles are supported, got system' } },
    ],
    [['system'], 400, { detail: 'System role not supported' }],
    [['system'], 500, { error: 'message role not supported yet: system' }],
    [
      ['repeated_roles'],
      500,
      {
        error: {
          code: 500,
          message:
            "After the optional system message, conversation roles must alternate user and assistant roles except for tool calls and results. at row 189:\n {%- if (message['role'] == 'user') != (ns.index % 2 == 0) %} {{- raise_exception('...') }} message['content'] is none",
        },
      },
    ],
    [
      ['repeated_roles'],
      400,
      { message: "Unexpected role 'user' after role 'tool'", type: 'invalid_request_message_order' },
    ],
    [
      ['parallel_tool_calls'],
      400,
      {
        error: {
          message: 'Supported parameters are temperature, top_p, max_tokens; unknown: parallel_tool_calls',
        },
      },
    ],
    // Not about a part of these.
    [
      [],
      400,
      {
        error: {
          message:
            "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4000 in the messages, 1000 in the completion). Please reduce max_tokens.",
          code: 'context_length_exceeded',
        },
      },
    ],
    [
      [],
      422,
      {
        error:
          'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 500 `max_new_tokens`',
        error_type: 'validation',
      },
    ],
    [
      [],
      400,
      {
        error: {
          message:
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
          param: 'messages',
        },
      },
    ],
    [
      [],
      400,
      {
        error: {
          message:
            "Invalid schema for function 'look': In context=(), 'additionalProperties' is required to be supplied and to be false.",
          param: 'tools[0].function.parameters',
        },
      },
    ],
    [
      [],
      400,
      {
        error: {
          message:
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'.",
          param: 'messages.[3].role',
        },
      },
    ],
    [[], 400, { error: { message: 'registry.ollama.ai/library/gemma:2b does not support tools' } }],
    [[], 401, { error: { message: 'Incorrect API key provided' } }],
    [[], 429, { error: { message: 'Rate limit reached for max_tokens per minute' } }],
    [[], 500, { error: { message: 'The stream was closed while the temperature was read' } }],
    [[], 400, { error: { message: 'Could not store the file: disk is full' } }],
    [
      [],
      422,
      {
        detail: [
          {
            loc: ['body', 'messages', 0, 'content', 1, 'image_url'],
            msg: 'Extra inputs are not permitted',
            input: { temperature: 1, stream_options: {} },
          },
        ],
      },
    ],
    [
      [],
      400,
      {
        error: {
          message:
            "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
          param: 'prompt',
          code: 'content_filter',
        },
      },
    ],
  ];
  for (const [expected, status, body] of errors) {
    it(`are ${expected.join() || 'none'}: ${status} ${JSON.stringify(body).slice(0, 120)}`, () =>
      deepEqual(read(status, body), expected));
  }
});

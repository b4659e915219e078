import { doesNotMatch, match } from 'node:assert/strict';
import { statusError } from '../../../src/engine/models/modelErrors';

function messageOf(status: number, error: unknown): string {
  const server = { label: 'Test', baseURL: 'https://models.example/v1', secrets: [] };
  return statusError(server, { status, body: JSON.stringify(error) }).message;
}

describe('the advice of an error', () => {
  const unknownModels: [status: number, error: unknown][] = [
    [
      404,
      {
        error: {
          message: 'The model `x` does not exist or you do not have access to it.',
          code: 'model_not_found',
        },
      },
    ],
    [404, { error: 'model "nope" not found, try pulling it first' }],
    [400, { object: 'error', message: 'Invalid model: mistral-x', type: 'invalid_model', code: '1500' }],
    [400, { error: { message: 'x/y is not a valid model ID', code: 400 } }],
    [400, { error: { message: 'Model Not Exist', type: 'invalid_request_error' } }],
    [
      404,
      [
        {
          error: {
            code: 404,
            message:
              'models/gemini-0 is not found for API version v1main, or is not supported for generateContent.',
          },
        },
      ],
    ],
    [404, { type: 'error', error: { type: 'not_found_error', message: 'model: claude-0' } }],
    [
      400,
      {
        error: {
          message: 'The model `llama-0` has been decommissioned and is no longer supported.',
          code: 'model_decommissioned',
        },
      },
    ],
    [404, { error: { message: 'No models loaded. Please load a model in the developer page.' } }],
    [
      404,
      {
        error: {
          code: 'DeploymentNotFound',
          message: 'The API deployment for this resource does not exist.',
        },
      },
    ],
    [400, { error: { message: 'Unknown model: x', code: 'unknown_model' } }],
    [400, { error: { message: '模型不存在，请检查模型代码。', code: '1211' } }],
    [
      404,
      {
        error: {
          message: 'This is not a chat model and thus not supported in the v1/chat/completions endpoint.',
        },
      },
    ],
  ];
  for (const [status, error] of unknownModels) {
    it(`is to choose a model: ${JSON.stringify(error)}`, () =>
      match(messageOf(status, error), /Choose one of its models/));
  }

  const otherFaults: [status: number, error: unknown][] = [
    [400, { error: { message: "Unsupported parameter: 'temperature' is not supported with this model." } }],
    [400, { error: { message: 'This model only supports the default value of top_p.' } }],
    [400, { error: { message: 'model output must contain either output text or tool calls' } }],
    [400, { error: { message: 'Invalid parameter: the model expects messages to alternate.' } }],
    [
      422,
      {
        detail: [
          { loc: ['body', 'messages', 0], msg: 'Input should be a valid dictionary or object of the model' },
        ],
      },
    ],
    [404, { error: { message: 'Not Found' } }],
    [400, { error: { message: 'The model stopped with an error: out of memory' } }],
  ];
  for (const [status, error] of otherFaults) {
    it(`is not to choose a model: ${JSON.stringify(error)}`, () =>
      doesNotMatch(messageOf(status, error), /Choose/));
  }

  for (const message of [
    'registry.ollama.ai/library/gemma:2b does not support tools',
    'No endpoints found that support tool use. To learn more about provider routing, visit: …',
    '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
    'This model does not support function calling.',
    'Function calling is not enabled for models/gemma-3-27b-it',
    '`tools` are not supported with this model',
  ]) {
    it(`is to do without tools: ${message}`, () =>
      match(
        messageOf(400, { error: { message } }),
        /Choose a model that supports tools, or remove the tools\.$/,
      ));
  }
});

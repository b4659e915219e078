import { equal, match, ok } from 'node:assert/strict';
import { readErrorBody } from '../../../src/engine/models/server/errors/errorBody';
import { contextLimitIn, isTooLong } from '../../../src/engine/models/server/errors/tooLong';
import { sendEvents, sendJSON } from '../models/support';
import { kinds, sendText, trial } from './support';

/** Words of servers, with the status they come with and the limit that they name. */
const tooLong: readonly [words: string, limit?: number, status?: number][] = [
  ['The total length of all messages is too long'],
  ["This model's maximum prompt length is 131072 but the request contains 537812 tokens.", 131_072],
  ['prompt is too long: 210000 tokens > 200000 maximum', 200_000],
  ['The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).', 1_048_576],
  [
    'Unable to submit request because the input token count is 40000 but model only supports up to 32768.',
    32_768,
  ],
  [
    'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens and 100 `max_new_tokens`',
    4096,
    422,
  ],
  ['Input validation error: `inputs` must have less than 4095 tokens. Given: 5000', 4095, 422],
  ['the request exceeds the available context size. try increasing the context size or enable context shift'],
  ['request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it', 4096],
  [
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens. Please reduce the length of the messages.",
    8192,
  ],
  [
    "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (1000 in the messages, 4000 in the completion).",
    4096,
  ],
  [
    'Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192',
    8192,
  ],
  ['too many tokens: size limit exceeded by 1234 tokens. Try using shorter or fewer inputs.'],
  [
    "Invalid 'messages[1].content': string too long. Expected a string with maximum length 1048576, but got a string with length 2000000 instead.",
  ],
  ['Input is too long for requested model.'],
  ['Range of input length should be [1, 30720]', 30_720],
  ['Invalid request: Your request exceeded model token limit: 8192', 8192],
  ['tokens in request more than max tokens allowed'],
  [
    'Prompt contains 65673 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
    32_768,
  ],
  ['prompt token count of 140000 exceeds the limit of 128000', 128_000],
  ['Request body too large for gpt-4o model. Max size: 8000 tokens.', 8000, 413],
  [
    'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length',
    200_000,
  ],
  [
    'The number of tokens to keep from the initial prompt is greater than the context length. However, the model is loaded with context length of only 4096 tokens',
    4096,
  ],
  ['prompt too long; exceeded max context length by 12 tokens'],
  ['The prompt is too long: 140000, model maximum context length: 131071', 131_071],
  ["Requested token count exceeds the model's maximum context length of 131072 tokens.", 131_072],
  ['invalid params, context window exceeds limit (2013)'],
  ['Input Tokens Exceeded: Number of input tokens exceeds maximum length.'],
  ['max_tokens must be at least 1, got -276.'],
  [
    'The decoder prompt (length 40000) is longer than the maximum model length of 32768. Make sure that `max_model_len` is no smaller than the number of text tokens.',
    32_768,
  ],
  ['Request Entity Too Large', undefined, 413],
  ['Prompt 超长'],
];

/** What is about something else. */
const others: readonly [words: string, status: number][] = [
  [
    'max_tokens is too large: 50000. This model supports at most 16384 completion tokens, whereas you provided 50000.',
    400,
  ],
  [
    "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context length is 4096 tokens and your request has 3 input tokens (5000 > 4096 - 3).",
    400,
  ],
  ['max_tokens: 50000 > 8192, which is the maximum allowed number of output tokens for this model', 400],
  ['Invalid max_tokens value, the valid range of max_tokens is [1, 8192]', 400],
  [
    'Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 29000, Requested 4500. Please try again in 7s.',
    429,
  ],
  ['Too many tokens, please wait before trying again.', 429],
  ['Too many requests', 429],
  [
    "Invalid 'tools[0].function.name': string too long. Expected a string with maximum length 64, but got a string with length 80 instead.",
    400,
  ],
  [
    "Invalid 'input[1].call_id': string too long. Expected a string with maximum length 64, but got a string with length 90 instead.",
    400,
  ],
  ['You exceeded your current quota, please check your plan and billing details.', 429],
  ['The model `gpt-9` does not exist', 404],
  ['Invalid image: the file is broken', 400],
];

describe('errors of requests that are too long', () => {
  it('are known in the words of many servers, with the window that they name', () => {
    for (const [words, limit, status = 400] of tooLong) {
      for (const body of [{ error: { message: words } }, { object: 'error', message: words }])
        ok(isTooLong(readErrorBody(JSON.stringify(body)), status), words);
      equal(contextLimitIn(words), limit, words);
    }
  });

  it('are known by their code', () => {
    for (const code of ['context_length_exceeded', 'exceed_context_size_error', 'string_above_max_length'])
      ok(isTooLong(readErrorBody(JSON.stringify({ error: { message: 'No.', code } })), 400), code);
  });

  it('are not taken for errors about the length of the answer, rates or other things', () => {
    for (const [words, status] of others)
      equal(isTooLong(readErrorBody(JSON.stringify({ error: { message: words } })), status), false, words);
  });

  it('may be about what an account may send at once, which is no window of a model', () => {
    const words =
      'Request too large for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Requested 45000.';
    ok(isTooLong(readErrorBody(words), 429));
    equal(contextLimitIn(words), undefined);
  });
});

for (const kind of kinds) {
  describe(`a ${kind} server that takes no long request`, () => {
    /** Fills the thread, and returns the run after that. */
    async function longTrial(fail: Parameters<typeof trial>[1]) {
      let longest = Infinity;
      const made = await trial(kind, (response, asked, at) => {
        const size = JSON.stringify(asked.body).length;
        if (size > longest) fail(response, asked, at);
        else sendText(kind, response, 'Fine.');
      });
      const filler = 'word '.repeat(600);
      for (let at = 0; at < 8; at++)
        await made.client.beta.threads.messages.create(made.threadId, { role: 'user', content: filler });
      longest = 12_000;
      return made;
    }

    for (const [words, , status = 400] of tooLong.slice(0, 5)) {
      it(`is sent a shorter one: ${words}`, async () => {
        const { say, bodies } = await longTrial((response) =>
          sendJSON(response, status, { error: { message: words } }),
        );
        const { run, text } = await say('Hello');
        equal(run.status, 'completed', run.last_error?.message);
        equal(text, 'Fine.');
        ok(bodies().length > 1);
        equal((await say('Again')).text, 'Fine.');
      });
    }

    it('may say so inside a stream', async () => {
      const error = { code: 'context_length_exceeded', message: 'Your input exceeds the context window.' };
      const { say } = await longTrial((response) => {
        if (kind === 'responses') {
          const created = { type: 'response.created', response: { status: 'in_progress', error: null } };
          const failed = { type: 'response.failed', response: { status: 'failed', error, output: [] } };
          sendEvents(response, [created, failed], false);
        } else {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.end(
            'error: {"code":400,"message":"the request exceeds the available context size","type":"invalid_request_error"}\n\ndata: [DONE]\n\n',
          );
        }
      });
      const { run, text } = await say('Hello');
      equal(run.status, 'completed', run.last_error?.message);
      equal(text, 'Fine.');
      equal((await say('Again')).text, 'Fine.');
    });

    it('may say so with status 200', async () => {
      const { say } = await longTrial((response) =>
        sendJSON(response, 200, {
          error: { message: 'The total length of all messages is too long', code: 400 },
        }),
      );
      equal((await say('Hello')).text, 'Fine.');
    });

    it('is not sent a shorter one if its limit is about the answer', async () => {
      const words = 'Invalid max_tokens value, the valid range of max_tokens is [1, 8192]';
      const { say } = await longTrial((response) => sendJSON(response, 400, { error: { message: words } }));
      const { run } = await say('Hello');
      equal(run.status, 'failed');
      match(run.last_error?.message ?? '', /the valid range of max_tokens/);
    });
  });
}

import { doesNotMatch, equal, match, ok } from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { chatModelAt, delta, modelErrorOf, rawServer, sendEvents, sendJSON } from '../models/support';
import { kinds, sendText, trial, type Kind } from './support';

type Code = 'server_error' | 'rate_limit_exceeded' | 'invalid_prompt';

/** What a server answers, and what the run must say of it. */
interface Case {
  name: string;
  status: number;
  body: unknown;
  says: RegExp;
  code: Code;
  /** The advice at the end. */
  advice: RegExp;
}

const setKey = /Set the connection's API key\.$/;
const billing = /Check the plan and billing of its account\.$/;
const later = /Retry in a while\.$/;
const rephrase = /Change the message, or use another model\.$/;
const shorten = /Start a new thread, or send less\.$/;

const bodies: readonly Case[] = [
  {
    name: "OpenAI's form",
    status: 401,
    body: {
      error: {
        message: 'Incorrect API key provided: x.',
        type: 'invalid_request_error',
        code: 'invalid_api_key',
      },
    },
    says: /answered 401: Incorrect API key provided: x\./,
    code: 'server_error',
    advice: setKey,
  },
  {
    name: "xAI's form, with 400",
    status: 400,
    body: {
      code: 'Client specified an invalid argument',
      error: 'Incorrect API key provided: xx. You can obtain an API key from https://console.x.ai.',
    },
    says: /answered 400: Incorrect API key provided: xx\./,
    code: 'server_error',
    advice: setKey,
  },
  {
    name: "FastAPI's detail",
    status: 401,
    body: { detail: 'Could not validate credentials' },
    says: /answered 401: Could not validate credentials\./,
    code: 'server_error',
    advice: setKey,
  },
  {
    name: "pydantic's list, with the place of the error",
    status: 422,
    body: {
      detail: [{ type: 'missing', loc: ['body', 'messages', 0, 'name'], msg: 'Field required', input: {} }],
    },
    says: /answered 422: messages\.0\.name: Field required\./,
    code: 'invalid_prompt',
    advice: /required\.$/,
  },
  {
    name: "MiniMax's base_resp",
    status: 401,
    body: { base_resp: { status_code: 1004, status_msg: 'login fail: Please carry the API secret key' } },
    says: /login fail: Please carry the API secret key\./,
    code: 'server_error',
    advice: setKey,
  },
  {
    name: "vLLM's object",
    status: 400,
    body: {
      object: 'error',
      message: 'The seed is invalid.',
      type: 'BadRequestError',
      param: null,
      code: 400,
    },
    says: /answered 400: The seed is invalid\.$/,
    code: 'invalid_prompt',
    advice: /invalid\.$/,
  },
  {
    name: "DashScope's form",
    status: 401,
    body: { code: 'InvalidApiKey', message: 'Invalid API-key provided.', request_id: 'f1' },
    says: /answered 401: Invalid API-key provided\./,
    code: 'server_error',
    advice: setKey,
  },
  {
    name: 'an overdue account at DashScope',
    status: 400,
    body: {
      code: 'Arrearage',
      message: 'Access denied, please make sure your account is in good standing.',
      request_id: 'f1',
    },
    says: /answered 400: Access denied/,
    code: 'rate_limit_exceeded',
    advice: billing,
  },
  {
    name: "Cohere's message",
    status: 401,
    body: { id: '1', message: 'invalid api token' },
    says: /answered 401: invalid api token\./,
    code: 'server_error',
    advice: setKey,
  },
  {
    name: "Google's list",
    status: 400,
    body: [
      {
        error: {
          code: 400,
          message: 'API key not valid. Please pass a valid API key.',
          status: 'INVALID_ARGUMENT',
          details: [{ '@type': 't', reason: 'API_KEY_INVALID' }],
        },
      },
    ],
    says: /answered 400: API key not valid\. Please pass a valid API key\./,
    code: 'server_error',
    advice: setKey,
  },
  {
    name: "Cloudflare's errors",
    status: 403,
    body: {
      success: false,
      errors: [{ code: 10000, message: 'Authentication error' }],
      messages: [],
      result: null,
    },
    says: /answered 403: Authentication error\./,
    code: 'server_error',
    advice: setKey,
  },
  {
    name: 'a list of errors',
    status: 400,
    body: { errors: [{ message: 'First is bad' }, { message: 'Second is bad' }] },
    says: /answered 400: First is bad; Second is bad\./,
    code: 'invalid_prompt',
    advice: /bad\.$/,
  },
  {
    name: 'problem details',
    status: 403,
    body: { type: 'about:blank', status: 403, title: 'Forbidden', detail: 'Authorization failed' },
    says: /answered 403: Authorization failed\./,
    code: 'server_error',
    advice: /Set an API key that is allowed to do this\.$/,
  },
  {
    name: 'a label beside the words',
    status: 400,
    body: { statusCode: 400, error: 'Bad Request', message: 'seed must be an integer' },
    says: /answered 400: seed must be an integer\./,
    code: 'invalid_prompt',
    advice: /integer\.$/,
  },
  {
    name: 'JSON in a string',
    status: 400,
    body: {
      error: {
        message:
          '{\n "error": {"code": 400, "message": "The image is broken", "status": "INVALID_ARGUMENT"}}',
      },
    },
    says: /answered 400: The image is broken\./,
    code: 'invalid_prompt',
    advice: /broken\.$/,
  },
  {
    name: 'JSON after the words of a gateway',
    status: 400,
    body: {
      error: {
        message: 'litellm.BadRequestError: XException - {"error":{"message":"The image is broken"}}',
        code: '400',
      },
    },
    says: /answered 400: The image is broken\./,
    code: 'invalid_prompt',
    advice: /broken\.$/,
  },
  {
    name: 'the words of the provider behind OpenRouter',
    status: 400,
    body: {
      error: {
        message: 'Provider returned error',
        code: 400,
        metadata: {
          raw: '{"type":"error","error":{"type":"invalid_request_error","message":"seed: not supported"}}',
          provider_name: 'X',
        },
      },
    },
    says: /answered 400: seed: not supported\./,
    code: 'invalid_prompt',
    advice: /supported\.$/,
  },
  {
    name: 'plain words of the provider behind OpenRouter',
    status: 403,
    body: {
      error: {
        message: 'Provider returned error',
        code: 403,
        metadata: { raw: 'You have no access to this', provider_name: 'X' },
      },
    },
    says: /answered 403: You have no access to this\./,
    code: 'server_error',
    advice: /allowed to do this\.$/,
  },
  {
    name: 'a prompt that Azure filtered',
    status: 400,
    body: {
      error: {
        message:
          "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        type: null,
        param: 'prompt',
        code: 'content_filter',
        status: 400,
        innererror: {
          code: 'ResponsibleAIPolicyViolation',
          content_filter_result: { violence: { filtered: true, severity: 'medium' } },
        },
      },
    },
    says: /answered 400: The response was filtered due to the prompt/,
    code: 'invalid_prompt',
    advice: rephrase,
  },
  {
    name: 'no credit at Anthropic',
    status: 400,
    body: {
      type: 'error',
      error: { type: 'invalid_request_error', message: 'Your credit balance is too low to access the API.' },
    },
    says: /answered 400: Your credit balance is too low/,
    code: 'rate_limit_exceeded',
    advice: billing,
  },
  {
    name: 'no credit at OpenRouter',
    status: 402,
    body: { error: { code: 402, message: 'Insufficient credits' } },
    says: /answered 402: Insufficient credits\./,
    code: 'rate_limit_exceeded',
    advice: billing,
  },
  {
    name: 'a request with more tokens than a minute has',
    status: 429,
    body: {
      error: {
        message:
          'Request too large for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Requested 45000. The input or output tokens must be reduced in order to run successfully.',
        type: 'tokens',
        code: 'rate_limit_exceeded',
      },
    },
    says: /answered 429: Request too large for gpt-4o.*Limit 30000, Requested 45000/,
    code: 'rate_limit_exceeded',
    advice: shorten,
  },
  {
    name: 'a web page of a gateway',
    status: 403,
    body: '<!DOCTYPE html><html><head><title>Access denied &amp; logged</title></head></html>',
    says: /answered 403: Access denied & logged\./,
    code: 'server_error',
    advice: /allowed to do this\.$/,
  },
];

function send(response: ServerResponse, status: number, body: unknown): void {
  if (typeof body !== 'string') return sendJSON(response, status, body);
  response.writeHead(status, { 'content-type': 'text/html' }).end(body);
}

for (const kind of kinds) {
  describe(`a ${kind} server that reports an error`, () => {
    for (const { name, status, body, says, code, advice } of bodies) {
      it(`is quoted: ${name}`, async () => {
        const { say } = await trial(kind, (response, _, at) => {
          if (at === 0) send(response, status, body);
          else sendText(kind, response, 'Fine again.');
        });
        const { run } = await say('Hello');
        equal(run.status, 'failed');
        match(run.last_error?.message ?? '', says);
        match(run.last_error?.message ?? '', advice);
        equal(run.last_error?.code, code);
        equal((await say('Again')).text, 'Fine again.');
      });
    }

    it('is quoted if it does so in place of an answer, with status 200', async () => {
      const answers: [body: unknown, says: RegExp, code: Code][] = [
        [{ error: { code: 400, message: 'The seed is bad' } }, /: The seed is bad\./, 'invalid_prompt'],
        [{ error: 'Incorrect API key' }, /: Incorrect API key\. Set the/, 'server_error'],
        [{ error: { type: 'invalid_request_error', message: 'Bad seed' } }, /: Bad seed\./, 'invalid_prompt'],
        [{ status: 400, message: 'Wrong seed' }, /: Wrong seed\./, 'invalid_prompt'],
        [
          { code: 401, msg: 'Your token is wrong', data: null },
          /: Your token is wrong\. Set/,
          'server_error',
        ],
        [
          { status: '439', msg: 'Your API Token has expired.', body: null },
          /: Your API Token has expired\. Set/,
          'server_error',
        ],
        [{ detail: 'No such route' }, /: No such route\./, 'server_error'],
        [
          { base_resp: { status_code: 1004, status_msg: 'login fail' }, choices: null },
          /: login fail\. Set/,
          'server_error',
        ],
        [
          [{ error: { code: 400, message: 'Bad again', status: 'INVALID_ARGUMENT' } }],
          /: Bad again\./,
          'invalid_prompt',
        ],
        [
          { status: 400, error: { code: 'content_filter', message: 'It was filtered' } },
          /: It was filtered\. Change/,
          'invalid_prompt',
        ],
        [
          { hello: 'world' },
          /cannot be read: “\{"hello":"world"\}” is not an answer of a model\./,
          'server_error',
        ],
      ];
      const { say } = await trial(kind, (response, _, at) => {
        const answer = answers[at];
        if (answer) sendJSON(response, 200, answer[0]);
        else sendText(kind, response, 'Fine again.');
      });
      for (const [body, says, code] of answers) {
        const { run } = await say('Hello');
        equal(run.status, 'failed', JSON.stringify(body));
        match(run.last_error?.message ?? '', says);
        doesNotMatch(run.last_error?.message ?? '', /answered 200/);
        equal(run.last_error?.code, code, JSON.stringify(body));
      }
      equal((await say('Again')).text, 'Fine again.');
    });

    it('is quoted if it does so inside a stream', async () => {
      const streams: [stream: string, says: RegExp, code: Code][] = [
        [
          'error: {"code":400,"message":"the seed is bad","type":"invalid_request_error"}\n\ndata: [DONE]\n\n',
          /: the seed is bad\./,
          'invalid_prompt',
        ],
        [
          'event: error\ndata: {"code":400,"message":"the seed is bad"}\n\n',
          /: the seed is bad\./,
          'invalid_prompt',
        ],
        ['event: error\ndata: out of memory\n\n', /: out of memory\. Retry/, 'server_error'],
        [
          'data: {"error":{"message":"the seed is bad"},"status_code":400}\n\ndata: [DONE]\n\n',
          /: the seed is bad\./,
          'invalid_prompt',
        ],
        [
          'data: {"message":"the seed is bad","status_code":400}\n\n',
          /: the seed is bad\./,
          'invalid_prompt',
        ],
        [
          'data: {"message":"The seed is bad","code":"invalid_request"}\n\n',
          /: The seed is bad\./,
          'invalid_prompt',
        ],
        [
          'data: {"type":"error","error":{"type":"invalid_request_error","message":"bad seed"}}\n\n',
          /: bad seed\./,
          'invalid_prompt',
        ],
        ['data: {"error":"invalid api key"}\n\n', /: invalid api key\. Set/, 'server_error'],
        [
          'data: {"object":"error","message":"bad seed","type":"BadRequestError","code":400}\n\n',
          /: bad seed\./,
          'invalid_prompt',
        ],
        ['{"error":{"message":"bad seed","code":400}}', /: bad seed\./, 'invalid_prompt'],
      ];
      const { say } = await trial(kind, (response, _, at) => {
        const stream = streams[at];
        if (!stream) return sendText(kind, response, 'Fine again.');
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end(stream[0]);
      });
      for (const [stream, says, code] of streams) {
        const { run } = await say('Hello');
        equal(run.status, 'failed', stream);
        match(run.last_error?.message ?? '', says, stream);
        equal(run.last_error?.code, code, stream);
      }
      equal((await say('Again')).text, 'Fine again.');
    });

    it('says that it limits the rate, with any status, and is asked again before a run fails', async () => {
      const answers: [status: number, body: unknown][] = [
        [429, { error: { message: 'Slow down' } }],
        [400, { error: { message: 'Rate limit reached for requests' } }],
        [529, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }],
        [200, { error: { message: 'Slow down', code: 429 } }],
        [400, { code: 'Throttling.RateQuota', message: 'Requests rate limit exceeded.' }],
        [
          429,
          [
            {
              error: {
                code: 429,
                message: 'You exceeded your current quota. Please retry in 32.5s.',
                status: 'RESOURCE_EXHAUSTED',
              },
            },
          ],
        ],
      ];
      for (const [status, body] of answers) {
        const failing = await trial(kind, (response) => sendJSON(response, status, body));
        const { run } = await failing.say('Hello');
        equal(run.last_error?.code, 'rate_limit_exceeded', JSON.stringify(body));
        match(run.last_error?.message ?? '', later);
        equal(failing.bodies().length, 3, JSON.stringify(body));
        const busy = await trial(kind, (response, _, at) =>
          at === 0 ? sendJSON(response, status, body) : sendText(kind, response, 'Now.'),
        );
        equal((await busy.say('Hello')).text, 'Now.');
      }
    });

    it('is asked again if it is overloaded before the first token, and not later', async () => {
      const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
      const before = await trial(kind, (response, _, at) => {
        if (at > 0) return sendText(kind, response, 'Now.');
        sendEvents(response, [announcement(kind), overloaded], false);
      });
      equal((await before.say('Hello')).text, 'Now.');
      equal(before.bodies().length, 2);

      const later = await trial(kind, (response) => sendEvents(response, [...half(kind), overloaded], false));
      const { run, text } = await later.say('Hello');
      equal(text, 'Half');
      match(run.last_error?.message ?? '', /ended its answer with an error: Overloaded\. Retry/);
      equal(run.last_error?.code, 'rate_limit_exceeded');
      equal(later.bodies().length, 1);
    });

    it('fails an answer that it filtered before any text', async () => {
      const { say } = await trial(kind, (response, _, at) => {
        if (at > 0) return sendText(kind, response, 'Fine again.');
        if (kind === 'chat-completions') {
          const result = { content_filter_results: { violence: { filtered: true, severity: 'medium' } } };
          const chunk = delta({}, 'content_filter') as { choices: object[] };
          sendEvents(response, [{ choices: [{ ...chunk.choices[0], ...result }] }]);
        } else {
          const incomplete = {
            status: 'incomplete',
            incomplete_details: { reason: 'content_filter' },
            output: [],
          };
          sendEvents(response, [{ type: 'response.incomplete', response: incomplete }], false);
        }
      });
      const { run } = await say('Hello');
      equal(run.status, 'failed');
      equal(run.last_error?.code, 'invalid_prompt');
      match(run.last_error?.message ?? '', /filtered the answer/);
      equal((await say('Again')).text, 'Fine again.');
    });

    it('is not taken to fail for what only looks like an error', async () => {
      const { say } = await trial(kind, (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        for (const event of [
          { type: 'ping' },
          { status: 'processing', message: 'Queued at position 3' },
          { error: null, choices: [] },
          { code: 0, message: 'Success', base_resp: { status_code: 0, status_msg: '' } },
          { choices: [], prompt_filter_results: [{ content_filter_results: { hate: { filtered: false } } }] },
        ])
          response.write(`data: ${JSON.stringify(event)}\n\n`);
        for (const event of half(kind)) response.write(`data: ${JSON.stringify(event)}\n\n`);
        response.end(
          kind === 'chat-completions'
            ? `data: ${JSON.stringify(delta({}, 'stop'))}\n\ndata: [DONE]\n\n`
            : completed,
        );
      });
      const { run, text } = await say('Hello');
      equal(run.status, 'completed', run.last_error?.message);
      equal(text, 'Half');
    });
  });
}

describe('a chat-completions server that reports an error at the end', () => {
  it('fails the run after the finish reason, with its words', async () => {
    const { say } = await trial('chat-completions', (response, _, at) => {
      if (at > 0) return sendText('chat-completions', response, 'Fine again.');
      const error = { error: { message: 'The GPU is gone', code: 500 } };
      sendEvents(response, [delta({ content: 'Half' }), delta({}, 'stop'), error]);
    });
    const { run, text } = await say('Hello');
    equal(run.status, 'failed');
    match(run.last_error?.message ?? '', /ended its answer with an error: The GPU is gone\. Retry/);
    equal(text, 'Half');
    equal((await say('Again')).text, 'Fine again.');
  });

  it('may name it in the finish reason alone', async () => {
    const { say } = await trial('chat-completions', (response) =>
      sendEvents(response, [delta({ content: 'Half' }), delta({}, 'insufficient_system_resource')]),
    );
    const { run } = await say('Hello');
    match(
      run.last_error?.message ?? '',
      /ended its answer with an error: insufficient_system_resource\. Retry/,
    );
  });

  it('is heard in the error of a choice', async () => {
    const error = { code: 502, message: 'Upstream closed' };
    const { say } = await trial('chat-completions', (response) =>
      sendEvents(response, [
        { choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error', error }] },
      ]),
    );
    const { run } = await say('Hello');
    match(run.last_error?.message ?? '', /Upstream closed\. Retry/);
  });
});

describe('the list of models', () => {
  async function listError(status: number, body: unknown) {
    const server = await rawServer((response) => send(response, status, body));
    return modelErrorOf(chatModelAt(server.baseURL).listModels(new AbortController().signal));
  }

  it('reports an error with status 200', async () => {
    match((await listError(200, { error: { message: 'No such key' } })).message, /: No such key\./);
    match((await listError(200, { error: 'invalid api key' })).message, /: invalid api key\. Set the/);
    match((await listError(200, { detail: 'Not Found' })).message, /: Not Found\./);
    match(
      (await listError(200, { success: false, errors: [{ code: 1, message: 'Nope' }] })).message,
      /: Nope\./,
    );
  });

  it('reports an answer that is no list', async () => {
    match(
      (await listError(200, { hello: 'world' })).message,
      /cannot be read: it is not a list of models\. Check the/,
    );
    match(
      (await listError(200, '<html><title>Sign in</title>')).message,
      /cannot be read: it is a web page: Sign in\. Check/,
    );
  });

  it('may be empty', async () => {
    const server = await rawServer((response) => sendJSON(response, 200, { object: 'list', data: [] }));
    const models = await chatModelAt(server.baseURL).listModels(new AbortController().signal);
    ok(models.length === 0);
  });
});

/** What comes before the first token. */
function announcement(kind: Kind): unknown {
  if (kind === 'chat-completions') return delta({ role: 'assistant', content: '' });
  return { type: 'response.created', response: { status: 'in_progress', output: [], error: null } };
}

function half(kind: Kind): unknown[] {
  if (kind === 'chat-completions') return [delta({ role: 'assistant', content: 'Half' })];
  const item = { id: 'msg_1', type: 'message', role: 'assistant', status: 'in_progress', content: [] };
  return [
    { type: 'response.output_item.added', output_index: 0, item },
    { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Half' },
  ];
}

const completed = `data: ${JSON.stringify({ type: 'response.completed', response: { status: 'completed', error: null, output: [], usage: null } })}\n\n`;

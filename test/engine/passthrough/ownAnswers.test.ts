import assert from 'node:assert/strict';
import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import { ModelError, type ModelEvent } from '../../../src/engine/models/modelProvider';
import { calls, pausedTurn, says, ScriptedModel, until } from '../support';
import { errorOf, functionTool, openWith, openWithModel, userMessage } from './support';

const model = 'test/scripted';
const hello = [userMessage('Hello')];

describe('a chat completion of a connection without a server', () => {
  it('is the demo’s, by each id that the list of models has, streamed and not', async () => {
    const { openai } = openWith();
    const messages = [userMessage('Solve 3x + 11 = 14')];
    const { data } = await openai.models.list();
    assert.deepEqual(
      data.map(({ id }) => id),
      ['demo/tutor'],
    );
    for (const id of ['demo/tutor', 'tutor']) {
      const whole = await openai.chat.completions.create({ model: id, messages });
      const [choice] = whole.choices;
      assert.match(choice?.message.content ?? '', /x = 1/);
      assert.deepEqual([whole.model, choice?.finish_reason], [id, 'stop']);
      const { prompt_tokens, completion_tokens, total_tokens } = whole.usage!;
      assert.ok(prompt_tokens > 0 && completion_tokens > 0);
      assert.equal(total_tokens, prompt_tokens + completion_tokens);

      const stream = openai.chat.completions.stream({
        model: id,
        messages,
        stream_options: { include_usage: true },
      });
      let chunks = 0;
      stream.on('chunk', () => chunks++);
      const final = await stream.finalChatCompletion();
      assert.equal(final.choices[0]?.message.content, choice?.message.content);
      assert.deepEqual(final.usage, whole.usage);
      assert.ok(chunks > 3);
    }
  });

  it('calls functions, and answers with what they return', async () => {
    const call = { id: 'call_1', name: 'warmth', arguments: '{"city":"Paris"}' };
    for (const streamed of [true, false]) {
      const provider = new ScriptedModel([calls(call), says('It is ', 'warm.')]);
      const { openai } = openWithModel(provider);
      const body = { model, messages: hello, tools: [functionTool('warmth')] };
      const answer = streamed
        ? await openai.chat.completions.stream(body).finalChatCompletion()
        : await openai.chat.completions.create(body);
      const [choice] = answer.choices;
      assert.deepEqual([choice?.finish_reason, choice?.message.content], ['tool_calls', null]);
      const [made] = choice?.message.tool_calls ?? [];
      assert.ok(made?.type === 'function');
      assert.deepEqual(
        { id: made.id, ...made.function, parsed_arguments: null },
        { ...call, parsed_arguments: null },
      );

      const output = { role: 'tool' as const, tool_call_id: made.id, content: '21 °C' };
      await openai.chat.completions.create({ ...body, messages: [...hello, choice!.message, output] });
      const { messages, tools } = provider.requests[1]!;
      assert.deepEqual(tools, [functionSchema]);
      assert.deepEqual(messages.slice(1), [
        { role: 'assistant', content: '', toolCalls: [call] },
        { role: 'tool', toolCallId: 'call_1', name: 'warmth', output: '21 °C' },
      ]);
    }
  });

  it('gets everything that a model’s turn can have', async () => {
    const provider = new ScriptedModel([says('{}')]);
    const { openai } = openWithModel(provider);
    await openai.chat.completions.create({
      model,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'developer', content: [{ type: 'text', text: 'Be kind.' }] },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==', detail: 'low' } },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'A ' },
            { type: 'text', text: 'dot.' },
          ],
        },
        { role: 'user', content: 'Sure?' },
      ],
      tools: [functionTool('warmth')],
      tool_choice: { type: 'function', function: { name: 'warmth' } },
      parallel_tool_calls: false,
      response_format: { type: 'json_object' },
      temperature: 0.5,
      top_p: 0.25,
      reasoning_effort: 'low',
      max_tokens: 7,
      // Hints, and what changes nothing.
      seed: 1,
      user: 'me',
      presence_penalty: 0.5,
      n: 1,
      stop: null,
      logprobs: false,
      modalities: ['text'],
      metadata: null,
    });
    assert.deepEqual(provider.requests, [
      {
        model: 'scripted',
        instructions: 'Be brief.\n\nBe kind.',
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What is this?' },
              { type: 'image', url: 'data:image/png;base64,AA==', detail: 'low' },
            ],
          },
          { role: 'assistant', content: 'A dot.' },
          { role: 'user', content: [{ type: 'text', text: 'Sure?' }] },
        ],
        tools: [functionSchema],
        toolChoice: { name: 'warmth' },
        parallelToolCalls: false,
        responseFormat: { type: 'json_object' },
        temperature: 0.5,
        topP: 0.25,
        reasoningEffort: 'low',
        maxOutputTokens: 7,
      },
    ]);
  });

  it('has the refusal, the reasoning and the reason for its end', async () => {
    const turn: ModelEvent[] = [
      { type: 'text', text: 'Hmm. ' },
      { type: 'text_was_reasoning' },
      { type: 'reasoning', text: 'No.' },
      { type: 'refusal', text: 'I cannot.' },
      {
        type: 'usage',
        usage: { promptTokens: 3, completionTokens: 2, cachedTokens: 1, reasoningTokens: 1 },
      },
      { type: 'finish', reason: 'length' },
    ];
    const { openai } = openWithModel(new ScriptedModel([turn, turn.slice(2)]));
    const whole = await openai.chat.completions.create({ model, messages: hello });
    assert.deepEqual(whole.choices[0], {
      index: 0,
      message: { role: 'assistant', content: null, refusal: 'I cannot.', reasoning_content: 'Hmm. No.' },
      logprobs: null,
      finish_reason: 'length',
    });
    assert.deepEqual(whole.usage, {
      prompt_tokens: 3,
      completion_tokens: 2,
      total_tokens: 5,
      prompt_tokens_details: { cached_tokens: 1 },
      completion_tokens_details: { reasoning_tokens: 1 },
    });
    const stream = await openai.chat.completions.create({ model, messages: hello, stream: true });
    const deltas: unknown[] = [];
    for await (const { choices, usage } of stream) {
      assert.equal(usage, undefined);
      deltas.push([choices[0]?.delta, choices[0]?.finish_reason]);
    }
    assert.deepEqual(deltas, [
      [{ role: 'assistant', content: '', refusal: null, reasoning_content: 'No.' }, null],
      [{ refusal: 'I cannot.' }, null],
      [{}, 'length'],
    ]);
  });

  it('is refused with the parameter that it cannot have', async () => {
    const provider = new ScriptedModel([]);
    const { openai } = openWithModel(provider);
    const refused: [
      Partial<Record<keyof ChatCompletionCreateParamsNonStreaming, unknown>>,
      string,
      RegExp,
    ][] = [
      [{ n: 2 }, 'n', /“Test” does not support the parameter 'n' with other values than 1/],
      [{ stop: ['END'] }, 'stop', /does not support the parameter 'stop'/],
      [{ logprobs: true }, 'logprobs', /does not support/],
      [{ modalities: ['text', 'audio'] }, 'modalities', /does not support/],
      [{ functions: [{ name: 'f' }] }, 'functions', /does not support/],
      [{ stream_options: { include_usage: true } }, 'stream_options', /only allowed when 'stream'/],
      [{ messages: [] }, 'messages', /array too short/],
      [{ messages: [{ role: 'person', content: '' }] }, 'messages[0].role', /'user', 'assistant'/],
      [
        { messages: [{ role: 'user', content: [{ type: 'input_audio' }] }] },
        'messages[0].content[0].type',
        /"input_audio".*'text', 'image_url'/,
      ],
      [
        { messages: [{ role: 'tool', tool_call_id: 'call_x', content: '' }] },
        'messages[0].tool_call_id',
        /no earlier message has a tool call with the id 'call_x'/,
      ],
      [{ tools: [{ type: 'custom', custom: { name: 'c' } }] }, 'tools[0].type', /"custom".*'function'/],
      [{ tool_choice: { type: 'function', function: { name: 'f' } } }, 'tool_choice', /not among the tools/],
      [{ temperature: 3 }, 'temperature', /<= 2/],
    ];
    for (const [more, param, message] of refused) {
      const body = { model, messages: hello, ...more } as ChatCompletionCreateParamsNonStreaming;
      const error = await errorOf(openai.chat.completions.create(body));
      assert.deepEqual([error.status, error.type, error.param], [400, 'invalid_request_error', param]);
      assert.match(error.message, message);
    }
    assert.equal(provider.requests.length, 0);
  });

  it('fails with the model’s error, before its answer and within it', async () => {
    const failing = (code: 'server_error' | 'rate_limit_exceeded' | 'invalid_prompt', ...before: string[]) =>
      async function* (): AsyncGenerator<ModelEvent> {
        for (const text of before) yield { type: 'text', text };
        await Promise.resolve();
        throw new ModelError('The model failed.', code);
      };
    const { openai, log } = openWithModel(
      new ScriptedModel([
        failing('invalid_prompt'),
        failing('rate_limit_exceeded'),
        failing('server_error'),
        failing('server_error', 'Hel'),
        failing('server_error', 'Hel'),
      ]),
    );
    for (const [status, stream] of [
      [400, true],
      [429, false],
      [502, true],
      [502, false],
    ] as const) {
      const error = await errorOf(openai.chat.completions.create({ model, messages: hello, stream }));
      assert.equal(error.status, status);
      assert.match(error.message, /The model failed\./);
    }
    const stream = await openai.chat.completions.create({ model, messages: hello, stream: true });
    let text = '';
    const error = await errorOf(
      (async () => {
        for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
      })(),
    );
    assert.equal(text, 'Hel');
    assert.match(error.message, /The model failed\./);
    assert.deepEqual(log, []);
  });

  it('is cancelled when the client leaves', async () => {
    let aborted = 0;
    const turn = async function* (_: unknown, signal: AbortSignal): AsyncGenerator<ModelEvent> {
      signal.addEventListener('abort', () => aborted++);
      yield { type: 'text', text: 'Hel' };
      await new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('gone'))),
      );
    };
    const { openai, log } = openWithModel(new ScriptedModel([turn, turn]));
    const leaving = new AbortController();
    const waiting = openai.chat.completions.create({ model, messages: hello }, { signal: leaving.signal });
    setTimeout(() => leaving.abort(), 20);
    await assert.rejects(waiting);
    await until('the answer is cancelled', () => Promise.resolve(aborted === 1));
    const stream = await openai.chat.completions.create({ model, messages: hello, stream: true });
    for await (const chunk of stream) {
      assert.equal(chunk.choices[0]?.delta.content, 'Hel');
      break;
    }
    await until('the stream is cancelled', () => Promise.resolve(aborted === 2));
    assert.deepEqual(log, []);
  });

  it('comes as the model writes it', async () => {
    const { turn, go } = pausedTurn(['Hel'], ['lo']);
    const { openai } = openWithModel(new ScriptedModel([turn]));
    const stream = await openai.chat.completions.create({ model, messages: hello, stream: true });
    let text = '';
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      go();
    }
    assert.equal(text, 'Hello');
  });
});

describe('embeddings of a connection without a server', () => {
  it('are refused by one that has none', async () => {
    const { openai } = openWith();
    const error = await errorOf(openai.embeddings.create({ model: 'demo/tutor', input: 'one' }));
    assert.deepEqual([error.status, error.param], [400, 'model']);
    assert.match(error.message, /The connection “Demo” has no embeddings\./);
  });

  it('are floats or base64', async () => {
    const provider = Object.assign(new ScriptedModel([]), {
      embed: (_: string, texts: readonly string[]) =>
        Promise.resolve(texts.map((text) => new Float32Array([text.length, 0.5]))),
    });
    const { openai } = openWithModel(provider);
    const input = ['one', 'three'];
    const expected = [
      [3, 0.5],
      [5, 0.5],
    ];
    for (const format of ['float', 'base64', undefined] as const) {
      const answer = await openai.embeddings.create({ model, input, encoding_format: format });
      const vectors = answer.data.map(({ embedding }) =>
        format === 'base64'
          ? [...new Float32Array(new Uint8Array(Buffer.from(String(embedding), 'base64')).buffer)]
          : [...embedding],
      );
      assert.deepEqual(vectors, expected);
      assert.deepEqual([answer.model, answer.data.map(({ index }) => index)], [model, [0, 1]]);
    }
    const error = await errorOf(openai.embeddings.create({ model, input: [[1, 2]] }));
    assert.deepEqual([error.status, error.param], [400, 'input[0]']);
  });
});

const functionSchema = {
  name: 'warmth',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
};

import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import type OpenAI from 'openai';
import type { Assistant, AssistantTool } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { ask, client, command, conversation, newThread, until } from './support';

/** A request as one of the test models received it. */
interface Request {
  model: string;
  tools: string[];
  required: boolean;
  options: Record<string, unknown>;
  messages: {
    role: 'user' | 'assistant';
    text: string;
    calls: string[];
    results: string[];
    images: { mimeType: string; bytes: number }[];
  }[];
  cancelled: boolean;
}

const equation = 'I need to solve the equation `3x + 11 = 14`. Can you help me?';
const instructions = 'You are a personal math tutor. Answer questions briefly, in a sentence or less.';

const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

function functionTool(name: string): AssistantTool {
  return { type: 'function', function: { name, parameters: { type: 'object', properties: {} } } };
}

/** An assistant on a model of VS Code's, contributed by the extension of the fixtures. */
function createAssistant(model: string, tools: AssistantTool[] = []): Promise<Assistant> {
  return client().then(({ beta }) =>
    beta.assistants.create({ name: 'Math Tutor', instructions, model: `vscode/test-models/${model}`, tools }),
  );
}

async function askNew(assistant: Assistant, text: string): Promise<Run> {
  return ask((await newThread(text)).id, assistant.id, text);
}

describe('VS Code’s language models', () => {
  let api: OpenAI;
  let requests: Request[];

  before(async () => {
    api = await client();
    const extension = vscode.extensions.getExtension<{ requests: Request[] }>(
      'assistants-studio-tests.test-models',
    );
    ok(extension, 'The extension with the models is not there.');
    ({ requests } = await extension.activate());
    await until('VS Code knows the models', async () => (await vscode.lm.selectChatModels()).length > 0);
  });

  const lastRequest = (): Request => requests.at(-1)!;

  const uploadDot = (): Promise<{ id: string }> =>
    api.files.create({ file: new File([dot], 'dot.png', { type: 'image/png' }), purpose: 'vision' });

  /** What a run's last step was sent without. */
  async function omitted(run: Run): Promise<unknown> {
    const steps = await api.beta.threads.runs.steps.list(run.id, {
      thread_id: run.thread_id,
      include: ['turn' as never],
    });
    return (steps.data[0] as { turn?: { omitted?: unknown } } | undefined)?.turn?.omitted;
  }

  it('are sent no more than they accept', async () => {
    const assistant = await createAssistant('tutor');
    const thread = await newThread('Long');
    for (let at = 0; at < 10; at++) {
      const content = `Message ${at}: ${'word '.repeat(1000)}`;
      await api.beta.threads.messages.create(thread.id, { role: 'user', content });
    }
    equal((await ask(thread.id, assistant.id, 'And now?')).status, 'completed');
    const sent = lastRequest()
      .messages.map(({ text }) => text)
      .join('\n');
    ok(sent.includes('And now?') && !sent.includes('Message 0'));
    ok(sent.length / 4 < 8000, `${sent.length} characters`);
  });

  it('are listed with all others', async () => {
    const ids = (await api.models.list()).data.map(({ id }) => id);
    ok(ids.includes('vscode/test-models/tutor'), ids.join(', '));
  });

  describe('answer the walkthrough', () => {
    it('solve the equation, and explain it in the same thread', async () => {
      const tutor = await createAssistant('tutor');
      const thread = await newThread('The equation');
      equal((await ask(thread.id, tutor.id, equation)).status, 'completed');
      equal((await ask(thread.id, tutor.id, 'Could you explain this to me?')).status, 'completed');
      deepEqual(await conversation(thread.id), [
        { role: 'user', text: equation },
        { role: 'assistant', text: 'The answer is x = 1.' },
        { role: 'user', text: 'Could you explain this to me?' },
        { role: 'assistant', text: 'Take 11 away from both sides, then divide by 3.' },
      ]);
    });

    it('receive the instructions first, then the whole thread', async () => {
      const tutor = await createAssistant('tutor');
      const thread = await newThread('Instructions');
      await ask(thread.id, tutor.id, equation);
      await ask(thread.id, tutor.id, 'Thank you!');
      deepEqual(
        lastRequest().messages.map(({ role, text }) => `${role}: ${text}`),
        [`user: ${instructions}`, `user: ${equation}`, 'assistant: The answer is x = 1.', 'user: Thank you!'],
      );
    });

    it('run three threads at once, then thank on the third', async () => {
      const tutor = await createAssistant('tutor');
      const questions = [
        equation,
        'Could you explain linear algebra to me?',
        "I don't like math. What can I do?",
      ];
      const runs = await Promise.all(
        questions.map((content) =>
          api.beta.threads.createAndRunPoll({
            assistant_id: tutor.id,
            thread: { messages: [{ role: 'user', content }] },
          }),
        ),
      );
      deepEqual(
        runs.map(({ status }) => status),
        ['completed', 'completed', 'completed'],
      );
      equal((await ask(runs[2]!.thread_id, tutor.id, 'Thank you!')).status, 'completed');
      equal((await conversation(runs[2]!.thread_id)).length, 4);
    });

    it('stream their answer', async () => {
      const tutor = await createAssistant('tutor');
      const stream = api.beta.threads.createAndRunStream({
        assistant_id: tutor.id,
        thread: { messages: [{ role: 'user', content: equation }] },
      });
      let deltas = 0;
      stream.on('textDelta', () => deltas++);
      const [message] = await stream.finalMessages();
      match(JSON.stringify(message?.content), /The answer is x = 1\./);
      // Text that arrives in one piece is sent as one event.
      ok(deltas > 1, `${deltas} deltas`);
    });
  });

  it('count their tokens', async () => {
    const run = await askNew(await createAssistant('tutor'), equation);
    const words = (text: string) => text.split(' ').length;
    equal(run.usage?.prompt_tokens, words(instructions) + words(equation));
    equal(run.usage?.completion_tokens, words('The answer is x = 1.'));
  });

  it('keep an answer whose tokens cannot be counted', async () => {
    const run = await askNew(await createAssistant('uncounted'), 'Hello');
    equal(run.last_error, null);
    equal(run.status, 'completed');
    equal((await conversation(run.thread_id)).at(-1)?.text, 'Some words.');
  });

  it('call a function, wait for its output, and answer with it', async () => {
    const tutor = await createAssistant('tutor', [functionTool('display_quiz')]);
    const run = await api.beta.threads.createAndRunPoll({
      assistant_id: tutor.id,
      thread: { messages: [{ role: 'user', content: 'Make a quiz with 2 questions.' }] },
    });
    equal(run.status, 'requires_action');
    const [call] = run.required_action!.submit_tool_outputs.tool_calls;
    equal(call!.function.name, 'display_quiz');
    deepEqual(JSON.parse(call!.function.arguments), { title: 'Sample Quiz', questions: [] });
    ok(run.usage === null);

    const done = await api.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
      thread_id: run.thread_id,
      tool_outputs: [{ tool_call_id: call!.id, output: '["Ada","Blue"]' }],
    });
    equal(done.status, 'completed');
    ok((done.usage?.completion_tokens ?? 0) > 3, 'the call’s tokens count, too');
    equal((await conversation(run.thread_id)).at(-1)?.text, 'Feedback on ["Ada","Blue"].');
  });

  it('write text and call twice in one turn, and get both outputs in order', async () => {
    const talker = await createAssistant('talker', [functionTool('get_weather')]);
    const run = await api.beta.threads.createAndRunPoll({
      assistant_id: talker.id,
      thread: { messages: [{ role: 'user', content: 'Rome or Oslo?' }] },
      tool_choice: { type: 'function', function: { name: 'get_weather' } },
    });
    equal(lastRequest().required, true);
    const calls = run.required_action!.submit_tool_outputs.tool_calls;
    deepEqual(
      calls.map((call) => JSON.parse(call.function.arguments) as unknown),
      [{ city: 'Rome' }, { city: 'Oslo' }],
    );
    await api.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
      thread_id: run.thread_id,
      tool_outputs: calls.map(({ id }, index) => ({ tool_call_id: id, output: ['22', '7'][index]! })),
    });
    const asked = lastRequest().messages.slice(2);
    deepEqual(
      asked.flatMap(({ calls: made }) => made),
      ['call_a', 'call_b'],
    );
    deepEqual(
      asked.flatMap(({ results }) => results),
      ['22', '7'],
    );
    equal(asked[0]?.text, 'Let me see. ');
  });

  it('are asked again without a parameter that they refuse, and get a schema with every function', async () => {
    const picky = await createAssistant('picky', [{ type: 'function', function: { name: 'look' } }]);
    const thread = await newThread('Picky');
    const before = requests.length;
    for (const text of ['Hello', 'Again']) {
      await api.beta.threads.messages.create(thread.id, { role: 'user', content: text });
      const run = await api.beta.threads.runs.createAndPoll(thread.id, {
        assistant_id: picky.id,
        temperature: 0.5,
      });
      equal(run.status, 'completed', run.last_error?.message);
    }
    deepEqual(
      requests.slice(before).map(({ options }) => options),
      [{ temperature: 0.5 }, {}, {}],
    );
    match((await conversation(thread.id)).at(-1)!.text, /\{"type":"object","properties":\{\}\}/);
  });

  it('see images that are files', async () => {
    const tutor = await createAssistant('tutor');
    const file = await uploadDot();
    const run = await api.beta.threads.createAndRunPoll({
      assistant_id: tutor.id,
      thread: {
        messages: [{ role: 'user', content: [{ type: 'image_file', image_file: { file_id: file.id } }] }],
      },
    });
    equal(run.last_error, null);
    deepEqual(lastRequest().messages.at(-1)?.images, [{ mimeType: 'image/png', bytes: dot.length }]);
  });

  it('are sent a line of text for an image by URL', async () => {
    const tutor = await createAssistant('tutor');
    const image_url = { url: 'https://example.com/cat.png' };
    const run = await api.beta.threads.createAndRunPoll({
      assistant_id: tutor.id,
      thread: { messages: [{ role: 'user', content: [{ type: 'image_url', image_url }] }] },
    });
    equal(run.last_error, null);
    equal(
      lastRequest().messages.at(-1)?.text,
      '[An image that this model cannot see: https://example.com/cat.png]',
    );
    deepEqual(await omitted(run), ['images']);
  });

  it('are sent lines of text for images once they have refused one', async () => {
    const blind = await createAssistant('blind');
    const file = await uploadDot();
    const before = requests.length;
    const run = await api.beta.threads.createAndRunPoll({
      assistant_id: blind.id,
      thread: {
        messages: [{ role: 'user', content: [{ type: 'image_file', image_file: { file_id: file.id } }] }],
      },
    });
    equal(run.last_error, null);
    const note = '[An image that this model cannot see: dot.png]';
    equal(lastRequest().messages.at(-1)?.text, note);
    deepEqual(await omitted(run), ['images']);
    const again = { assistant_id: blind.id };
    equal((await api.beta.threads.runs.createAndPoll(run.thread_id, again)).last_error, null);
    equal(requests.length, before + 3);
  });

  it('are sent a shorter thread if it is too long for them', async () => {
    const thread = await newThread('Long');
    for (let at = 0; at < 6; at++)
      await api.beta.threads.messages.create(thread.id, { role: 'user', content: 'word '.repeat(300) });
    const run = await ask(thread.id, (await createAssistant('narrow')).id, 'Hello');
    equal(run.status, 'completed', run.last_error?.message);
    ok(lastRequest().messages.length <= 4);
  });

  describe('that fail', () => {
    for (const [model, code, words] of [
      ['blocked', 'rate_limit_exceeded', 'You have used up your premium requests for this month.'],
      ['forbidden', 'invalid_prompt', 'Sign in to use this model.'],
      ['broken', 'server_error', 'The model had a bad day.'],
    ] as const) {
      it(`end the run in their own words: ${model}`, async () => {
        const run = await askNew(await createAssistant(model), 'Hello');
        equal(run.status, 'failed');
        match(run.last_error?.message ?? '', /^VS Code .*test-models\//);
        ok(run.last_error?.message.includes(words), run.last_error?.message);
        equal(run.last_error?.code, code);
      });
    }

    it('because they do not exist name those that do', async () => {
      const run = await askNew(await createAssistant('gone'), 'Hello');
      equal(run.last_error?.code, 'invalid_prompt');
      match(
        run.last_error?.message ?? '',
        /VS Code has no model 'test-models\/gone'\. It offers .*test-models\/tutor/,
      );
    });
  });

  it('are cancelled with the run, even one that ignores the cancellation', async () => {
    const deaf = await createAssistant('deaf');
    const thread = await newThread('To be stopped');
    await command('sendMessage', { threadId: thread.id, assistantId: deaf.id, text: 'Hello' });
    await until('the model speaks', async () => (await conversation(thread.id)).length === 2);
    const request = lastRequest();
    const run = await command<Run>('stopRun', { threadId: thread.id });
    await until('the run is cancelled', async () => {
      return (await api.beta.threads.runs.retrieve(run.id, { thread_id: thread.id })).status === 'cancelled';
    });
    await until('the model was told', () => request.cancelled);
    await rejects(command('stopRun', { threadId: thread.id }), /No run is active/);
  });
});

import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { LLMock } from '@copilotkit/aimock';
import type OpenAI from 'openai';
import type { FunctionTool } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { createChatCompletionsModel } from '../../src/engine/models/chatCompletions';
import { createResponsesModel } from '../../src/engine/models/responses';
import { openSearch, upload } from './fileSearchSupport';
import { afterTest, ask, createTutor } from './support';

const equation = 'I need to solve the equation `3x + 11 = 14`. Can you help me?';
const instructions = 'You are a personal math tutor. Answer questions briefly, in a sentence or less.';

/** The tutorial's own quiz. */
const sampleQuiz = {
  title: 'Sample Quiz',
  questions: [
    { question_text: 'What is your name?', question_type: 'FREE_RESPONSE' },
    {
      question_text: 'What is your favorite color?',
      question_type: 'MULTIPLE_CHOICE',
      choices: ['Red', 'Blue', 'Green', 'Yellow'],
    },
  ],
};

const displayQuiz: FunctionTool = {
  type: 'function',
  function: {
    name: 'display_quiz',
    description: "Displays a quiz to the student, and returns the student's responses.",
    parameters: {
      type: 'object',
      properties: {
        title: { type: 'string' },
        questions: { type: 'array', items: { type: 'object' } },
      },
      required: ['title', 'questions'],
    },
  },
};

/** The kinds of model server, each with its own words for usage. */
const kinds = {
  'chat-completions': {
    create: createChatCompletionsModel,
    usage: { prompt_tokens: 30, completion_tokens: 12, total_tokens: 42 },
  },
  responses: {
    create: createResponsesModel,
    usage: { input_tokens: 30, output_tokens: 12, total_tokens: 42 },
  },
} as const;

type Kind = keyof typeof kinds;

/** A model server with the tutor's words; it answers them to the tutor alone. */
async function startTutor(kind: Kind): Promise<LLMock> {
  const mock = new LLMock({ port: 0, chunkSize: 4 });
  await mock.start();
  afterTest(() => mock.stop());
  const { usage } = kinds[kind];
  const answers: [string, string][] = [
    ['3x + 11 = 14', 'The answer is x = 1.'],
    ['explain this', 'Take 11 away from both sides, then divide by 3.'],
    ['linear algebra', 'It is about vectors and the maps between them.'],
    ["don't like math", 'Start with something small.'],
    ['Thank you', 'You are welcome!'],
  ];
  for (const [userMessage, content] of answers) {
    mock.on({ userMessage, systemMessage: instructions }, { content, usage });
  }
  const call = { id: 'call_quiz', name: 'display_quiz', arguments: JSON.stringify(sampleQuiz) };
  mock.on(
    { userMessage: 'quiz', toolName: 'display_quiz', hasToolResult: false },
    { toolCalls: [call], usage },
  );
  const feedback = { toolCallId: 'call_quiz', toolResultContains: '"Blue"' };
  mock.on(feedback, { content: 'Nice to meet you, Ada. Blue is a fine color.', usage });
  const search = { id: 'call_files', name: 'file_search', arguments: JSON.stringify({ query: 'gradient' }) };
  mock.on(
    { userMessage: 'ML paper', toolName: 'file_search', hasToolResult: false },
    { toolCalls: [search], usage },
  );
  const found = { toolCallId: 'call_files', toolResultContains: '【0:0†paper.txt】' };
  mock.on(found, { content: 'It follows the gradient downhill【0:0†paper.txt】.', usage });
  return mock;
}

/** The words of a thread, oldest first. */
async function conversation(client: OpenAI, threadId: string): Promise<string[]> {
  const { data } = await client.beta.threads.messages.list(threadId, { order: 'asc' });
  return data.map(({ role, content }) => {
    const text = content.map((part) => (part.type === 'text' ? part.text.value : part.type)).join('');
    return `${role}: ${text}`;
  });
}

/** As the tutorial waits: by asking again. */
async function waitOnRun(client: OpenAI, run: Run): Promise<Run> {
  const done = await client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
  equal(done.last_error, null);
  return done;
}

for (const kind of Object.keys(kinds) as Kind[]) {
  describe(`the walkthrough, on a model behind ${kind}`, () => {
    async function open(): Promise<{ client: OpenAI; mock: LLMock }> {
      const mock = await startTutor(kind);
      const provider = kinds[kind].create({ label: 'Tutor', baseURL: `${mock.url}/v1` });
      return { client: openSearch({ provider }).client, mock };
    }

    it('solves the equation, and explains it in the same thread', async () => {
      const { client } = await open();
      const assistant = await createTutor(client);
      const first = await waitOnRun(client, await ask(client, assistant, equation));
      equal(first.status, 'completed');
      deepEqual(
        [first.usage?.prompt_tokens, first.usage?.completion_tokens, first.usage?.total_tokens],
        [30, 12, 42],
      );
      const { thread_id } = first;
      const question = { role: 'user' as const, content: 'Could you explain this to me?' };
      const { id: after } = await client.beta.threads.messages.create(thread_id, question);
      await client.beta.threads.runs.createAndPoll(thread_id, { assistant_id: assistant.id });
      deepEqual(await conversation(client, thread_id), [
        `user: ${equation}`,
        'assistant: The answer is x = 1.',
        'user: Could you explain this to me?',
        'assistant: Take 11 away from both sides, then divide by 3.',
      ]);
      const { data } = await client.beta.threads.messages.list(thread_id, { order: 'asc', after });
      equal(data.length, 1);
    });

    it('streams the answer as the model says it', async () => {
      const { client } = await open();
      const assistant = await createTutor(client);
      const stream = client.beta.threads.createAndRunStream({
        assistant_id: assistant.id,
        thread: { messages: [{ role: 'user', content: equation }] },
      });
      const deltas: string[] = [];
      stream.on('textDelta', ({ value }) => deltas.push(value ?? ''));
      equal((await stream.finalRun()).status, 'completed');
      equal(deltas.join(''), 'The answer is x = 1.');
      // Words that arrive in one piece are streamed as one.
      ok(deltas.length > 1, `${deltas.length} deltas`);
    });

    it('runs three threads at once, and thanks on the third', async () => {
      const { client } = await open();
      const assistant = await createTutor(client);
      const questions = [
        equation,
        'Could you explain linear algebra to me?',
        "I don't like math. What can I do?",
      ];
      const runs = await Promise.all(questions.map((question) => ask(client, assistant, question)));
      const done = await Promise.all(runs.map((run) => waitOnRun(client, run)));
      deepEqual(
        done.map(({ status }) => status),
        ['completed', 'completed', 'completed'],
      );
      const { thread_id } = done[2]!;
      await client.beta.threads.messages.create(thread_id, { role: 'user', content: 'Thank you!' });
      await client.beta.threads.runs.createAndPoll(thread_id, { assistant_id: assistant.id });
      equal((await conversation(client, thread_id)).at(-1), 'assistant: You are welcome!');
      equal((await conversation(client, done[0]!.thread_id)).at(-1), 'assistant: The answer is x = 1.');
    });

    it('shows a quiz, waits for the answers, and gives feedback on them', async () => {
      const { client, mock } = await open();
      const assistant = await createTutor(client, { tools: [displayQuiz] });
      const waiting = await waitOnRun(client, await ask(client, assistant, 'Make a quiz with 2 questions.'));
      equal(waiting.status, 'requires_action');
      const [call] = waiting.required_action!.submit_tool_outputs.tool_calls;
      deepEqual(JSON.parse(call!.function.arguments), sampleQuiz);

      const done = await client.beta.threads.runs.submitToolOutputsAndPoll(waiting.id, {
        thread_id: waiting.thread_id,
        tool_outputs: [{ tool_call_id: call!.id, output: JSON.stringify(['Ada', 'Blue']) }],
      });
      equal(done.last_error, null);
      equal(done.usage?.total_tokens, 84);
      const words = await conversation(client, waiting.thread_id);
      equal(words.at(-1), 'assistant: Nice to meet you, Ada. Blue is a fine color.');
      const steps = await client.beta.threads.runs.steps.list(done.id, {
        thread_id: done.thread_id,
        order: 'asc',
      });
      deepEqual(
        steps.data.map(({ type, status }) => [type, status]),
        [
          ['tool_calls', 'completed'],
          ['message_creation', 'completed'],
        ],
      );
      // The model was shown its own call before the output.
      match(JSON.stringify(mock.getLastRequest()?.body), /Sample Quiz.*Blue/s);
    });

    it('searches the uploaded paper, and cites it', async () => {
      const { client } = await open();
      const paper = await upload(client, 'paper.txt', 'Descent: the gradient shows the way downhill.');
      const store = await client.vectorStores.create({ file_ids: [paper.id] });
      const assistant = await createTutor(client, {
        tools: [{ type: 'file_search' }],
        tool_resources: { file_search: { vector_store_ids: [store.id] } },
      });
      const asked = 'What are some cool math concepts behind this ML paper pdf? Explain in two sentences.';
      const done = await waitOnRun(client, await ask(client, assistant, asked));
      const { data } = await client.beta.threads.messages.list(done.thread_id);
      const [part] = data[0]!.content;
      deepEqual(part, {
        type: 'text',
        text: {
          value: 'It follows the gradient downhill【0:0†paper.txt】.',
          annotations: [
            {
              type: 'file_citation',
              text: '【0:0†paper.txt】',
              start_index: 32,
              end_index: 47,
              file_citation: { file_id: paper.id },
            },
          ],
        },
      });
      equal(done.usage?.total_tokens, 84);
    });

    it('streams the quiz, and after the answers the feedback', async () => {
      const { client } = await open();
      const assistant = await createTutor(client, { tools: [displayQuiz] });
      const stream = client.beta.threads.createAndRunStream({
        assistant_id: assistant.id,
        thread: { messages: [{ role: 'user', content: 'Make a quiz with 2 questions.' }] },
      });
      const waiting = await stream.finalRun();
      const [call] = waiting.required_action!.submit_tool_outputs.tool_calls;
      const rest = client.beta.threads.runs.submitToolOutputsStream(waiting.id, {
        thread_id: waiting.thread_id,
        tool_outputs: [{ tool_call_id: call!.id, output: JSON.stringify(['Ada', 'Blue']) }],
      });
      let said = '';
      rest.on('textDelta', ({ value }) => (said += value ?? ''));
      equal((await rest.finalRun()).status, 'completed');
      equal(said, 'Nice to meet you, Ada. Blue is a fine color.');
    });
  });
}

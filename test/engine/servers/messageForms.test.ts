import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type OpenAI from 'openai';
import { sendJSON, type Asked } from '../models/support';
import { kinds, sendCall, sendText, trial, type Kind, type Script } from './support';

interface Sent {
  role?: string;
  type?: string;
  content?: unknown;
  tool_calls?: unknown[];
}

/** The messages of a request, in either API. */
function messagesOf({ messages, input }: Record<string, unknown>): Sent[] {
  return (messages ?? input) as Sent[];
}

function rolesOf(body: Record<string, unknown>): string[] {
  return messagesOf(body).map(({ role, type }) => role ?? type ?? '');
}

/** Whether users and the model take turns, tools aside. */
function alternates(body: Record<string, unknown>): boolean {
  const roles = rolesOf(body).filter((role) => ['user', 'assistant'].includes(role));
  return roles.every((role, index) => role === (index % 2 === 0 ? 'user' : 'assistant'));
}

const alternate: { status: number; error: unknown }[] = [
  { status: 400, error: { message: 'Conversation roles must alternate user/assistant/user/assistant/...' } },
  {
    status: 500,
    error: {
      error: {
        code: 500,
        message:
          'After the optional system message, conversation roles must alternate user and assistant roles except for tool calls and results.',
        type: 'server_error',
      },
    },
  },
  {
    status: 400,
    error: {
      type: 'error',
      error: {
        type: 'invalid_request_error',
        message:
          'messages: roles must alternate between "user" and "assistant", but found multiple "user" roles in a row',
      },
    },
  },
  {
    status: 422,
    error: {
      detail:
        'Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant; consecutive messages',
    },
  },
];

async function addMessages(
  client: OpenAI,
  threadId: string,
  messages: readonly (readonly ['user' | 'assistant', string])[],
): Promise<void> {
  for (const [role, content] of messages)
    await client.beta.threads.messages.create(threadId, { role, content });
}

for (const kind of kinds) {
  describe(`a ${kind} server whose roles must alternate`, () => {
    for (const { status, error } of alternate) {
      it(`gets one message for several of a role: ${JSON.stringify(error).slice(0, 100)}`, async () => {
        const { client, threadId, say, bodies } = await trial(kind, (response, { body }) =>
          alternates(body) ? sendText(kind, response, 'Yes') : sendJSON(response, status, error),
        );
        await addMessages(client, threadId, [
          ['assistant', 'Welcome'],
          ['assistant', 'How can I help?'],
          ['user', 'One'],
          ['user', 'Two'],
        ]);
        const { run, text, steps } = await say('Three');
        deepEqual([run.last_error, text, steps[0]?.turn.omitted], [null, 'Yes', undefined]);
        const sent = JSON.stringify(messagesOf(bodies().at(-1) ?? {}));
        for (const said of ['Welcome', 'How can I help?', 'One', 'Two', 'Three'])
          match(sent, new RegExp(said.replace('?', '\\?')));
        ok(sent.indexOf('One') < sent.indexOf('Two') && sent.indexOf('Two') < sent.indexOf('Three'));
        const asked = bodies().length;
        equal((await say('Four')).text, 'Yes');
        equal(bodies().length, asked + 1);
      });
    }

    it('gets messages as they are if it does not mind', async () => {
      const { client, threadId, say, bodies } = await trial(kind, (response) =>
        sendText(kind, response, 'Yes'),
      );
      await addMessages(client, threadId, [['user', 'One']]);
      await say('Two');
      deepEqual(
        rolesOf(bodies()[0] ?? {}).filter((role) => role !== 'system'),
        ['user', 'user'],
      );
    });

    it('gets a question at the end if it takes no answer there', async () => {
      const { client, threadId, assistant, bodies, answerOf } = await trial(kind, (response, { body }) => {
        if (rolesOf(body).at(-1) === 'user') return sendText(kind, response, 'Yes');
        const message =
          'This model does not support assistant message prefill. The conversation must end with a user message.';
        sendJSON(response, 400, { error: { message } });
      });
      await addMessages(client, threadId, [
        ['user', 'One'],
        ['assistant', 'Two'],
      ]);
      const run = await client.beta.threads.runs.create(threadId, { assistant_id: assistant.id });
      equal((await answerOf(run.id)).text, 'Yes');
      equal(bodies().length, 2);
    });

    it('gets its instructions with the first message if the system message is what it counts', async () => {
      const { say, bodies } = await trial(kind, (response, { body }) => {
        const system = 'instructions' in body || rolesOf(body).includes('system');
        if (!system) return sendText(kind, response, 'Yes');
        sendJSON(response, 400, {
          message: 'Conversation roles must alternate user/assistant/user/assistant/...',
        });
      });
      equal((await say('Hello')).text, 'Yes');
      match(JSON.stringify(bodies().at(-1)), /personal math tutor.*Hello/);
    });
  });
}

describe('a chat-completions server that minds the content beside calls', () => {
  const kind: Kind = 'chat-completions';
  const tools = [{ type: 'function', function: { name: 'look' } } as const];

  /** A run that calls a function, whose output is given, and the next run. */
  async function callAndGoOn(reject: (sent: Sent, asked: Asked) => unknown, output = 'a tree') {
    const script: Script = (response, asked, at) => {
      if (at === 0) return sendCall(kind, response, 'call_1', 'look', '{}');
      const error = messagesOf(asked.body)
        .map((sent) => reject(sent, asked))
        .find(Boolean);
      if (error) sendJSON(response, 400, error);
      else sendText(kind, response, 'Done');
    };
    const all = await trial(kind, script, { assistant: { tools } });
    const { run } = await all.say('Look');
    await all.client.beta.threads.runs.submitToolOutputs(run.id, {
      thread_id: all.threadId,
      tool_outputs: [{ tool_call_id: 'call_1', output }],
    });
    const answer = await all.answerOf(run.id);
    deepEqual([answer.run.last_error, answer.text], [null, 'Done']);
    const asked = all.bodies().length;
    equal((await all.say('And now?')).text, 'Done');
    equal(all.bodies().length, asked + 1);
    return messagesOf(all.bodies().at(-1) ?? {});
  }
  const calling = (messages: Sent[]) => messages.find(({ tool_calls }) => tool_calls);

  for (const error of [
    {
      error: {
        message: "Invalid value for 'content': expected a string, got null.",
        param: 'messages.[2].content',
      },
    },
    {
      detail: [
        {
          type: 'string_type',
          loc: ['body', 'messages', 2, 'content'],
          msg: 'Input should be a valid string',
          input: null,
        },
      ],
    },
    { error: { message: 'can only concatenate str (not "NoneType") to str' } },
    { message: 'The content field is a required field.', type: 'invalid_request_error' },
  ]) {
    it(`gets an empty text where it refuses null: ${JSON.stringify(error).slice(0, 90)}`, async () => {
      const sent = await callAndGoOn(({ content }) => content === null && error);
      equal(calling(sent)?.content, '');
    });
  }

  it('gets no content where it refuses an empty text, too', async () => {
    const sent = await callAndGoOn(({ role, content }) => {
      if (content === null) return { error: { message: 'content must not be null' } };
      return (
        role === 'assistant' &&
        content === '' && { error: { message: 'messages: text content blocks must be non-empty' } }
      );
    });
    ok(!('content' in (calling(sent) ?? {})));
  });

  it('gets a word for an empty output where it refuses an empty text', async () => {
    const sent = await callAndGoOn(
      ({ content }) =>
        content === '' && { error: { message: 'messages.3: text content blocks must be non-empty' } },
      '',
    );
    equal(sent.find(({ role }) => role === 'tool')?.content, '(no output)');
    equal(calling(sent)?.content, null);
  });
});

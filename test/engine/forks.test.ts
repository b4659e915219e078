import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type OpenAI from 'openai';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { Thread } from 'openai/resources/beta/threads/threads';
import { newId } from '../../src/engine/ids';
import type { ModelRequest } from '../../src/engine/models/modelProvider';
import { Store } from '../../src/engine/store/store';
import { openSearch, storeWith } from './fileSearchSupport';
import { onPort } from './port/support';
import { functionTool, messagesOf } from './servers/replaySupport';
import { sendText, trial } from './servers/support';
import { delta, sendEvents } from './models/support';
import {
  calls,
  createTutor,
  executeSql,
  openEngine,
  pausedTurn,
  refused,
  says,
  ScriptedModel,
  temporaryFolder,
  until,
} from './support';

interface Fork extends Thread {
  forked_from?: { thread_id: string; message_id: string | null };
  conversation?: string;
}

interface Branches {
  threads: Fork[];
  points: { message_id: string | null; branches: { thread_id: string; message_id: string }[] }[];
}

function fork(client: OpenAI, threadId: string, body: Record<string, unknown> = {}): Promise<Fork> {
  return client.post(`/threads/${threadId}/fork`, { body });
}

function branchesOf(client: OpenAI, threadId: string): Promise<Branches> {
  return client.get(`/threads/${threadId}/branches`);
}

/** All messages of a thread, oldest first. */
async function messagesIn(client: OpenAI, threadId: string): Promise<Message[]> {
  const all: Message[] = [];
  for await (const one of client.beta.threads.messages.list(threadId, { order: 'asc', limit: 100 }))
    all.push(one);
  return all;
}

function textOf({ content }: Message): string {
  return content.map((part) => (part.type === 'text' ? part.text.value : '')).join('');
}

async function textsIn(client: OpenAI, threadId: string): Promise<string[]> {
  return (await messagesIn(client, threadId)).map(textOf);
}

const look = { type: 'function' as const, function: { name: 'look', parameters: { type: 'object' } } };

/** A tutor and a thread, whose user says things one after the other. */
async function conversation(client: OpenAI, ...words: string[]) {
  const assistant = await createTutor(client, { tools: [look] });
  const thread = await client.beta.threads.create();
  const say = async (content: string, threadId = thread.id): Promise<Run> => {
    await client.beta.threads.messages.create(threadId, { role: 'user', content });
    const run = await client.beta.threads.runs.createAndPoll(threadId, { assistant_id: assistant.id });
    const waiting = run.required_action?.submit_tool_outputs.tool_calls ?? [];
    if (waiting.length === 0) return run;
    return client.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
      thread_id: threadId,
      tool_outputs: waiting.map(({ id }) => ({ tool_call_id: id, output: 'Rain' })),
    });
  };
  for (const text of words) await say(text);
  return { assistant, thread, say };
}

const callsLook = calls({ id: 'call_look', name: 'look', arguments: '{"at":"sky"}' });

describe('a fork of a thread', () => {
  it('has the messages up to one, with their runs, steps and order, and says where it comes from', async () => {
    const { client } = openEngine({
      provider: new ScriptedModel([callsLook, says('It rains.'), says('Still.')]),
    });
    const { thread } = await conversation(client, 'How is it?', 'And now?');
    const source = await messagesIn(client, thread.id);
    const made = await fork(client, thread.id, { up_to: source[1]!.id });
    assert.deepEqual(made.forked_from, { thread_id: thread.id, message_id: source[1]!.id });
    assert.equal(made.conversation, undefined);

    const copies = await messagesIn(client, made.id);
    assert.deepEqual(
      copies.map(({ role, created_at, status, assistant_id, content }) => [
        role,
        created_at,
        status,
        assistant_id,
        content,
      ]),
      source
        .slice(0, 2)
        .map(({ role, created_at, status, assistant_id, content }) => [
          role,
          created_at,
          status,
          assistant_id,
          content,
        ]),
    );
    assert.ok(copies.every(({ id }) => source.every((one) => one.id !== id)));
    const runs = (await client.beta.threads.runs.list(made.id)).data;
    assert.deepEqual(
      runs.map(({ status, thread_id }) => [status, thread_id]),
      [['completed', made.id]],
    );
    assert.equal(copies[1]!.run_id, runs[0]!.id);
    const steps = await client.beta.threads.runs.steps.list(runs[0]!.id, {
      thread_id: made.id,
      order: 'asc',
    });
    assert.deepEqual(
      steps.data.map(({ type, status }) => [type, status]),
      [
        ['tool_calls', 'completed'],
        ['message_creation', 'completed'],
      ],
    );
    const [, last] = steps.data;
    assert.ok(last?.step_details.type === 'message_creation');
    assert.equal(last.step_details.message_creation.message_id, copies[1]!.id);
    // The original is as it was.
    assert.deepEqual(await messagesIn(client, thread.id), source);
    const listed = (await client.get<{ data: Fork[] }>('/threads')).data;
    assert.deepEqual(
      listed.map(({ id }) => id),
      [made.id, thread.id],
    );
  });

  it('sends the model what the original would have sent: calls, outputs and reasoning', async () => {
    const model = new ScriptedModel([callsLook, says('It rains.'), says('Yes.'), says('Yes.')]);
    const { client } = openEngine({ provider: model });
    const { thread, say } = await conversation(client, 'How is it?');
    const made = await fork(client, thread.id);
    await say('And now?');
    await say('And now?', made.id);
    const [original, forked] = model.requests.slice(-2) as [ModelRequest, ModelRequest];
    assert.ok(JSON.stringify(original.messages).includes('call_look'));
    assert.deepEqual(forked.messages, original.messages);
  });

  it('keeps the reasoning that its server wants back', async () => {
    const tried = await trial(
      'chat-completions',
      (response, _asked, at) => {
        if (at > 0) return sendText('chat-completions', response, 'Fine.');
        const call = {
          index: 0,
          id: 'call_1',
          type: 'function',
          function: { name: 'look', arguments: '{}' },
        };
        sendEvents(response, [
          delta({ role: 'assistant', content: null, reasoning_content: 'The sky first.' }),
          delta({ tool_calls: [call] }),
          delta({}, 'tool_calls'),
        ]);
      },
      { assistant: { tools: [functionTool('look')] } },
    );
    const { client, threadId, assistant } = tried;
    const { run } = await tried.say('Look');
    await client.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
      thread_id: threadId,
      tool_outputs: [{ tool_call_id: 'call_1', output: 'Rain' }],
    });
    const made = await fork(client, threadId);
    for (const id of [threadId, made.id]) {
      await client.beta.threads.messages.create(id, { role: 'user', content: 'Again' });
      await client.beta.threads.runs.createAndPoll(id, { assistant_id: assistant.id });
    }
    const [original, forked] = tried.bodies().slice(-2).map(messagesOf);
    assert.ok(JSON.stringify(original).includes('The sky first.'));
    assert.deepEqual(forked, original);
  });

  it('before a message ends right before it, and before the first one is empty', async () => {
    const { client } = openEngine({ provider: new ScriptedModel([says('One.'), says('Two.')]) });
    const { thread } = await conversation(client, 'First', 'Second');
    const source = await messagesIn(client, thread.id);
    const second = await fork(client, thread.id, { before: source[2]!.id });
    assert.deepEqual(await textsIn(client, second.id), ['First', 'One.']);
    assert.equal((await client.beta.threads.runs.list(second.id)).data.length, 1);
    const answer = await fork(client, thread.id, { before: source[1]!.id });
    assert.deepEqual(await textsIn(client, answer.id), ['First']);
    assert.deepEqual((await client.beta.threads.runs.list(answer.id)).data, []);
    const empty = await fork(client, thread.id, { before: source[0]!.id });
    assert.deepEqual(await textsIn(client, empty.id), []);
    assert.deepEqual(empty.forked_from, { thread_id: thread.id, message_id: null });
  });

  it('in the middle of a run has the steps up to there', async () => {
    const speaksAndCalls = [{ type: 'text' as const, text: 'A moment.' }, ...callsLook];
    const { client } = openEngine({ provider: new ScriptedModel([speaksAndCalls, says('It rains.')]) });
    const { thread } = await conversation(client, 'How is it?');
    const source = await messagesIn(client, thread.id);
    assert.deepEqual(source.map(textOf), ['How is it?', 'A moment.', 'It rains.']);
    const typesIn = async (body: Record<string, unknown>): Promise<string[]> => {
      const made = await fork(client, thread.id, body);
      const [run] = (await client.beta.threads.runs.list(made.id)).data;
      const steps = await client.beta.threads.runs.steps.list(run!.id, { thread_id: made.id, order: 'asc' });
      return steps.data.map(({ type }) => type);
    };
    assert.deepEqual(await typesIn({ up_to: source[1]!.id }), ['message_creation']);
    assert.deepEqual(await typesIn({ before: source[2]!.id }), ['message_creation', 'tool_calls']);
  });

  it('leaves out a run under way and what it writes', async () => {
    const paused = pausedTurn(['It '], ['rains.']);
    const { client } = openEngine({ provider: new ScriptedModel([says('Hello.'), paused.turn]) });
    const { thread, assistant } = await conversation(client, 'Hi');
    await client.beta.threads.messages.create(thread.id, { role: 'user', content: 'How is it?' });
    const run = await client.beta.threads.runs.create(thread.id, { assistant_id: assistant.id });
    const written = await until(
      'the run speaks',
      async () => (await client.beta.threads.messages.list(thread.id, { run_id: run.id })).data[0],
    );
    const made = await fork(client, thread.id);
    assert.deepEqual(await textsIn(client, made.id), ['Hi', 'Hello.', 'How is it?']);
    assert.equal((await client.beta.threads.runs.list(made.id)).data.length, 1);
    await refused(
      fork(client, thread.id, { up_to: written.id }),
      400,
      /while the run run_\w+ is active/,
      'up_to',
    );
    // A fork is free for another run meanwhile.
    await client.beta.threads.messages.create(made.id, { role: 'user', content: 'Well?' });
    paused.go();
    await client.beta.threads.runs.poll(run.id, { thread_id: thread.id });
  });

  it('takes the metadata of its source, or its own', async () => {
    const { client } = openEngine();
    const thread = await client.beta.threads.create({ metadata: { title: 'Sky', more: 'x' } });
    assert.deepEqual((await fork(client, thread.id)).metadata, { title: 'Sky', more: 'x' });
    assert.deepEqual((await fork(client, thread.id, { metadata: { title: 'Sea' } })).metadata, {
      title: 'Sea',
    });
    const full = Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`key${at}`, 'v']));
    assert.deepEqual((await fork(client, thread.id, { metadata: full })).metadata, full);
  });

  it('is refused with the API’s errors', async () => {
    const { client } = openEngine();
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Hi' }] });
    const other = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Hi' }] });
    const [message] = await messagesIn(client, thread.id);
    const [foreign] = await messagesIn(client, other.id);
    await refused(fork(client, 'thread_x'), 404, /No thread found with id 'thread_x'/);
    await refused(fork(client, thread.id, { up_to: 'msg_x' }), 404, /No message found with id 'msg_x'/);
    await refused(fork(client, thread.id, { before: foreign!.id }), 404, /No message found/);
    await refused(
      fork(client, thread.id, { up_to: message!.id, before: message!.id }),
      400,
      /Only one of 'up_to' and 'before'/,
      'before',
    );
    await refused(fork(client, thread.id, { until: 'x' }), 400, /Unknown parameter: 'until'/, 'until');
    await refused(fork(client, thread.id, { up_to: 5 }), 400, /Invalid type for 'up_to'/, 'up_to');
    await refused(client.get('/threads/thread_x/branches'), 404, /No thread found/);
  });

  it('and its source live on when the other is deleted, with the files that both search', async () => {
    const provider = new ScriptedModel([
      calls({ id: 'call_1', name: 'file_search', arguments: '{"query":"tide"}' }),
      says('It turns【0:0†sea.txt】.'),
    ]);
    const { client } = openSearch({ provider });
    const { id: store } = await storeWith(client, { 'sea.txt': 'The tide turns.' });
    const assistant = await createTutor(client, { tools: [{ type: 'file_search' }] });
    const thread = await client.beta.threads.create({
      messages: [{ role: 'user', content: 'Tide?' }],
      tool_resources: { file_search: { vector_store_ids: [store] } },
    });
    await client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
    const made = await fork(client, thread.id);
    const again = await fork(client, made.id);
    assert.deepEqual(made.tool_resources, thread.tool_resources);
    await client.beta.threads.delete(thread.id);
    await client.beta.threads.delete(again.id);
    const [, answer] = await messagesIn(client, made.id);
    assert.match(JSON.stringify(answer!.content), /"file_citation"/);
    const passage = await client.get(`/threads/${made.id}/citations/0:0`);
    assert.match(JSON.stringify(passage), /The tide turns\./);
    assert.equal((await client.vectorStores.retrieve(store)).file_counts.completed, 1);
  });

  it('is made over the port', async () => {
    const { port } = await onPort();
    const call = async (path: string, body?: object): Promise<Fork> => {
      const response = await fetch(`http://127.0.0.1:${port}/v1${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body ?? {}),
      });
      assert.equal(response.status, 200);
      return (await response.json()) as Fork;
    };
    const thread = await call('/threads', { messages: [{ role: 'user', content: 'Hi' }] });
    assert.equal((await call(`/threads/${thread.id}/fork`)).forked_from?.thread_id, thread.id);
  });

  it('of a long thread is made in pieces, is hidden until it is complete, and gone if its engine dies', async () => {
    const dataDir = temporaryFolder();
    const first = openEngine({ dataDir });
    const thread = await first.client.beta.threads.create({ messages: [{ role: 'user', content: 'Hi' }] });
    const [message] = await messagesIn(first.client, thread.id);
    await first.engine.close();
    const store = new Store(dataDir);
    store.transaction(() => {
      for (let at = 1; at < 5000; at++) store.messages.insert({ ...message!, id: newId('msg') });
    });
    store.close();
    executeSql(
      dataDir,
      `INSERT INTO threads (id, body, copied_by) SELECT 'thread_half', body, 'engine_gone' FROM threads`,
    );

    const { client } = openEngine({ dataDir, tickInterval: 20 });
    let isMade = false;
    const making = fork(client, thread.id).finally(() => (isMade = true));
    // Requests are answered meanwhile, and none of them sees a part of the copy.
    let answered = 0;
    while (!isMade) {
      await nextTurn();
      const { data } = await client.get<{ data: Fork[] }>('/threads');
      if (!isMade)
        assert.deepEqual(
          data.map(({ id }) => id),
          [thread.id],
        );
      answered++;
    }
    assert.ok(answered > 1);
    const made = await making;
    assert.equal((await messagesIn(client, made.id)).length, 5000);
    await refused(client.beta.threads.retrieve('thread_half'), 404, /No thread found/);
    await until('the unfinished fork is deleted', () => {
      const reader = new Store(dataDir);
      const { length } = reader.threads.unfinished();
      reader.close();
      return length === 0;
    });
  });
});

describe('the branches of a conversation', () => {
  it('differ at the message that was edited, in each of them, after a restart, too', async () => {
    const dataDir = temporaryFolder();
    const turns = [says('One.'), says('Two.'), says('Deux.'), says('Zwei.')];
    const { client, engine } = openEngine({ dataDir, provider: new ScriptedModel(turns) });
    const { thread, say } = await conversation(client, 'First', 'Second');
    const source = await messagesIn(client, thread.id);
    const french = await fork(client, thread.id, { before: source[2]!.id, branch: true });
    await say('En français', french.id);
    const frenchMessages = await messagesIn(client, french.id);
    const german = await fork(client, french.id, { before: frenchMessages[2]!.id, branch: true });
    await say('Auf Deutsch', german.id);
    const germanMessages = await messagesIn(client, german.id);
    assert.deepEqual(germanMessages.map(textOf), ['First', 'One.', 'Auf Deutsch', 'Zwei.']);

    const expected = [
      { thread_id: thread.id, message_id: source[2]!.id },
      { thread_id: french.id, message_id: frenchMessages[2]!.id },
      { thread_id: german.id, message_id: germanMessages[2]!.id },
    ];
    await engine.close();
    const { client: later } = openEngine({ dataDir });
    for (const [at, { thread_id, message_id }] of expected.entries()) {
      const { threads, points } = await branchesOf(later, thread_id);
      assert.deepEqual(
        threads.map(({ id }) => id),
        [thread.id, french.id, german.id],
        `branch ${at}`,
      );
      assert.ok(threads.every(({ conversation }) => conversation === thread.id));
      assert.deepEqual(points, [{ object: 'thread.branch_point', message_id, branches: expected }]);
    }
    // A deleted branch is no way to go any more.
    await later.beta.threads.delete(thread.id);
    const [point] = (await branchesOf(later, german.id)).points;
    assert.deepEqual(point?.branches, expected.slice(1));
    await later.beta.threads.delete(french.id);
    assert.deepEqual((await branchesOf(later, german.id)).points, []);
  });

  it('differ at several places: each answer of each question', async () => {
    const words = ['One.', 'Two.', 'Other.', 'More.'].map((word) => says(word));
    const { client } = openEngine({ provider: new ScriptedModel(words) });
    const { thread, say, assistant } = await conversation(client, 'First', 'Second');
    const source = await messagesIn(client, thread.id);
    const answered = await fork(client, thread.id, { before: source[1]!.id, branch: true });
    await client.beta.threads.runs.createAndPoll(answered.id, { assistant_id: assistant.id });
    const edited = await fork(client, thread.id, { before: source[0]!.id, branch: true });
    await say('Zeroth', edited.id);
    const { points } = await branchesOf(client, thread.id);
    assert.deepEqual(
      points.map(({ message_id }) => message_id),
      [source[0]!.id, source[1]!.id],
    );
    assert.deepEqual(
      points[0]!.branches.map(({ thread_id }) => thread_id),
      [thread.id, edited.id],
    );
    assert.deepEqual(
      points[1]!.branches.map(({ thread_id }) => thread_id),
      [thread.id, answered.id],
    );
    assert.deepEqual((await branchesOf(client, edited.id)).points.length, 1);
  });

  it('go on elsewhere where one was cut off', async () => {
    const { client } = openEngine({ provider: new ScriptedModel([says('One.'), says('Two.')]) });
    const { thread } = await conversation(client, 'First', 'Second');
    const source = await messagesIn(client, thread.id);
    const cut = await fork(client, thread.id, { before: source[2]!.id, branch: true });
    const { points } = await branchesOf(client, cut.id);
    assert.deepEqual(points, [
      {
        object: 'thread.branch_point',
        message_id: null,
        branches: [{ thread_id: thread.id, message_id: source[2]!.id }],
      },
    ]);
    assert.deepEqual((await branchesOf(client, thread.id)).points, []);
  });

  it('are not those of a thread that was forked as one of its own', async () => {
    const { client } = openEngine({ provider: new ScriptedModel([says('One.'), says('Two.')]) });
    const { thread, say } = await conversation(client, 'First');
    const source = await messagesIn(client, thread.id);
    const own = await fork(client, thread.id, { before: source[1]!.id });
    await say('Second', own.id);
    assert.deepEqual((await branchesOf(client, thread.id)).points, []);
    const { threads, points } = await branchesOf(client, own.id);
    assert.deepEqual(
      threads.map(({ id }) => id),
      [own.id],
    );
    assert.deepEqual(points, []);
  });
});

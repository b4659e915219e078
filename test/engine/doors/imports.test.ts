import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { openSearch, storeWith, whenRead } from '../fileSearchSupport';
import { ask, collect, createTutor, ScriptedModel, calls, says, until } from '../support';
import { deleteEverything, importObjects, snapshot } from './support';

const message = {
  object: 'thread.message',
  id: 'msg_aaaaaaaaaaaaaaaaaaaaaaaa',
  thread_id: 'thread_aaaaaaaaaaaaaaaaaaaaaaaa',
  created_at: 1_700_000_100,
  role: 'user',
  content: [{ type: 'text', text: { value: 'Hello', annotations: [] } }],
};
const thread = {
  object: 'thread',
  id: 'thread_aaaaaaaaaaaaaaaaaaaaaaaa',
  created_at: 1_700_000_000,
  metadata: { title: 'Old' },
};

describe('Imports', () => {
  it('write objects with their own ids and times', async () => {
    const { client } = openSearch({ worker: null });
    const answer = await importObjects(client, [thread, message]);
    deepEqual(answer.problems, []);
    deepEqual(
      answer.results.map(({ id, status, added }) => ({ id, status, added })),
      [{ id: thread.id, status: 'created', added: { messages: 1, runs: 0, run_steps: 0 } }],
    );
    const found = await client.beta.threads.retrieve(thread.id);
    deepEqual([found.created_at, found.metadata], [thread.created_at, thread.metadata]);
    const read = await client.beta.threads.messages.retrieve(message.id, { thread_id: thread.id });
    deepEqual([read.created_at, read.content], [message.created_at, message.content]);
  });

  it('write nothing twice', async () => {
    const { client } = openSearch({ worker: null });
    await importObjects(client, [thread, message]);
    const before = await snapshot(client);
    const again = await importObjects(client, [thread, message]);
    equal(again.results[0]?.status, 'exists');
    deepEqual(await snapshot(client), before);
  });

  it('may have null for fields that are missing, as the client for Python writes them', async () => {
    const { client } = openSearch({ worker: null });
    const assistant = {
      object: 'assistant',
      id: 'asst_aaaaaaaaaaaaaaaaaaaaaaaa',
      created_at: 1,
      model: 'm',
      temperature: null,
      tools: [
        { type: 'file_search', file_search: { max_num_results: null, ranking_options: null } },
        {
          type: 'function',
          function: { name: 'f', description: null, parameters: { default: null }, strict: null },
        },
      ],
      tool_resources: { code_interpreter: { file_ids: [] }, file_search: null },
    };
    const attachments = [{ file_id: 'file-aaaaaaaaaaaaaaaaaaaaaaaa', tools: null }];
    const answer = await importObjects(client, [
      assistant,
      { ...thread, tool_resources: { code_interpreter: null, file_search: null } },
      { ...message, attachments },
    ]);
    deepEqual(answer.problems, []);
    const { assistants, inThreads } = await snapshot(client);
    deepEqual(assistants[0]?.tools, [
      { type: 'file_search', file_search: {} },
      { type: 'function', function: { name: 'f', parameters: { default: null } } },
    ]);
    equal(assistants[0]?.temperature, null);
    equal(inThreads[0]?.messages.length, 1);
  });

  it('recognise messages without ids', async () => {
    const { client } = openSearch({ worker: null });
    const unnamed = { ...message, id: undefined };
    const objects = [thread, unnamed, { ...unnamed, content: 'Hello again' }, unnamed];
    await importObjects(client, objects);
    const before = await snapshot(client);
    equal(before.inThreads[0]?.messages.length, 3);
    equal((await importObjects(client, objects)).results[0]?.status, 'exists');
    deepEqual(await snapshot(client), before);
  });

  it('add what has come since to a thread that is there, and leave deleted messages deleted', async () => {
    const { client } = openSearch({ worker: null });
    const later = { ...message, id: 'msg_bbbbbbbbbbbbbbbbbbbbbbbb', created_at: message.created_at + 10 };
    const last = { ...message, id: 'msg_cccccccccccccccccccccccc', created_at: message.created_at + 20 };
    await importObjects(client, [thread, message, later]);
    await client.beta.threads.messages.delete(message.id, { thread_id: thread.id });
    const answer = await importObjects(client, [thread, message, later, last]);
    deepEqual(answer.results[0]?.added, { messages: 1, runs: 0, run_steps: 0 });
    const left = await collect(client.beta.threads.messages.list(thread.id, { order: 'asc' }));
    deepEqual(
      left.map(({ id }) => id),
      [later.id, last.id],
    );
  });

  it('bring a thread back from the trash', async () => {
    const { client } = openSearch({ worker: null });
    await importObjects(client, [thread, message]);
    await client.post(`/threads/${thread.id}/trash`);
    const answer = await importObjects(client, [thread, message]);
    deepEqual([answer.problems, answer.results[0]?.status], [[], 'added']);
    const { inThreads } = await snapshot(client);
    deepEqual(
      inThreads.map(({ id, messages }) => [id, messages.length]),
      [[thread.id, 1]],
    );
  });

  it('give new ids to what has the id of another object, and follow the references', async () => {
    const { client } = openSearch({ worker: null });
    await importObjects(client, [thread, message], 'one');
    const other = { ...thread, created_at: 1_600_000_000 };
    const run = {
      object: 'thread.run',
      id: 'run-of odd form',
      thread_id: thread.id,
      assistant_id: 'tutor/1',
      created_at: 1_600_000_001,
      status: 'completed',
    };
    const reply = {
      ...message,
      created_at: 1_600_000_002,
      role: 'assistant',
      run_id: run.id,
      assistant_id: 'tutor/1',
    };
    const step = {
      object: 'thread.run.step',
      id: '7',
      thread_id: thread.id,
      run_id: run.id,
      created_at: 1_600_000_002,
      status: 'completed',
      step_details: { type: 'message_creation', message_creation: { message_id: message.id } },
    };
    const assistant = {
      object: 'assistant',
      id: 'tutor/1',
      created_at: 1_600_000_000,
      model: 'gpt-4o',
      name: 'Tutor',
    };
    const objects = [assistant, other, run, reply, step];
    const answer = await importObjects(client, objects, 'two');
    deepEqual(answer.problems, []);
    const [{ id: assistantId } = { id: '' }, { id } = { id: '' }] = answer.results;
    notEqual(id, thread.id);
    equal((await client.beta.assistants.retrieve(assistantId)).name, 'Tutor');
    const [read] = await collect(client.beta.threads.messages.list(id));
    const [readRun] = await collect(client.beta.threads.runs.list(id));
    const [readStep] = await collect(
      client.beta.threads.runs.steps.list(readRun?.id ?? '', { thread_id: id }),
    );
    ok(read && readRun && readStep);
    notEqual(read.id, message.id);
    deepEqual([read.run_id, read.assistant_id, readRun.assistant_id], [readRun.id, assistantId, assistantId]);
    deepEqual(readStep.step_details, { type: 'message_creation', message_creation: { message_id: read.id } });
    const before = await snapshot(client);
    equal((await importObjects(client, objects, 'two')).results[1]?.status, 'exists');
    deepEqual(await snapshot(client), before);
  });

  it('end runs, steps and messages that were under way', async () => {
    const { client } = openSearch({ worker: null });
    const base = { thread_id: thread.id, created_at: 1_700_000_000 };
    const assistant_id = 'asst_aaaaaaaaaaaaaaaaaaaaaaaa';
    const ids = ['queued', 'in_progress', 'requires_action', 'cancelling', 'failed', 'incomplete'];
    const runs = ids.map((status, at) => ({
      ...base,
      object: 'thread.run',
      id: `run_${'r'.repeat(23)}${at}`,
      assistant_id,
      status,
      model: 'm',
    }));
    const step = {
      ...base,
      object: 'thread.run.step',
      id: 'step_aaaaaaaaaaaaaaaaaaaaaaaa',
      run_id: runs[1]?.id,
      assistant_id,
      status: 'in_progress',
      step_details: { type: 'message_creation', message_creation: { message_id: message.id } },
    };
    const answer = await importObjects(client, [
      thread,
      ...runs,
      { ...message, status: 'in_progress' },
      step,
    ]);
    deepEqual(answer.problems, []);
    const { inThreads } = await snapshot(client);
    deepEqual(
      inThreads[0]?.runs.map(({ status }) => status),
      ['expired', 'expired', 'expired', 'cancelled', 'failed', 'incomplete'],
    );
    equal(inThreads[0]?.messages[0]?.status, 'incomplete');
    equal(inThreads[0]?.steps[0]?.status, 'expired');
    // Nothing is under way: the thread takes messages and runs.
    await client.beta.threads.messages.create(thread.id, { role: 'user', content: 'Still there?' });
  });

  it('report what cannot be taken, and take the rest', async () => {
    const { client } = openSearch({ worker: null });
    const deep = { ...message, metadata: JSON.parse('{"a":'.repeat(600) + '1' + '}'.repeat(600)) as unknown };
    const answer = await importObjects(client, [
      thread,
      { ...message, id: 'msg_1' + 'x'.repeat(300) },
      { ...message, role: 'system' },
      { ...message, content: 7 },
      { ...message, content: [{ type: 'text', text: { value: 4 } }] },
      { ...message, metadata: { key: 5 } },
      { ...message, created_at: 'yesterday' },
      { ...message, thread_id: 'thread_other000' },
      deep,
      7,
      null,
      { object: 'constructor' },
      { object: 'invoice', id: 'in_1' },
      { object: 'assistant', id: 'asst_bbbbbbbbbbbbbbbbbbbbbbbb' },
      { object: 'file', id: '../../etc/passwd', filename: 'x' },
      {
        ...message,
        unknown: 1,
        content: [{ type: 'text', text: { value: 'Fine', annotations: [{ type: 'odd' }] } }],
      },
    ]);
    equal(answer.problems.length, 13);
    for (const { reason } of answer.problems) match(reason, /\w/);
    deepEqual(answer.ignored_fields, ['thread.message.unknown']);
    const { inThreads } = await snapshot(client);
    equal(inThreads[0]?.messages.length, 1);
    equal(answer.results.find(({ object }) => object === 'thread')?.status, 'created');
    match(answer.results.find(({ object }) => object === 'file')?.id ?? '', /^file-[A-Za-z0-9]{24}$/);
  });

  it('leave no half of a thread when the connection is cut', async () => {
    const { client, engine } = openSearch({ worker: null });
    const lines = [thread, message].map((object) => `${JSON.stringify(object)}\n`).join('');
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from(lines)),
      pull: async (controller) => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        controller.error(new Error('cut'));
      },
    });
    const request = new Request('http://engine/v1/imports', {
      method: 'POST',
      body,
      duplex: 'half',
    });
    const response = await engine.fetch(request).catch((error: unknown) => error as Error);
    ok(!(response instanceof Response) || response.status >= 400);
    equal((await snapshot(client)).threads.length, 0);
    equal((await importObjects(client, [thread, message])).results[0]?.status, 'created');
  });

  it('take back all that was read of another engine', async () => {
    const provider = new ScriptedModel([
      calls({ id: 'call_1', name: 'file_search', arguments: '{"query":"gradient"}' }),
      says('It is the slope【0:0†notes.txt】.'),
      calls({ id: 'call_2', name: 'display_quiz', arguments: '{"title":"Quiz"}' }),
      says('Well done.'),
    ]);
    const { client } = openSearch({ provider });
    const store = await storeWith(client, {
      'notes.txt': 'The gradient is the slope.',
      'more.txt': 'More text.',
    });
    const tutor = await createTutor(client, {
      model: 'scripted',
      temperature: 0.2,
      tools: [{ type: 'file_search' }, { type: 'function', function: { name: 'display_quiz' } }],
      tool_resources: { file_search: { vector_store_ids: [store.id] } },
    });
    const run = await ask(client, tutor, 'What is a gradient?');
    const ended = () => client.beta.threads.runs.retrieve(run.id, { thread_id: run.thread_id });
    await until('the run ends', async () => (await ended()).status === 'completed');
    await client.beta.threads.messages.create(run.thread_id, { role: 'user', content: 'A quiz, please.' });
    const second = await client.beta.threads.runs.createAndPoll(
      run.thread_id,
      { assistant_id: tutor.id },
      { pollIntervalMs: 20 },
    );
    await client.beta.threads.runs.submitToolOutputsAndPoll(
      second.id,
      { thread_id: run.thread_id, tool_outputs: [{ tool_call_id: 'call_2', output: '{"answers":[]}' }] },
      { pollIntervalMs: 20 },
    );
    const [first] = await collect(client.beta.threads.messages.list(run.thread_id, { order: 'asc' }));
    await client.post(`/threads/${run.thread_id}/fork`, { body: { up_to: first?.id, branch: true } });
    const before = await snapshot(client);
    const objects = [
      ...before.assistants,
      ...before.files,
      ...before.stores,
      ...before.storeFiles,
      ...before.inThreads.flatMap(({ id, runs, messages, steps }) => [
        before.threads.find((one) => one.id === id),
        ...runs,
        ...messages,
        ...steps,
      ]),
    ];
    await deleteEverything(client);
    equal((await snapshot(client)).assistants.length, 0);
    for (const [at, file] of before.files.entries()) {
      await client.post('/imports/files', {
        query: { source: 'test', object: JSON.stringify(file) },
        body: Buffer.from(before.contents[at] ?? ''),
        headers: { 'content-type': 'application/octet-stream' },
      });
    }
    const answer = await importObjects(client, objects);
    deepEqual(answer.problems, []);
    deepEqual(answer.ignored_fields, []);
    await whenRead(client, store.id);
    deepEqual(await snapshot(client), before);
    const cited = await client.get<{ content: { text: string }[] }>(
      `/threads/${run.thread_id}/citations/0:0`,
    );
    match(cited.content[0]?.text ?? '', /slope/);
  });
});

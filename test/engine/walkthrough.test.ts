import assert from 'node:assert/strict';
import type OpenAI from 'openai';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { ask, createTutor, openEngine } from './support';

/** As the tutorial waits: by asking again. */
async function waitOnRun(client: OpenAI, run: Run): Promise<Run> {
  while (run.status === 'queued' || run.status === 'in_progress') {
    run = await client.beta.threads.runs.retrieve(run.id, { thread_id: run.thread_id });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return run;
}

function textOf(message: Message | undefined): string {
  const [part] = message?.content ?? [];
  assert.equal(part?.type, 'text');
  return part.text.value;
}

describe('the walkthrough, with the demo model', () => {
  it('creates a tutor and a thread, asks, and reads the answer newest first', async () => {
    const { client } = openEngine();
    const assistant = await createTutor(client);
    assert.match(assistant.id, /^asst_[A-Za-z0-9]{24}$/);
    const thread = await client.beta.threads.create();
    const message = await client.beta.threads.messages.create(thread.id, {
      role: 'user',
      content: 'I need to solve the equation `3x + 11 = 14`. Can you help me?',
    });
    const run = await client.beta.threads.runs.create(thread.id, { assistant_id: assistant.id });
    assert.equal(run.status, 'queued');
    const done = await waitOnRun(client, run);
    assert.equal(done.status, 'completed');
    assert.ok((done.usage?.total_tokens ?? 0) > 0);

    const { data } = await client.beta.threads.messages.list(thread.id);
    assert.equal(data.length, 2);
    assert.equal(data[1]?.id, message.id);
    assert.match(textOf(data[0]), /x = 1/);
  });

  it('explains the answer in the same thread, listed after the question alone', async () => {
    const { client } = openEngine();
    const assistant = await createTutor(client);
    const first = await waitOnRun(
      client,
      await ask(client, assistant, 'I need to solve the equation `3x + 11 = 14`. Can you help me?'),
    );
    const question = await client.beta.threads.messages.create(first.thread_id, {
      role: 'user',
      content: 'Could you explain this to me?',
    });
    await waitOnRun(
      client,
      await client.beta.threads.runs.create(first.thread_id, { assistant_id: assistant.id }),
    );
    const { data } = await client.beta.threads.messages.list(first.thread_id, {
      order: 'asc',
      after: question.id,
    });
    assert.equal(data.length, 1);
    assert.match(textOf(data[0]), /11/);
  });

  it('runs three threads at once, and thanks on the third', async () => {
    const { client } = openEngine();
    const assistant = await createTutor(client);
    const questions = [
      'I need to solve the equation `3x + 11 = 14`. Can you help me?',
      'Could you explain linear algebra to me?',
      "I don't like math. What can I do?",
    ];
    const runs = await Promise.all(questions.map((question) => ask(client, assistant, question)));
    const done = await Promise.all(runs.map((run) => waitOnRun(client, run)));
    assert.deepEqual(
      done.map((run) => run.status),
      ['completed', 'completed', 'completed'],
    );

    const third = done[2] as Run;
    await client.beta.threads.messages.create(third.thread_id, { role: 'user', content: 'Thank you!' });
    const run = await client.beta.threads.runs.create(third.thread_id, { assistant_id: assistant.id });
    assert.equal((await waitOnRun(client, run)).status, 'completed');
    const { data } = await client.beta.threads.messages.list(third.thread_id, { order: 'asc' });
    assert.deepEqual(
      data.map((message) => message.role),
      ['user', 'assistant', 'user', 'assistant'],
    );
  });
});

import assert from 'node:assert/strict';
import { ask, createTutor, firstWords, openEngine, pausedTurn, ScriptedModel } from './support';

describe('metadata that is changed while a run is under way', () => {
  const metadata = { rated: 'good' };

  it('is not overwritten by the message in progress', async () => {
    const { turn, go } = pausedTurn(['Half'], [' of it']);
    const { client, engine } = openEngine({ provider: new ScriptedModel([turn]) });
    const run = await ask(client, await createTutor(client), 'Go');
    const { id, thread_id } = await firstWords(client, run);
    await client.beta.threads.messages.update(id, { thread_id, metadata });
    // A new reader causes the text so far to be written.
    const events = await engine.fetch(`http://engine/v1/threads/${thread_id}/runs/${run.id}/events`);
    const during = await client.beta.threads.messages.retrieve(id, { thread_id });
    assert.deepEqual([during.status, during.metadata], ['in_progress', metadata]);
    go();
    assert.match(
      await events.text(),
      /event: thread\.message\.completed\ndata: .*"metadata":\{"rated":"good"\}/,
    );
    const after = await client.beta.threads.messages.retrieve(id, { thread_id });
    assert.deepEqual([after.status, after.metadata], ['completed', metadata]);
  });

  it('is not overwritten by the run or its thread', async () => {
    const { turn, go } = pausedTurn(['Half'], [' of it']);
    const { client } = openEngine({ provider: new ScriptedModel([turn]) });
    const { id, thread_id } = await ask(client, await createTutor(client), 'Go');
    await client.beta.threads.runs.update(id, { thread_id, metadata });
    await client.beta.threads.update(thread_id, { metadata });
    go();
    const ended = await client.beta.threads.runs.poll(id, { thread_id });
    assert.deepEqual([ended.status, ended.metadata], ['completed', metadata]);
    assert.deepEqual((await client.beta.threads.retrieve(thread_id)).metadata, metadata);
  });
});

import assert from 'node:assert/strict';
import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import {
  ask,
  executeSql,
  calls,
  createTutor,
  eventNames,
  firstWords,
  openEngine,
  pausedTurn,
  says,
  ScriptedModel,
  type TestEngine,
  until,
} from './support';

/** Makes the engines that are open now look dead: no process has this id. */
function markEnginesDead({ dataDir }: TestEngine): void {
  executeSql(dataDir, 'UPDATE engines SET pid = 4194305');
}

/** SQL that makes updates of runs fail as on a full disk, and SQL that ends it. */
const fillDisk = `CREATE TRIGGER no_room BEFORE UPDATE ON runs
  BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`;
const freeDisk = 'DROP TRIGGER no_room';

const weather = { type: 'function' as const, function: { name: 'get_weather' } };

describe('a window that was taken for dead by mistake', () => {
  it('ends the event streams of its run, and writes nothing more to it', async () => {
    const { turn, go } = pausedTurn(['Half'], [' of it', ' all']);
    const one = openEngine({ provider: new ScriptedModel([turn]) });
    const assistant = await createTutor(one.client);
    const thread = await one.client.beta.threads.create({ messages: [{ role: 'user', content: 'Go' }] });
    const stream = await one.client.beta.threads.runs.create(thread.id, {
      assistant_id: assistant.id,
      stream: true,
    });
    const events: AssistantStreamEvent[] = [];
    const read = (async () => {
      for await (const event of stream) events.push(event);
    })();
    const run = await until('the run is there', () =>
      events.find((event) => event.event === 'thread.run.created'),
    );
    await firstWords(one.client, run.data);

    markEnginesDead(one);
    const other = openEngine({ dataDir: one.dataDir, provider: new ScriptedModel([]) });
    const ended = await other.client.beta.threads.runs.poll(run.data.id, { thread_id: thread.id });
    assert.equal(ended.status, 'failed');
    // Longer than the interval between checkpoints, so that the next words are written at once.
    await new Promise((resolve) => setTimeout(resolve, 300));
    go();
    await read;
    assert.equal(eventNames(events).at(-1), 'thread.run.failed');
    assert.deepEqual(
      await other.client.beta.threads.runs.retrieve(run.data.id, { thread_id: thread.id }),
      ended,
    );
    const message = await firstWords(other.client, run.data);
    assert.equal(message.status, 'incomplete');
    assert.doesNotMatch(JSON.stringify(message.content), /of it/);
  });
});

describe('a run whose thread was deleted in another window', () => {
  it('ends its event streams here', async () => {
    const { turn, go } = pausedTurn(['Half'], [' of it']);
    const one = openEngine({ provider: new ScriptedModel([turn]) });
    const other = openEngine({ dataDir: one.dataDir, provider: new ScriptedModel([]) });
    const assistant = await createTutor(one.client);
    const run = await ask(one.client, assistant, 'Go');
    const events = one.client.get<Response>(`/threads/${run.thread_id}/runs/${run.id}/events`, {
      __binaryResponse: true,
    });
    await firstWords(one.client, run);
    await other.client.beta.threads.delete(run.thread_id);
    go();
    assert.match(await (await events).text(), /event: done\n/);
    assert.deepEqual(one.log, []);
  });
});

describe('a run that is followed in another window', () => {
  it('ends its event streams when their window closes', async () => {
    const { turn } = pausedTurn(['Half'], []);
    const one = openEngine({ provider: new ScriptedModel([turn]) });
    const other = openEngine({ dataDir: one.dataDir, provider: new ScriptedModel([]) });
    const run = await ask(one.client, await createTutor(one.client), 'Go');
    await firstWords(one.client, run);
    const response = await other.client.get<Response>(`/threads/${run.thread_id}/runs/${run.id}/events`, {
      __binaryResponse: true,
    });
    await other.engine.close();
    assert.match(await response.text(), /event: done\n/);
  });

  it('that waits for function outputs is answered there, and continues there', async () => {
    const call = { id: 'call_1', name: 'get_weather', arguments: '{}' };
    const one = openEngine({ provider: new ScriptedModel([calls(call)]) });
    const other = openEngine({ dataDir: one.dataDir, provider: new ScriptedModel([says('Sunny.')]) });
    const run = await ask(one.client, await createTutor(one.client, { tools: [weather] }), 'Weather?');
    const waiting = await other.client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    assert.equal(waiting.status, 'requires_action');
    const ended = await other.client.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
      thread_id: run.thread_id,
      tool_outputs: [{ tool_call_id: 'call_1', output: 'sun' }],
    });
    assert.equal(ended.status, 'completed');
    assert.deepEqual(
      await one.client.beta.threads.runs.retrieve(run.id, { thread_id: run.thread_id }),
      ended,
    );
  });
});

describe('a run that waits for function outputs when its window dies', () => {
  it('keeps waiting, can be answered, and can expire', async () => {
    const call = { id: 'call_1', name: 'get_weather', arguments: '{}' };
    const one = openEngine({ provider: new ScriptedModel([calls(call)]) });
    const run = await ask(one.client, await createTutor(one.client, { tools: [weather] }), 'Weather?');
    await one.client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    // It died between writing `requires_action` and releasing the run.
    executeSql(one.dataDir, 'UPDATE runs SET owner = (SELECT id FROM engines)');
    markEnginesDead(one);

    const other = openEngine({ dataDir: one.dataDir, provider: new ScriptedModel([]) });
    executeSql(
      one.dataDir,
      `UPDATE runs SET body = json_set(body, '$.expires_at', ${Math.floor(Date.now() / 1000) - 1})`,
    );
    const ended = await until('the run expires', async () => {
      const now = await other.client.beta.threads.runs.retrieve(run.id, { thread_id: run.thread_id });
      return now.status === 'expired' && now;
    });
    assert.equal(ended.required_action, null);
  });
});

describe('a run that cannot be written to the disk', () => {
  it('ends as failed once there is space, and frees its thread', async () => {
    const { turn, go } = pausedTurn(['Half'], [' of it']);
    const one = openEngine({ provider: new ScriptedModel([turn, says('Whole.')]) });
    const assistant = await createTutor(one.client);
    const run = await ask(one.client, assistant, 'Go');
    await firstWords(one.client, run);
    executeSql(one.dataDir, fillDisk);
    go();
    await until('the failure is logged', () => one.log.some((line) => line.includes('disk is full')));
    executeSql(one.dataDir, freeDisk);

    const ended = await one.client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    assert.equal(ended.status, 'failed');
    assert.match(ended.last_error?.message ?? '', /could not be written to the disk/);
    const next = await one.client.beta.threads.runs.createAndPoll(run.thread_id, {
      assistant_id: assistant.id,
    });
    assert.equal(next.status, 'completed');
  });

  it('that is cancelled meanwhile ends as cancelled once there is space', async () => {
    const call = { id: 'call_1', name: 'get_weather', arguments: '{}' };
    const one = openEngine({ provider: new ScriptedModel([calls(call)]) });
    const run = await ask(one.client, await createTutor(one.client, { tools: [weather] }), 'Weather?');
    await one.client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    executeSql(
      one.dataDir,
      `CREATE TRIGGER no_room BEFORE UPDATE ON runs WHEN NEW.status = 'cancelled'
         BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`,
    );
    await one.client.beta.threads.runs.cancel(run.id, { thread_id: run.thread_id });
    await until('the failure is logged', () => one.log.some((line) => line.includes('disk is full')));
    executeSql(one.dataDir, freeDisk);
    const ended = await one.client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    assert.equal(ended.status, 'cancelled');
  });

  it('does not keep its window from closing', async () => {
    const { turn } = pausedTurn(['Half'], []);
    const one = openEngine({ provider: new ScriptedModel([turn]) });
    const run = await ask(one.client, await createTutor(one.client), 'Go');
    await firstWords(one.client, run);
    executeSql(one.dataDir, fillDisk);
    await one.engine.close();
    executeSql(one.dataDir, freeDisk);
    const other = openEngine({ dataDir: one.dataDir, provider: new ScriptedModel([says('Whole.')]) });
    const ended = await other.client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    assert.ok(['completed', 'failed'].includes(ended.status), ended.status);
  });
});

import assert from 'node:assert/strict';
import type { ModelEvent } from '../../../src/engine/models/modelProvider';
import {
  ask,
  calls,
  collect,
  createTutor,
  executeSql,
  firstWords,
  openEngine,
  pausedTurn,
  says,
  ScriptedModel,
  until,
} from '../support';

const weather = { type: 'function' as const, function: { name: 'get_weather' } };
const call = { id: 'call_1', name: 'get_weather', arguments: '{}' };

describe('a run whose model writes', () => {
  it('expires then, too: its model is stopped, and what it wrote stays', async () => {
    let isStopped = false;
    async function* turn(_request: unknown, signal: AbortSignal): AsyncIterable<ModelEvent> {
      yield { type: 'text', text: 'Half' };
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          isStopped = true;
          reject(new DOMException('aborted', 'AbortError'));
        });
      });
    }
    const { client, dataDir } = openEngine({ provider: new ScriptedModel([turn]), tickInterval: 20 });
    const run = await ask(client, await createTutor(client), 'Go');
    await firstWords(client, run);
    const past = Math.floor(Date.now() / 1000) - 1;
    executeSql(dataDir, `UPDATE runs SET body = json_set(body, '$.expires_at', ${past})`);
    const ended = await client.beta.threads.runs.poll(
      run.id,
      { thread_id: run.thread_id },
      { pollIntervalMs: 10 },
    );
    assert.deepEqual([ended.status, ended.last_error, isStopped], ['expired', null, true]);
    const message = await firstWords(client, run);
    assert.deepEqual(
      [message.status, message.incomplete_details, JSON.stringify(message.content).includes('Half')],
      ['incomplete', { reason: 'run_expired' }, true],
    );
    const steps = await collect(client.beta.threads.runs.steps.list(run.id, { thread_id: run.thread_id }));
    assert.deepEqual(
      steps.map(({ status }) => status),
      ['expired'],
    );
  });
});

describe('a run that another window cancels, before its own window knows', () => {
  /** Cancels a run in another window while its model pauses; its own window looks no more. */
  async function cancelled(events: ModelEvent[]) {
    const { turn, go } = pausedTurn(['Half'], { events });
    const one = openEngine({
      provider: new ScriptedModel([turn, says('Never asked')]),
      tickInterval: 600_000,
    });
    const other = openEngine({ dataDir: one.dataDir, tickInterval: 600_000 });
    const run = await ask(one.client, await createTutor(one.client, { tools: [weather] }), 'Go');
    await firstWords(one.client, run);
    const { status } = await other.client.beta.threads.runs.cancel(run.id, { thread_id: run.thread_id });
    assert.equal(status, 'cancelling');
    go();
    const ended = await one.client.beta.threads.runs.poll(
      run.id,
      { thread_id: run.thread_id },
      { pollIntervalMs: 10 },
    );
    await until('the thread is free', async () => {
      const runs = await collect(other.client.beta.threads.runs.list(run.thread_id));
      return runs.every(({ cancelled_at }) => cancelled_at !== null);
    });
    return ended;
  }

  it('ends as cancelled, although its model has written all of its answer', async () => {
    const ended = await cancelled(says(' and half'));
    assert.deepEqual([ended.status, ended.completed_at], ['cancelled', null]);
  });

  it('ends as cancelled, although its model has called a function', async () => {
    const ended = await cancelled(calls(call));
    assert.deepEqual([ended.status, ended.required_action], ['cancelled', null]);
  });
});

import { deepEqual, equal, rejects } from 'node:assert/strict';
import type { AssistantTool } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { followRun } from '../../src/client/runs/followRun';
import { until } from './support';
import { TestWindow } from './window';

describe('the run monitor', () => {
  let window: TestWindow;

  beforeEach(() => {
    window = TestWindow.open();
  });

  afterEach(async () => {
    await window.close();
    deepEqual(window.reported, []);
  });

  it('reports each status of a run, and once its end', async () => {
    const { monitor } = window.services;
    const statuses: string[] = [];
    const ended: string[] = [];
    monitor.onDidChangeRun(({ status }) => statuses.push(status));
    monitor.onDidEnd(({ id }) => ended.push(id));
    const run = await startRun();
    window.model.say('Fine.');
    window.model.finish();
    equal((await monitor.waitFor(run)).status, 'completed');
    deepEqual(statuses, ['queued', 'in_progress', 'completed']);
    deepEqual(ended, [run.id]);
  });

  it('refuses a run of an assistant that is not there', async () => {
    const thread = await window.services.client.beta.threads.create();
    await rejects(
      window.services.monitor.start(thread.id, { assistant_id: 'asst_none' }),
      /No assistant found with id 'asst_none'/,
    );
    deepEqual(window.services.monitor.activeRuns(), []);
  });

  it('follows runs of several threads at once', async () => {
    const { monitor } = window.services;
    const runs = [await startRun(), await startRun(), await startRun()];
    equal(monitor.activeRuns().length, 3);
    await Promise.all(runs.map((run) => monitor.stop(run)));
    await Promise.all(runs.map((run) => monitor.waitFor(run)));
    deepEqual(monitor.activeRuns(), []);
  });

  it('finds a run that the window before a reload had started', async () => {
    const run = await startRun();
    window = await window.reload();
    await window.services.monitor.refresh(run.thread_id);
    equal(window.services.monitor.activeRuns().length, 1);
    window.model.say('Fine.');
    window.model.finish();
    await until('the run ends', () => window.services.monitor.activeRuns().length === 0);
    equal(window.services.monitor.newestRun(run.thread_id)?.status, 'completed');
  });

  it('forgets a thread that was deleted, and its run', async () => {
    const run = await startRun();
    window.services.monitor.forget(run.thread_id);
    deepEqual(window.services.monitor.activeRuns(), []);
    await window.services.monitor.stop(run);
  });

  for (const status of ['in_progress', 'requires_action'] as const) {
    it(`forgets a run that is ${status} when a program deletes its thread`, async () => {
      const { client, monitor } = window.services;
      const run = await startRun([{ type: 'function', function: { name: 'get_weather' } }]);
      if (status === 'requires_action') {
        window.model.call('get_weather', '{}');
        window.model.finish('tool_calls');
      }
      await until('it is known', () => monitor.newestRun(run.thread_id)?.status === status);
      await client.beta.threads.delete(run.thread_id);
      await window.calls.refresh();
      await until('it is forgotten', () => monitor.activeRuns().length === 0);
      equal(monitor.newestRun(run.thread_id), undefined);
      equal(monitor.isOwn(run.id), false);
    });
  }

  async function startRun(tools?: AssistantTool[]): Promise<Run> {
    const { client, monitor } = window.services;
    const assistant = await window.createAssistant();
    if (tools) await client.beta.assistants.update(assistant.id, { tools });
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Hello?' }] });
    return monitor.start(thread.id, { assistant_id: assistant.id });
  }
});

describe('a run of a server that does not offer its events', () => {
  it('is followed by polling', async () => {
    const window = TestWindow.open({
      refuse: (url) =>
        new URL(url).pathname.endsWith('/events') ? Response.json({ error: {} }, { status: 404 }) : undefined,
    });
    const { client } = window.services;
    const assistant = await window.createAssistant();
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Hello?' }] });
    const run = await client.beta.threads.runs.create(thread.id, { assistant_id: assistant.id });
    window.model.say('Hello!');
    window.model.finish();
    const names: string[] = [];
    for await (const { event } of followRun(client, thread.id, run.id, new AbortController().signal)) {
      names.push(event);
    }
    equal(names.at(-1), 'thread.run.completed');
    equal(names.at(-2), 'thread.message.created');
    await window.close();
  });
});

import { deepEqual, equal } from 'node:assert/strict';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { createClient } from '../../src/client/client';
import { OtherWindowsChanges } from '../../src/client/engine/otherWindowsChanges';
import { FailureNotices } from '../../src/views/notices/failureNotices';
import { ExternalChanges } from '../../src/views/status/externalChanges';
import { WaitingNotices } from '../../src/views/notices/waitingNotices';
import { until } from './support';
import { memento, PuppetModel, TestWindow } from './window';

describe('another window', () => {
  let window: TestWindow;
  let other: TestWindow;
  let listening: vscode.Disposable;
  const told: string[] = [];
  const originals = {
    showErrorMessage: vscode.window.showErrorMessage,
    showInformationMessage: vscode.window.showInformationMessage,
  };

  beforeEach(() => {
    told.length = 0;
    const show = (message: string) => {
      told.push(message);
      return Promise.resolve(undefined);
    };
    Object.assign(vscode.window, { showErrorMessage: show, showInformationMessage: show });
    window = TestWindow.open();
    other = new TestWindow(window.dataDir, new PuppetModel(), memento());
    const others = new OtherWindowsChanges(createClient(other.services.service.fetch));
    void others.listen();
    const writes = new ExternalChanges([others.onDidWrite], other.services, () => Promise.resolve());
    listening = vscode.Disposable.from(others, writes, ...noticesOf(window), ...noticesOf(other));
  });

  afterEach(async () => {
    listening.dispose();
    await window.close();
    await other.close();
    Object.assign(vscode.window, originals);
    deepEqual([...window.reported, ...other.reported], []);
  });

  it('is notified of every write, and follows new runs', async () => {
    const changes: string[] = [];
    await listens();
    other.services.changes.onDidChange(({ resource, elsewhere }) => changes.push(`${resource} ${elsewhere}`));
    const run = await startRun();
    await until('it follows', () => other.services.monitor.newestRun(run.thread_id)?.id === run.id);
    window.model.say('Hello');
    window.model.finish();
    await until(
      'it has ended',
      () => other.services.monitor.newestRun(run.thread_id)?.status === 'completed',
    );
    deepEqual(changes, ['assistants true', 'threads true', 'runs true']);
  });

  it('leaves errors and questions to the window that owns the run', async () => {
    await listens();
    const failing = await startRun();
    window.model.fail(new Error('The model is ill.'));
    await until('both know', () => isEverywhere(failing, 'failed'));
    const waiting = await startRun();
    window.model.call('get_weather', '{}');
    window.model.finish('tool_calls');
    await until('both know', () => isEverywhere(waiting, 'requires_action'));
    await until('it is told', () => told.length === 2);
    equal(told[1], 'Puppet is waiting for your input.');
  });

  it('owns a run once it has answered it, and the window that started it no longer does', async () => {
    const run = await startRun();
    window.model.call('get_weather', '{}');
    window.model.finish('tool_calls');
    await window.services.monitor.waitFor(run);
    const owners = (): boolean[] => [window, other].map(({ services }) => services.monitor.isOwn(run.id));
    deepEqual(owners(), [true, false]);

    await other.services.monitor.refresh(run.thread_id);
    await other.calls.answer(run.id, 'call_1', 'Rain');
    other.model.call('get_weather', '{"days":2}');
    other.model.finish('tool_calls');
    await other.services.monitor.waitFor(run);
    // Automatic actions are decided the moment the run is known to wait.
    const acting: boolean[] = [];
    const { monitor } = window.services;
    const subscription = monitor.onDidChangeRun(({ id }) => acting.push(monitor.isOwn(id)));
    await monitor.refresh(run.thread_id);
    subscription.dispose();
    deepEqual(acting, [false]);
    deepEqual(owners(), [false, true]);
    await other.services.monitor.stop(run);
  });

  for (const status of ['in_progress', 'requires_action'] as const) {
    it(`forgets a run that is ${status} when its thread is deleted`, async () => {
      await listens();
      const run = await startRun();
      if (status === 'requires_action') {
        window.model.call('get_weather', '{}');
        window.model.finish('tool_calls');
      }
      await until('both know', () => isEverywhere(run, status));
      await window.services.client.beta.threads.delete(run.thread_id);
      window.services.monitor.forget(run.thread_id);
      await until('it is forgotten', () => other.services.monitor.activeRuns().length === 0);
      deepEqual(window.services.monitor.activeRuns(), []);
      deepEqual(other.calls.allPending(), []);
    });
  }

  it('notifies about its own runs after a reload', async () => {
    const run = await startRun();
    listening.dispose();
    window = await window.reload();
    equal(window.services.monitor.isOwn(run.id), true);
    equal(other.services.monitor.isOwn(run.id), false);
    window.model.finish();
    await window.services.monitor.refresh(run.thread_id);
    await window.services.monitor.waitFor(run);
  });

  /** Waits until the other window listens: earlier writes are not reported. */
  async function listens(): Promise<void> {
    const heard = new Set<string>();
    const subscription = other.services.changes.onDidChange(({ resource }) => heard.add(resource));
    const { client } = window.services;
    while (heard.size === 0) {
      await client.beta.threads.create();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    // They arrive in order: after this one, none of the earlier ones is pending.
    await window.createAssistant();
    await until('it has heard of all', () => heard.has('assistants'));
    subscription.dispose();
  }

  function isEverywhere({ thread_id: id }: Run, status: string): boolean {
    return [window, other].every(({ services }) => services.monitor.newestRun(id)?.status === status);
  }

  function noticesOf({ services, calls }: TestWindow): vscode.Disposable[] {
    return [new FailureNotices(services, () => false), new WaitingNotices(services, calls, () => false)];
  }

  async function startRun(): Promise<Run> {
    const { client, monitor } = window.services;
    const tools = [{ type: 'function' as const, function: { name: 'get_weather' } }];
    const assistant = await client.beta.assistants.create({ name: 'Puppet', model: 'puppet/puppet', tools });
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Hello?' }] });
    return monitor.start(thread.id, { assistant_id: assistant.id });
  }
});

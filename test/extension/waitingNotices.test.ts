import { deepEqual } from 'node:assert/strict';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { WaitingNotices } from '../../src/views/notices/waitingNotices';
import { until, type Notice } from './support';
import { TestWindow } from './window';

describe('a run that starts to wait for the user', () => {
  let window: TestWindow;
  let notices: WaitingNotices;
  const told: Notice[] = [];
  const shown = new Set<string>();
  const original = vscode.window.showInformationMessage;

  beforeEach(() => {
    told.length = 0;
    shown.clear();
    Object.assign(vscode.window, {
      showInformationMessage: (message: string, ...actions: string[]) => {
        told.push({ message, actions });
        return Promise.resolve(undefined);
      },
    });
    window = TestWindow.open();
    notices = watch();
  });

  afterEach(async () => {
    notices.dispose();
    await window.close();
    Object.assign(vscode.window, { showInformationMessage: original });
    deepEqual(window.reported, []);
  });

  it('shows a notification with actions if no chat shows its thread', async () => {
    await waitingRun();
    await until('it is told', () => told.length > 0);
    deepEqual(told, [{ message: 'Puppet is waiting for your input.', actions: ['Show', 'Cancel Run'] }]);
  });

  it('shows none if a chat shows its thread', async () => {
    await waitingRun((threadId) => shown.add(threadId));
    deepEqual(told, []);
  });

  it('shows one each time it waits', async () => {
    const run = await waitingRun();
    await until('it is told', () => told.length === 1);
    const { callId } = window.calls.pending(run.thread_id)!.calls[0]!;
    await window.calls.keepDraft(run.id, callId, 'Ra');
    await window.services.monitor.refresh(run.thread_id);
    window.model.call('get_weather', '{}');
    window.model.finish('tool_calls');
    await window.calls.answer(run.id, callId, 'Rain');
    await until('it is told again', () => told.length === 2);
  });

  it('shows only the badge if it waited before the window was opened', async () => {
    const run = await waitingRun();
    await until('it is told', () => told.length === 1);
    notices.dispose();
    window = await window.reload();
    notices = watch();
    await window.services.monitor.refresh(run.thread_id);
    deepEqual(window.services.monitor.activeRuns().length, 1);
    deepEqual(told.length, 1);
  });

  function watch(): WaitingNotices {
    return new WaitingNotices(window.services, window.calls, (threadId) => shown.has(threadId));
  }

  async function waitingRun(onThread: (threadId: string) => void = () => {}): Promise<Run> {
    const { client, monitor } = window.services;
    const assistant = await client.beta.assistants.create({
      name: 'Puppet',
      model: 'puppet/puppet',
      tools: [{ type: 'function', function: { name: 'get_weather' } }],
    });
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Hello?' }] });
    onThread(thread.id);
    window.model.call('get_weather', '{}');
    window.model.finish('tool_calls');
    return monitor.waitFor(await monitor.start(thread.id, { assistant_id: assistant.id }));
  }
});

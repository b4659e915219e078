import { deepEqual, equal } from 'node:assert/strict';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { CancellationToken } from 'vscode';
import { UserError } from '../../src/client/errors/errors';
import type { ToolHandler, ToolBinding } from '../../src/functions/toolHandler';
import type { PendingCall } from '../../src/protocol/functionCalls';
import { until } from './support';
import { TestWindow } from './window';

/** A tool that the test starts and ends. */
class PuppetTool implements ToolHandler {
  readonly given: unknown[] = [];
  token: CancellationToken | undefined;
  isAllowed = false;
  private settle: { resolve: (output: string) => void; reject: (error: Error) => void } | undefined;

  /** Whether VS Code has the tool. */
  isThere = true;

  find({ name }: { name: string }): ToolBinding | undefined {
    if (name !== 'read_file' || !this.isThere) return undefined;
    return {
      describe: { kind: 'editorTool', label: 'Read File', canAlwaysAllow: true },
      run: (args, token) => this.begin(args, token),
      alwaysAllow: () => Promise.resolve(void (this.isAllowed = true)),
      isAlwaysAllowed: () => this.isAllowed,
    };
  }

  end(output: string): void {
    this.settle?.resolve(output);
  }

  fail(error: Error): void {
    this.settle?.reject(error);
  }

  private begin(args: unknown, token: CancellationToken): Promise<string> {
    this.given.push(args);
    this.token = token;
    return new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
      token.onCancellationRequested(() => reject(new Error('Stopped by its token')));
    });
  }
}

describe('a tool that answers function calls', () => {
  let window: TestWindow;
  let tool: PuppetTool;

  beforeEach(() => {
    tool = new PuppetTool();
    window = TestWindow.open({ handlers: [tool] });
  });

  afterEach(async () => {
    await window.close();
    deepEqual(window.reported, []);
  });

  it('waits for the user’s approval', async () => {
    const run = await waitingRun('{"file":"a.txt"}');
    deepEqual(call(run).handler, { kind: 'editorTool', label: 'Read File', canAlwaysAllow: true });
    equal(call(run).state, 'waiting');
    deepEqual(tool.given, []);
  });

  it('receives the arguments, and its output goes to the model', async () => {
    const run = await waitingRun('{"file":"a.txt"}');
    const running = window.calls.runCall(run.id, call(run).callId, false);
    await until('it runs', () => call(run).state === 'running' && tool.token);
    deepEqual(tool.given, [{ file: 'a.txt' }]);
    tool.end('Hello from a file');
    await running;
    await ends(run);
    deepEqual(outputsSeen(), ['Hello from a file']);
    equal(tool.isAllowed, false);
  });

  it('leaves the call to the user if it fails, and can be retried', async () => {
    const run = await waitingRun('{"file":"a.txt"}');
    const running = window.calls.runCall(run.id, call(run).callId, false);
    await until('it runs', () => tool.token);
    tool.fail(new UserError('There is no such file.'));
    await running;
    deepEqual([call(run).state, call(run).error], ['waiting', 'There is no such file.']);
    tool.token = undefined;
    const again = window.calls.runCall(run.id, call(run).callId, false);
    await until('it runs again', () => tool.token);
    equal(call(run).error, undefined);
    tool.end('Hello');
    await again;
    await ends(run);
  });

  it('can be stopped', async () => {
    const run = await waitingRun('{"file":"a.txt"}');
    const running = window.calls.runCall(run.id, call(run).callId, false);
    await until('it runs', () => tool.token);
    window.calls.stopCall(run.id, call(run).callId);
    await running;
    deepEqual([call(run).state, call(run).error], ['waiting', 'Stopped']);
  });

  it('is stopped when the user answers, and its output does not count', async () => {
    const run = await waitingRun('{"file":"a.txt"}');
    const running = window.calls.runCall(run.id, call(run).callId, false);
    await until('it runs', () => tool.token);
    await window.calls.answer(run.id, call(run).callId, 'Mine');
    equal(tool.token?.isCancellationRequested, true);
    tool.end('Its own');
    await running;
    await ends(run);
    deepEqual(outputsSeen(), ['Mine']);
  });

  it('is stopped when the run is cancelled', async () => {
    const run = await waitingRun('{"file":"a.txt"}');
    const running = window.calls.runCall(run.id, call(run).callId, false);
    await until('it runs', () => tool.token);
    await window.services.monitor.stop(run);
    await running;
    equal(tool.token?.isCancellationRequested, true);
    await until('nothing waits', () => window.services.monitor.activeRuns().length === 0);
  });

  it('runs without asking once it is always allowed', async () => {
    tool.isAllowed = true;
    const run = await waitingRun('{"file":"a.txt"}');
    await until('it runs', () => tool.token);
    equal(call(run).state, 'running');
    tool.end('Hello');
    await ends(run);
    deepEqual(tool.given, [{ file: 'a.txt' }]);
    deepEqual(outputsSeen(), ['Hello']);
  });

  it('is always allowed from the moment the user says so', async () => {
    const run = await waitingRun('{"file":"a.txt"}');
    const running = window.calls.runCall(run.id, call(run).callId, true);
    await until('it runs', () => tool.token);
    equal(tool.isAllowed, true);
    tool.end('Hello');
    await running;
    await ends(run);
  });

  it('does not run without asking if its arguments do not match the schema', async () => {
    tool.isAllowed = true;
    const run = await waitingRun('{"file":7}');
    equal(call(run).state, 'waiting');
    deepEqual(tool.given, []);
  });

  it('does not run a second time without asking, and says after a reload that it was interrupted', async () => {
    tool.isAllowed = true;
    const run = await waitingRun('{"file":"a.txt"}');
    await until('it runs', () => tool.token);
    window = await window.reload();
    await window.services.monitor.refresh(run.thread_id);
    equal(call(run).state, 'waiting');
    equal(
      call(run).error,
      'This call was started but returned no output: it was interrupted, or another window is running it.',
    );
    equal(tool.given.length, 1);
    await window.calls.answer(run.id, call(run).callId, 'Mine');
    await ends(run);
  });

  it('is offered once VS Code has it', async () => {
    tool.isThere = false;
    const run = await waitingRun('{"file":"a.txt"}');
    deepEqual(call(run).handler, { kind: 'user' });
    tool.isThere = true;
    tool.isAllowed = true;
    await window.calls.refresh();
    deepEqual(call(run).handler, { kind: 'editorTool', label: 'Read File', canAlwaysAllow: true });
    await until('it runs', () => tool.token);
    tool.end('Hello');
    await ends(run);
  });

  it('may end while another service is active: the run has its output afterwards', async () => {
    const run = await waitingRun('{"file":"a.txt"}');
    const running = window.calls.runCall(run.id, call(run).callId, false);
    await until('it runs', () => tool.token);
    window.services.monitor.reset();
    tool.end('Hello from a file');
    await running;
    await window.services.monitor.refresh(run.thread_id);
    await ends(run);
    deepEqual(outputsSeen(), ['Hello from a file']);
  });

  async function waitingRun(args: string): Promise<Run> {
    const { client, monitor } = window.services;
    const parameters = { type: 'object', properties: { file: { type: 'string' } } };
    const assistant = await client.beta.assistants.create({
      model: 'puppet/puppet',
      tools: [{ type: 'function', function: { name: 'read_file', parameters } }],
    });
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Hello?' }] });
    window.model.call('read_file', args);
    window.model.finish('tool_calls');
    return monitor.waitFor(await monitor.start(thread.id, { assistant_id: assistant.id }));
  }

  async function ends(run: Run): Promise<void> {
    window.model.say('Thank you.');
    window.model.finish();
    const newest = () => window.services.monitor.newestRun(run.thread_id);
    await until('the run is completed', () => newest()?.status === 'completed');
  }

  function call(run: Run): PendingCall {
    return window.calls.pending(run.thread_id)!.calls[0]!;
  }

  function outputsSeen(): string[] {
    const messages = window.model.lastRequest?.messages ?? [];
    return messages.flatMap((message) => (message.role === 'tool' ? [message.output] : []));
  }
});

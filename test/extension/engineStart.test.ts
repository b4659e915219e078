import { deepEqual, equal } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient } from '../../src/client/client';
import { EmbeddedEngine } from '../../src/client/engine/embeddedEngine';
import type { Reporter } from '../../src/client/errors/reporter';
import { Store } from '../../src/engine/store/store';
import { extensionFolder, until } from './support';
import { PuppetModel } from './window';

/** Milliseconds between two looks of a window without an engine. */
const lookInterval = 100;

describe('the engine of an idle window', () => {
  let dataDir: string;
  let windows: Window[];

  beforeEach(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'assistants-studio-test-'));
    windows = [];
  });

  afterEach(async () => {
    await Promise.all(windows.map(({ engine }) => engine.close()));
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('stays closed while there is nothing to do, and is opened by the first request', async () => {
    await finishedRun();
    const idle = open();
    await idle.engine.openWhenDue();
    await looks();
    deepEqual(idle.opened, []);
    equal((await idle.client.beta.assistants.list()).data.length, 1);
    deepEqual(idle.opened, [undefined]);
  });

  it('resumes what a window has left that was closed before', async () => {
    const first = open();
    const run = await startRun(first);
    await first.engine.close();
    const next = open();
    await next.engine.openWhenDue();
    await answer(next, run);
  });

  it('resumes what a window leaves that is closed later', async () => {
    await finishedRun();
    const idle = open();
    await idle.engine.openWhenDue();
    const other = open();
    await other.client.beta.assistants.list();
    await looks();
    deepEqual(idle.opened, []);
    const run = await startRun(other);
    await other.engine.close();
    await until('it is opened', () => idle.opened.length > 0);
    await answer(idle, run);
  });

  it('does not miss that another window deletes all data', async () => {
    await finishedRun();
    const idle = open();
    let losses = 0;
    idle.engine.onDidLoseData(() => losses++);
    await idle.engine.openWhenDue();
    await open().engine.deleteData();
    await until('it is told', () => losses === 1);
    deepEqual((await idle.client.beta.assistants.list()).data, []);
  });

  it('is not opened after the window was closed', async () => {
    await startRun(open());
    await windows[0]!.engine.close();
    const closed = open();
    await closed.engine.close();
    await closed.engine.openWhenDue();
    deepEqual(closed.opened, []);
  });

  function open(): Window {
    const model = new PuppetModel();
    const reporter = { log: () => {}, notify: () => {}, info: () => {} } as unknown as Reporter;
    const models = () => [{ id: 'puppet', label: 'Puppet', provider: model }];
    const dist = path.join(extensionFolder(), 'dist');
    const engine = new EmbeddedEngine(dataDir, dist, models, reporter, lookInterval);
    const opened: unknown[] = [];
    engine.onDidTryToOpen((error) => opened.push(error));
    const window = { engine, model, opened, client: createClient(engine.fetch) };
    windows.push(window);
    return window;
  }

  /** Leaves a database in which there is nothing to do. */
  async function finishedRun(): Promise<void> {
    const window = open();
    const run = await startRun(window);
    await answer(window, run);
    const store = new Store(dataDir);
    await until('all is done', () => !store.hasWork());
    store.close();
    await window.engine.close();
  }
});

interface Window {
  engine: EmbeddedEngine;
  model: PuppetModel;
  client: ReturnType<typeof createClient>;
  /** The errors of the attempts to open the engine; undefined for success. */
  opened: unknown[];
}

interface StartedRun {
  id: string;
  thread_id: string;
}

async function startRun({ client, model }: Window): Promise<StartedRun> {
  const { id: assistant_id } = await client.beta.assistants.create({ model: 'puppet' });
  const run = await client.beta.threads.createAndRun({
    assistant_id,
    thread: { messages: [{ role: 'user', content: 'Hello?' }] },
  });
  await until('the model is asked', () => model.lastRequest !== undefined);
  return run;
}

/** Lets the model of a run answer, and waits for its end. */
async function answer({ client, model }: Window, { id, thread_id }: StartedRun): Promise<void> {
  model.say('Hi');
  model.finish();
  const isCompleted = async () =>
    (await client.beta.threads.runs.retrieve(id, { thread_id })).status === 'completed';
  await until('the run is completed', isCompleted);
}

/** Waits while a window without an engine looks for work several times. */
function looks(): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, 5 * lookInterval));
}

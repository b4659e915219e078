import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import OpenAI from 'openai';
import { createEngine, type Engine } from '../../src/engine/engine';
import { startServer, type LocalServer } from '../../src/engine/server/localServer';
import { createDemoModel } from '../../src/engine/models/demo';
import type { Workbench } from '../host/workbench';
import { answer, createAssistant, equation, notice, openAssistants, patience, runIs, say } from './support';

describe('a server with the Assistants API, and the port of this computer', () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'assistants-studio-test-'));
  let engine: Engine;
  let server: LocalServer;
  let outside: OpenAI;
  let workbench: Workbench;

  before(async () => {
    engine = createEngine({
      dataDir,
      models: () => [{ id: 'demo', label: 'Demo', provider: createDemoModel() }],
    });
    server = await startServer({ engine });
    // Without a key: the VS Code server keeps secrets only until a reload.
    outside = new OpenAI({ baseURL: server.url, apiKey: 'any' });
    const connection = { id: 'elsewhere', kind: 'server', label: 'Elsewhere', baseUrl: server.url };
    workbench = await openAssistants({ settings: { 'assistantsStudio.connections': [connection] } });
  });

  after(async () => {
    await workbench.close();
    await server.close();
    await engine.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('is tested, and then used', async () => {
    await workbench.runCommand('Assistants: Test Connection…');
    await step('Test Connection');
    await workbench.pick('Elsewhere');
    await (
      await notice(workbench, 'Elsewhere provides the Assistants API.')
    )
      .getByRole('button', { name: 'Use in This Window' })
      .click();
    await statusItem('Elsewhere').waitFor(patience);
  });

  it('creates a tutor there, who solves the equation', async () => {
    await createAssistant(workbench, 'Math Tutor', 'You are a personal math tutor.', 'demo/tutor');
    await say(workbench, equation);
    await runIs(workbench, 'Done');
    await answer(workbench, 'so the solution is').waitFor(patience);
    assert.deepEqual(
      (await outside.beta.assistants.list()).data.map(({ name }) => name),
      ['Math Tutor'],
    );
  });

  it('is still there, with the thread, when the window was reloaded', async () => {
    await workbench.reload();
    await statusItem('Elsewhere').waitFor(patience);
    await answer(workbench, 'so the solution is').waitFor(patience);
  });

  it('is replaced by this computer again', async () => {
    await statusItem('Elsewhere').click();
    await step('Choose Service');
    await workbench.pick('This computer');
    await statusItem('Elsewhere').waitFor({ ...patience, state: 'detached' });
    await workbench.chat.getByText('Chat with an assistant').waitFor(patience);
  });

  it('serves this computer’s assistants on a port, and stops', async () => {
    await workbench.runCommand('Assistants: Start Local API Server');
    const item = statusItem('127.0.0.1:');
    await item.waitFor(patience);
    const port = /127\.0\.0\.1:(\d+)/.exec(await item.innerText())?.[1];
    const url = `http://127.0.0.1:${port}/v1/assistants`;
    assert.equal((await fetch(url)).status, 401);
    await item.click();
    await step('Local API Server');
    await workbench.pick('Stop Local API Server');
    await item.waitFor({ ...patience, state: 'detached' });
    await assert.rejects(fetch(url));
  });

  function statusItem(text: string) {
    return workbench.page.locator('.statusbar-item', { hasText: text });
  }

  function step(title: string): Promise<void> {
    return workbench.page.locator('.quick-input-title', { hasText: title }).waitFor(patience);
  }
});

import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { openWorkbench, type Workbench } from '../host/workbench';
import { patience, showChat } from './support';

describe('connections, by the keyboard alone', () => {
  let workbench: Workbench;
  let status = 200;
  const keys: (string | undefined)[] = [];
  const server = http.createServer((request, response) => {
    request.resume();
    keys.push(request.headers.authorization);
    const body =
      status === 200
        ? { object: 'list', data: [{ id: 'small' }, { id: 'large' }] }
        : { error: { message: 'Incorrect API key provided.' } };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    workbench = await openWorkbench({ size: { width: 1280, height: 900 } });
    await showChat(workbench);
  });

  after(async () => {
    await workbench.close();
    server.closeAllConnections();
    server.close();
  });

  const row = (text: string | RegExp) =>
    workbench.page.locator('.pane-body [role="treeitem"]', { hasText: text }).first();
  const title = (text: string) =>
    workbench.page.locator('.quick-input-title', { hasText: text }).waitFor(patience);

  it('are added with a key, and shown with their state', async () => {
    const { port } = server.address() as AddressInfo;
    await workbench.runCommand('Assistants: Add Connection…');
    await title('Add Connection');
    // Its row is below those in sight.
    await workbench.page
      .locator('.quick-input-list .monaco-list-row', { hasText: 'Ollama' })
      .waitFor(patience);
    await workbench.page.keyboard.type('Another server');
    await workbench.pick('Another server…');
    await title('Add Connection (1/3)');
    await workbench.answer(`http://127.0.0.1:${port}/v1`);
    await title('Add Connection (2/3)');
    await workbench.answer('Mine');
    await title('Add Connection (3/3)');
    await workbench.answer('sk-keyboard-1234');
    await workbench.runCommand('Assistants: Manage Connections');
    await row(/Mine.*reachable · 2 models · default/).waitFor(patience);
    await row(/Demo.*reachable · 1 model/).waitFor(patience);
    assert.ok(keys.length > 0 && keys.every((key) => key === 'Bearer sk-keyboard-1234'));
  });

  it('are tested again', async () => {
    status = 401;
    await workbench.runCommand('Assistants: Test All Connections');
    await row(/Mine.*key refused · 401/).waitFor(patience);
    status = 200;
    await workbench.runCommand('Assistants: Test All Connections');
    await row(/Mine.*reachable · 2 models/).waitFor(patience);
  });

  it('offer their models by name, and Enter takes the first match', async () => {
    const { page } = workbench;
    await workbench.runCommand('Assistants: Create Assistant…');
    await title('Create Assistant (1/4)');
    await workbench.answer('Keyed');
    await title('Create Assistant (2/4)');
    await workbench.answer('');
    await title('Create Assistant (3/4)');
    const rows = page.locator('.quick-input-list .monaco-list-row');
    await rows.filter({ hasText: 'large' }).waitFor(patience);
    await page.keyboard.type('arge');
    await page
      .locator('.quick-input-list .monaco-list-row.focused', { hasText: 'mine/large' })
      .waitFor(patience);
    await rows.last().filter({ hasText: 'Use the ID “arge” with Mine' }).waitFor(patience);
    await page.keyboard.press('Enter');
    await title('Create Assistant (4/4)');
    await page.keyboard.press('Enter');
    await workbench.chat.getByRole('button', { name: 'Model: mine/large' }).waitFor(patience);
  });

  it('say so where VS Code has forgotten the key', async () => {
    await workbench.reload();
    await showChat(workbench);
    // This VS Code keeps secrets in memory alone.
    await workbench.runCommand('Assistants: Set API Key…');
    await workbench.pick('Mine');
    await workbench.page
      .locator('.quick-input-message', { hasText: 'This VS Code forgets keys when its window is reloaded' })
      .waitFor(patience);
    await workbench.page.keyboard.press('Escape');
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { LLMock } from '@copilotkit/aimock';
import type { Locator } from 'playwright-core';
import type { Workbench } from '../host/workbench';
import {
  connectionTo,
  createAssistant,
  editorText,
  openAssistants,
  patience,
  runIs,
  say,
  startModelServer,
} from './support';

const code = 'def double(n):\n    return 2 * n';

describe('a code block of an answer', function () {
  // Each step builds on the one before.
  this.bail(true);
  let server: LLMock;
  let workbench: Workbench;

  before(async () => {
    server = await startModelServer();
    server.onMessage('double', { content: `Here:\n\n\`\`\`python:fibonacci.py\n${code}\n\`\`\`\n` });
    workbench = await openAssistants({ settings: connectionTo(server) });
    await createAssistant(workbench, 'Coder', 'You write code.', 'mock/gpt-test');
    await say(workbench, 'Write double.');
    await runIs(workbench, 'Done');
  });

  after(async () => {
    await workbench.close();
    await server.stop();
  });

  const button = (name: string): Locator =>
    workbench.chat.locator('.code-block').last().getByRole('button', { name });
  const fileText = () => readFileSync(path.join(workbench.workspace, 'fibonacci.py'), 'utf8');
  const tab = (name: string) => workbench.page.locator('.part.editor .tab', { hasText: name });

  /** Applies the code to the file that its fence names, up to the diff editor. */
  async function apply(): Promise<void> {
    await button('Apply to File…').press('Enter');
    await workbench.pick('fibonacci.py');
    await tab('fibonacci.py (Proposed Changes)').waitFor(patience);
    await workbench.page.locator('.monaco-diff-editor .modified', { hasText: 'double' }).waitFor(patience);
  }

  it('is shown as a change of its file, which stays as it is when the change is discarded', async () => {
    const before = fileText();
    await apply();
    await workbench.page.getByRole('button', { name: 'Discard Proposed Changes' }).click();
    await tab('(Proposed Changes)').waitFor({ ...patience, state: 'detached' });
    assert.equal(fileText(), before);
  });

  it('replaces its file once the change is accepted, after a reload of the window', async () => {
    const before = fileText();
    await workbench.reload();
    await button('Apply to File…').waitFor(patience);
    await apply();
    assert.equal(fileText(), before);
    await workbench.page.getByRole('button', { name: /^Accept Proposed Changes/ }).click();
    await tab('(Proposed Changes)').waitFor({ ...patience, state: 'detached' });
    assert.equal(fileText(), `${code}\n`);
    assert.match(await editorText(workbench), /def double/);
  });

  it('is inserted at the cursor of the editor', async () => {
    const { page } = workbench;
    await workbench.runCommand('File: New Untitled Text File');
    await tab('Untitled-1').waitFor(patience);
    await button('Insert at Cursor').click();
    await page.locator('.part.editor .view-line', { hasText: 'return 2 * n' }).first().waitFor(patience);
    assert.match(await tab('Untitled').first().innerText(), /Untitled|def double/);
  });

  it('is opened in a new file', async () => {
    const { page } = workbench;
    const tabs = page.locator('.part.editor .tab');
    const count = await tabs.count();
    await button('New File').click();
    await tabs.nth(count).waitFor(patience);
    assert.match(await editorText(workbench), /def double/);
    await page.locator('.statusbar-item', { hasText: 'Python' }).first().waitFor(patience);
  });
});

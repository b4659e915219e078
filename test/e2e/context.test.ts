import assert from 'node:assert/strict';
import type { LLMock } from '@copilotkit/aimock';
import type { Workbench } from '../host/workbench';
import {
  answer,
  composer,
  connectionTo,
  createAssistant,
  openAssistants,
  patience,
  runIs,
  startModelServer,
} from './support';

describe('context from the workspace', () => {
  let server: LLMock;
  let workbench: Workbench;
  const chips = () => workbench.chat.getByRole('list', { name: 'Context' }).getByRole('listitem');

  before(async () => {
    server = await startModelServer();
    server.onMessage('What is this?', {
      content: 'It begins at `fibonacci.py:8`, and src/none.py is not there.',
    });
    workbench = await openAssistants({ settings: connectionTo(server) });
    await createAssistant(workbench, 'Reader', 'Read.', 'mock/reader');
  });

  after(async () => {
    await workbench.close();
    await server.stop();
  });

  it('is put into the composer as a chip by the shortcut, and one writes beside it', async () => {
    const { page, chat } = workbench;
    await workbench.openFile('fibonacci.py');
    await page.locator('.part.editor .monaco-editor .view-lines').first().click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Control+k');
    await page.keyboard.press('a');
    await chips()
      .filter({ hasText: /^fibonacci\.py:1\s*≈ \d+ tokens$/ })
      .waitFor(patience);
    await chat.locator('.composer :focus').first().waitFor(patience);
    await page.keyboard.type('What is this? ');
  });

  it('is picked by # with the keyboard', async () => {
    const { page, chat } = workbench;
    await page.keyboard.type('#equat');
    await chat
      .getByRole('option', { name: /equation\.ts/ })
      .first()
      .waitFor(patience);
    await page.keyboard.press('Enter');
    await chips().filter({ hasText: 'equation.ts' }).waitFor(patience);
    assert.equal(await composer(chat).inputValue(), 'What is this? ');
    assert.equal(await chips().count(), 2);
  });

  it('stands folded in the message, also after a reload', async () => {
    const { chat } = workbench;
    await composer(chat).press('Enter');
    await runIs(workbench, 'Done');
    await workbench.reload();
    const message = chat.getByRole('article', { name: /^You,/ });
    const lines = message.getByRole('button', { name: /^fibonacci\.py:1\b/ });
    await lines.waitFor(patience);
    await message.getByRole('button', { name: /^equation\.ts/ }).waitFor(patience);
    assert.equal(await message.locator('pre').count(), 0);
    await lines.click();
    assert.match(await message.locator('pre').innerText(), /The Fibonacci numbers, in two ways/);
    assert.equal(await chips().count(), 0);
  });

  it('is opened at its line by a path in the answer', async () => {
    const { page, chat } = workbench;
    await answer(workbench, 'It begins at').waitFor(patience);
    const links = chat.locator('article a.path-link');
    await links.first().waitFor(patience);
    assert.deepEqual(await links.allInnerTexts(), ['fibonacci.py:8']);
    await workbench.runCommand('View: Close All Editors');
    await links.first().click();
    await page.locator('.part.editor .tab.active', { hasText: 'fibonacci.py' }).waitFor(patience);
    await page.locator('.statusbar-item', { hasText: /Ln 8, Col 1\b/ }).waitFor(patience);
  });
});

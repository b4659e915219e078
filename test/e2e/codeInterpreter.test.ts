import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import type { Workbench } from '../host/workbench';
import { answer, editorText, openWithTutor, patience, runIs, say, startThread } from './support';

/** Python takes a moment to load on a busy machine. */
const python = { timeout: 45_000 };

function card({ chat }: Workbench, title: string): Locator {
  return chat.getByRole('group', { name: title }).last();
}

describe('the code interpreter in the workbench', function () {
  // Each step builds on the one before.
  this.bail(true);
  let workbench: Workbench;

  before(async () => {
    workbench = await openWithTutor();
  });

  after(() => workbench.close());

  it('is given to the assistant by a switch', async () => {
    await workbench.runCommand('Assistants: Edit Assistant Field…');
    await workbench.pick('Math Tutor');
    await workbench.pick('Tools');
    await workbench.page
      .locator('.quick-input-list .monaco-list-row', { hasText: 'Code Interpreter' })
      .click();
    await workbench.page.keyboard.press('Enter');
    // The list of fields is open again, for another change.
    await workbench.page
      .locator('.quick-input-list .monaco-list-row', { hasText: 'Code Interpreter' })
      .filter({ hasText: 'Tools' })
      .waitFor(patience);
    await workbench.page.keyboard.press('Escape');
    await workbench.page
      .locator('.quick-input-widget')
      .first()
      .waitFor({ ...patience, state: 'hidden' });
  });

  it('shows the code, runs it, and answers with the numbers that Python printed', async () => {
    await say(workbench, 'Generate the first 20 fibbonaci numbers with code.');
    await card(workbench, 'Ran Python').waitFor(python);
    await runIs(workbench, 'Done');
    await answer(workbench, '4181').waitFor(patience);
    assert.match((await card(workbench, 'Ran Python').textContent()) ?? '', /fibonacci|def |while |for /);
  });

  it('opens the code as a Python document', async () => {
    await card(workbench, 'Ran Python').getByRole('button', { name: 'View Input' }).click();
    await workbench.page.locator('.tab.active', { hasText: /\.py/ }).waitFor(patience);
    assert.match(await editorText(workbench), /print|for|while/);
    await workbench.page.locator('.statusbar-item', { hasText: 'Python' }).waitFor(patience);
  });

  it('opens its output as a text document', async () => {
    await card(workbench, 'Ran Python').getByRole('button', { name: 'View Output' }).click();
    await workbench.page.locator('.tab.active', { hasText: /output.*\.txt/ }).waitFor(patience);
    assert.match(await editorText(workbench), /4181/);
    await workbench.page.locator('.statusbar-item', { hasText: 'Plain Text' }).waitFor(patience);
  });

  it('lists the steps of the run by the palette', async () => {
    await workbench.runCommand('Assistants: View Run Steps…');
    const rows = workbench.page.locator('.quick-input-list .monaco-list-row');
    await rows.filter({ hasText: 'Answered' }).waitFor(patience);
    await workbench.page.keyboard.press('Enter');
    await rows.filter({ hasText: 'Python' }).first().waitFor(patience);
    await workbench.page.keyboard.press('Escape');
  });

  it('shows a plot in the chat, large on a click', async () => {
    await startThread(workbench, 'Math Tutor');
    await say(workbench, 'Plot x^2 with code.');
    const image = workbench.chat.getByRole('article').locator('img').first();
    await image.waitFor(python);
    await runIs(workbench, 'Done');
    const width = await image.evaluate(
      (element) => (element as unknown as { naturalWidth: number }).naturalWidth,
    );
    assert.ok(width > 50, 'the picture was drawn');
    await workbench.screenshot('plot');
    await image.click();
    await workbench.chat.getByRole('dialog').locator('img').waitFor(patience);
    await workbench.page.keyboard.press('Escape');
    await workbench.chat.getByRole('dialog').waitFor({ ...patience, state: 'hidden' });
  });

  it('keeps its cards through a reload', async () => {
    await workbench.reload();
    await card(workbench, 'Ran Python').waitFor(patience);
    await workbench.chat.getByRole('article').locator('img').first().waitFor(patience);
  });
});

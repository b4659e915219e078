import assert from 'node:assert/strict';
import type { Workbench } from '../host/workbench';
import { answer, patience, runIs } from './support';
import { opensWalkthroughs } from '../host/settings';
import { openWorkbench } from '../host/workbench';

/** A step of the open walkthrough; ticked if `complete`. */
const step = ({ page }: Workbench, title: string, complete: boolean) =>
  page.locator(`.getting-started-step[aria-checked=${complete}]`, { hasText: title });

describe('the first minute', () => {
  let workbench: Workbench;

  before(async () => {
    workbench = await openWorkbench({
      settings: { [opensWalkthroughs]: true },
    });
  });

  after(() => workbench.close());

  it('shows the chat, and the walkthrough with its steps to be done', async () => {
    await workbench.chat.getByText('Create Math Tutor').waitFor(patience);
    for (const title of ['Ask the demo', 'Connect a model', 'Take a quiz', 'See what ran']) {
      await step(workbench, title, false).waitFor(patience);
    }
  });

  it('asks the demo by the button of the first step, which is ticked when it has answered', async () => {
    await step(workbench, 'Ask the demo', false).click();
    await workbench.page.getByRole('button', { name: 'Ask Math Tutor', exact: true }).click();
    await runIs(workbench, 'Done');
    await answer(workbench, 'Math Tutor').waitFor(patience);
    await step(workbench, 'Ask the demo', true).waitFor(patience);
    await step(workbench, 'Take a quiz', false).waitFor(patience);
  });

  it('ticks the quiz when it was answered', async () => {
    const { page, chat } = workbench;
    await step(workbench, 'Take a quiz', false).click();
    await page.getByRole('button', { name: 'Take a Quiz', exact: true }).click();
    await chat.getByText('Which number solves').waitFor(patience);
    await chat
      .getByRole('group', { name: 'Quiz: Linear equations', exact: true })
      .getByRole('textbox')
      .fill('To find x.');
    await chat.getByRole('radio', { name: '4' }).check();
    await chat.getByRole('button', { name: /^Submit/ }).click();
    await step(workbench, 'Take a quiz', true).waitFor(patience);
  });

  it('ticks the last step when the steps of a run are viewed', async () => {
    await workbench.runCommand('Assistants: View Run Steps…');
    await step(workbench, 'See what ran', true).waitFor(patience);
  });

  it('does not come back after a reload, but by its command', async () => {
    const { page } = workbench;
    await workbench.runCommand('View: Close All Editors');
    await workbench.reload();
    await workbench.chat.getByRole('article').first().waitFor(patience);
    assert.equal(await page.locator('.getting-started-step').count(), 0);
    await workbench.runCommand('Assistants: Get Started');
    await step(workbench, 'Ask the demo', true).waitFor(patience);
  });
});

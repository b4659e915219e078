import type { Workbench } from '../host/workbench';
import { equation, openWithTutor, patience } from './support';

describe('the form of an assistant', () => {
  let workbench: Workbench;

  before(async () => {
    workbench = await openWithTutor({ settings: { 'files.autoSave': 'off' } });
  });

  after(() => workbench.close());

  const row = (text: string) =>
    workbench.page
      .locator('.pane', { hasText: /^Assistants/ })
      .locator('.monaco-list-row', { hasText: text });
  const tab = (more = '') =>
    workbench.page.locator(`.tab.active${more}`, { hasText: /^\s*(Math|Rhyming) Tutor/ });
  const field = (name: string) => workbench.form.getByRole('textbox', { name, exact: true });
  /** Waits until a field has a text. */
  const hasText = async (name: string, text: string) => {
    await workbench.form.locator('#form').getByRole('textbox', { name, exact: true }).waitFor(patience);
    const deadline = Date.now() + patience.timeout;
    while ((await field(name).inputValue()) !== text) {
      if (Date.now() > deadline) throw new Error(`${name} is ${await field(name).inputValue()}`);
      await workbench.page.waitForTimeout(50);
    }
  };

  it('opens by a click in the tree, once', async () => {
    await row('Math Tutor').click();
    await workbench.form.getByRole('heading', { name: 'Math Tutor', level: 1 }).first().waitFor(patience);
    await row('Math Tutor').click();
    await tab().waitFor(patience);
  });

  it('is marked by what is typed, undone by Ctrl+Z and saved by Ctrl+S', async () => {
    const { page } = workbench;
    await field('Description').fill('Patient');
    await tab('.dirty').waitFor(patience);
    await field('Name').fill('Tutor of Verse');
    // The chat beside it has the name once the change is known outside of the page.
    await workbench.form.getByText('Ask Tutor of Verse').waitFor(patience);
    await page.keyboard.press('Control+z');
    await hasText('Name', 'Math Tutor');
    await hasText('Description', 'Patient');
    await page.keyboard.press('Control+s');
    await tab(':not(.dirty)').waitFor(patience);
    await row('Patient').waitFor(patience);
  });

  it('says what cannot be stored while it is typed', async () => {
    await field('Temperature').fill('3');
    await workbench.form.getByText('Expected a value <= 2, but got 3 instead').waitFor(patience);
    await field('Temperature').fill('1');
    await workbench.form.getByText('Expected a value <= 2').waitFor({ ...patience, state: 'detached' });
  });

  it('is tried beside it with what is not saved, in a thread that is not listed', async () => {
    const { form, page } = workbench;
    await field('Name').fill('Rhyming Tutor');
    await form.getByText('Ask Rhyming Tutor').waitFor(patience);
    const composer = form.getByRole('textbox', { name: 'Message', exact: true });
    await composer.fill(equation);
    await composer.press('Enter');
    await form
      .getByRole('group', { name: 'Run status' })
      .getByText('Done', { exact: true })
      .waitFor(patience);
    await form.locator('article .katex').first().waitFor(patience);
    const threads = page.locator('.pane', { hasText: /^Threads/ });
    await threads.locator('.monaco-list-row', { hasText: 'equation' }).waitFor({ state: 'detached' });
    await form.getByRole('button', { name: 'Start Over' }).click();
    await form.getByText('Ask Rhyming Tutor').waitFor(patience);
  });

  it('has what was not saved again after the window was reloaded', async () => {
    await workbench.reload();
    await hasText('Name', 'Rhyming Tutor');
    await hasText('Description', 'Patient');
    await tab('.dirty').waitFor(patience);
    await field('Name').press('Control+s');
    await tab(':not(.dirty)').waitFor(patience);
    await row('Rhyming Tutor').waitFor(patience);
  });

  it('shows a conflict with a change by the palette, and opens for a new assistant by its name', async () => {
    const { form, page } = workbench;
    await field('Description').fill('Mine');
    await tab('.dirty').waitFor(patience);
    await workbench.runCommand('Assistants: Edit Assistant Field…');
    await workbench.pick('Rhyming Tutor');
    await workbench.pick('Description');
    await workbench.answer('Theirs');
    const conflict = form.getByRole('group', { name: 'Description was changed here and elsewhere.' });
    await conflict.getByText('Theirs', { exact: true }).waitFor(patience);
    await page.keyboard.press('Escape');
    await conflict.getByRole('button', { name: 'Take Theirs' }).click();
    await hasText('Description', 'Theirs');
    await field('Description').press('Control+s');
    await tab(':not(.dirty)').waitFor(patience);

    await workbench.runCommand('Assistants: New Assistant…');
    await workbench.answer('Second Tutor');
    await workbench.page.locator('.tab.active', { hasText: 'Second Tutor' }).waitFor(patience);
    await row('Second Tutor').waitFor(patience);
  });
});

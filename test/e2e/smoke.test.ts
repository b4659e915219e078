import { openWorkbench, type Workbench } from '../host/workbench';

describe('the workbench', () => {
  let workbench: Workbench;

  before(async () => {
    workbench = await openWorkbench();
  });

  after(async () => {
    await workbench.close();
  });

  it('opens with the example workspace', async () => {
    await workbench.page.locator('.explorer-folders-view', { hasText: 'lesson.md' }).waitFor();
  });

  it('runs a command of the palette by the keyboard', async () => {
    await workbench.runCommand('View: Toggle Zen Mode');
    await workbench.page.locator('.part.activitybar').waitFor({ state: 'hidden' });
    await workbench.runCommand('View: Toggle Zen Mode');
    await workbench.page.locator('.part.activitybar').waitFor();
  });

  it('opens a file', async () => {
    await workbench.openFile('lesson.md');
    // VS Code renders spaces as no-break spaces.
    await workbench.page.locator('.part.editor .view-lines', { hasText: /Linear\sequations/ }).waitFor();
  });

  it('comes back after a reload', async () => {
    await workbench.reload();
    await workbench.page.locator('.part.editor .tab.active', { hasText: 'lesson.md' }).waitFor();
  });
});

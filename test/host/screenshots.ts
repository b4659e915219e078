/**
 * Takes screenshots of the extension with the demo model: `npm run screenshots`. They are written to out/screenshots/; those
 * of the README are in media/, those of the walkthrough in media/walkthrough/. `npm run screenshots -- readme` takes these alone.
 */
import path from 'node:path';
import { root } from './paths';
import { photographReadme, workspaceForReadme } from './pictures/readme';
import { widenSideBar } from './pictures/sideBar';
import { photographWalkthrough } from './pictures/walkthrough';
import type { Theme } from './settings';
import { openWorkbench, type Workbench } from './workbench';

const question = 'I need to solve the equation `3x + 11 = 14`. Can you help me?';
const themes: Theme[] = ['light', 'dark', 'highContrast'];

async function main(): Promise<void> {
  const isReadmeAlone = process.argv[2] === 'readme';
  for (const theme of isReadmeAlone ? [] : themes) {
    await inWorkbench(theme, (workbench) => photograph(workbench, theme));
  }
  const readme = async (workbench: Workbench) => {
    for (const file of await photographReadme(workbench)) printPath(file);
  };
  await inWorkbench('dark', readme, workspaceForReadme());
}

/** Opens a new workbench with the assistants in its side bar. */
async function inWorkbench(
  theme: Theme,
  work: (workbench: Workbench) => Promise<void>,
  workspace?: string,
): Promise<void> {
  const settings = { 'editor.renderWhitespace': 'none', 'editor.lightbulb.enabled': 'off' };
  const workbench = await openWorkbench({ theme, workspace, settings, size: { width: 1280, height: 800 } });
  try {
    await workbench.page.locator('.activitybar [aria-label^="Assistants Studio"]').first().click();
    await workbench.chat.getByText('Create Math Tutor').waitFor({ timeout: 60_000 });
    await work(workbench);
  } catch (error) {
    printPath(await workbench.screenshot('failed'));
    throw error;
  } finally {
    await workbench.close();
  }
}

async function photograph(workbench: Workbench, theme: Theme): Promise<void> {
  const { chat } = workbench;
  await widenSideBar(workbench, 300);
  printPath(await workbench.screenshot(`welcome-${theme}`));

  await chat.getByText('Create Math Tutor').click();
  await chat.getByText('Ask Math Tutor').waitFor();
  // The composer would take the focus from the list of files.
  await chat.locator('.composer :focus').first().waitFor();
  await workbench.openFile('lesson.md');
  const composer = chat.getByRole('textbox', { name: 'Message' });
  await composer.fill(question);
  await composer.press('Enter');
  await chat.getByText('Done', { exact: true }).waitFor({ timeout: 60_000 });
  await widenSideBar(workbench, 520);
  printPath(await workbench.screenshot(`chat-${theme}`));

  if (theme === 'highContrast') return;
  await widenSideBar(workbench, 480);
  for (const file of await photographWalkthrough(workbench, theme)) printPath(file);
}

function printPath(file: string): void {
  console.log(path.relative(root, file));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});

/**
 * Takes screenshots of the extension with the demo model: `npm run screenshots`. They are written to
 * out/screenshots/; one is the README's, and those of the walkthrough are in media/walkthrough/.
 */
import path from 'node:path';
import { root } from './paths';
import type { Theme } from './settings';
import { photographWalkthrough } from './walkthroughPictures';
import { openWorkbench, type Workbench } from './workbench';

const question = 'I need to solve the equation `3x + 11 = 14`. Can you help me?';
const themes: Theme[] = ['light', 'dark', 'highContrast'];
const readmeTheme: Theme = 'dark';

async function main(): Promise<void> {
  for (const theme of themes) {
    const workbench = await openWorkbench({ theme, size: { width: 1280, height: 800 } });
    try {
      await photograph(workbench, theme);
    } finally {
      await workbench.close();
    }
  }
}

async function photograph(workbench: Workbench, theme: Theme): Promise<void> {
  const { page, chat } = workbench;
  await page.locator('.activitybar [aria-label^="Assistants Studio"]').first().click();
  await chat.getByText('Create Math Tutor').waitFor({ timeout: 60_000 });
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
  if (theme === readmeTheme) await screenshotForReadme(workbench);

  if (theme === 'highContrast') return;
  await widenSideBar(workbench, 480);
  for (const file of await photographWalkthrough(workbench, theme)) printPath(file);
}

/** Crops out the status bar and the title bar, which says that an extension is under development. */
async function screenshotForReadme({ page }: Workbench): Promise<void> {
  const [top, bottom] = await Promise.all([
    page.locator('.part.titlebar').boundingBox(),
    page.locator('.part.statusbar').boundingBox(),
  ]);
  if (!top || !bottom) throw new Error('There is no title bar or no status bar.');
  const file = path.join(root, 'media', 'chat.png');
  const y = top.y + top.height;
  await page.screenshot({ path: file, clip: { x: 0, y, width: 1280, height: bottom.y - y } });
  printPath(file);
}

/** Resizes the side bar to a width in pixels by dragging its border. */
async function widenSideBar({ page }: Workbench, width: number): Promise<void> {
  const box = await page.locator('.part.sidebar').boundingBox();
  if (!box) throw new Error('There is no side bar.');
  await page.mouse.move(box.x + box.width, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + width, box.y + box.height / 2, { steps: 5 });
  await page.mouse.up();
  await page.mouse.move(900, 700);
  // Wait until the border's highlight has faded.
  await page.waitForTimeout(1_000);
}

function printPath(file: string): void {
  console.log(path.relative(root, file));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});

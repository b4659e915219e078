/** The pictures of the README, in media/: the chat, an assistant's form, a quiz, and a cited answer. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { copyExample, root, temporaryFolder } from '../paths';
import type { Workbench } from '../workbench';
import { widenSideBar } from './sideBar';

const patience = { timeout: 60_000 };
const equation = 'I need to solve the equation `3x + 11 = 14`. Can you help me?';

/** The example workspace, with a file that answers a question in one passage. */
export function workspaceForReadme(): string {
  const workspace = copyExample(path.join(temporaryFolder('readme'), 'math'));
  writeFileSync(path.join(workspace, 'golden-ratio.md'), goldenRatio);
  return workspace;
}

const goldenRatio = `# The golden ratio

Two lengths are in the golden ratio if their sum is to the
longer one as the longer one is to the shorter one.

The ratio is about 1.618. The quotients of neighbouring
Fibonacci numbers come close to it: 13 / 8 = 1.625.
`;

/** Takes the pictures in a new workbench whose side bar shows the chat's welcome, and returns their paths. */
export async function photographReadme(workbench: Workbench): Promise<string[]> {
  const { page, chat, form } = workbench;
  const files: string[] = [];
  const photograph = async (name: string, from: string): Promise<void> => {
    const file = path.join(root, 'media', `${name}.png`);
    // Without the pointer's effects, such as a hover.
    await page.mouse.move(640, 4);
    await page.screenshot({ path: file, clip: await areaOf(page, from) });
    files.push(file);
  };
  const done = chat.getByText('Done', { exact: true });
  const ask = async (text: string): Promise<void> => {
    const composer = chat.getByRole('textbox', { name: 'Message' });
    await composer.fill(text);
    await composer.press('Enter');
  };

  await chat.getByText('Create Math Tutor').click(patience);
  await chat.getByText('Ask Math Tutor').waitFor(patience);
  // The composer would take the focus from the list of files.
  await chat.locator('.composer :focus').first().waitFor();
  await workbench.openFile('lesson.md');
  await ask(equation);
  await done.waitFor(patience);
  await widenSideBar(workbench, 520);
  await photograph('chat', '.part.activitybar');

  await workbench.runCommand('Assistants: Edit Assistant…');
  await workbench.pick('Math Tutor');
  const description = form.getByRole('textbox', { name: 'Description', exact: true });
  await description.fill('Solves linear equations step by step', patience);
  await description.press('Control+s');
  await page.locator('.tab.active:not(.dirty)', { hasText: 'Math Tutor' }).waitFor(patience);
  const trial = form.getByRole('textbox', { name: 'Message', exact: true });
  await trial.fill('How do I solve `5x - 7 = 18`?', patience);
  await trial.press('Enter');
  await form.getByText('Done', { exact: true }).waitFor(patience);
  // Wide enough for the chat beside the form.
  const { width, height } = page.viewportSize()!;
  await page.setViewportSize({ width: width + 500, height });
  await form.getByText('Try It', { exact: true }).waitFor(patience);
  await photograph('form', '.part.editor');
  await page.setViewportSize({ width, height });
  await workbench.runCommand('View: Close Editor');

  await workbench.runCommand('Assistants: Add Workspace Folder to Assistant’s Knowledge…');
  await workbench.pick('math');
  await workbench.pick('Math Tutor');
  await workbench.pick('Add Once');
  // Files are searched once they are indexed.
  const header = page.locator('.part.sidebar .pane-header', { hasText: 'Files' });
  await header.click();
  await page.locator('.part.sidebar .monaco-list-row', { hasText: 'Math Tutor' }).last().click(patience);
  const indexed = page.locator('.part.sidebar .monaco-list-row', {
    hasText: /golden-ratio\.md(?!.*indexing)/,
  });
  await indexed.waitFor(patience);
  await header.click();
  await workbench.runCommand('Assistants: New Thread');
  await chat.getByText('Ask Math Tutor').waitFor(patience);
  await ask('What is the golden ratio?');
  await done.waitFor(patience);
  await chat
    .getByLabel(/^Citation 1: golden-ratio\.md/)
    .first()
    .click(patience);
  await page.locator('.part.editor .selected-text').first().waitFor(patience);
  await photograph('citation', '.part.activitybar');

  await workbench.runCommand('View: Close All Editors');
  await workbench.runCommand('Assistants: Try the Demo…');
  await workbench.pick('Ask a Quiz');
  await chat.getByRole('radio', { name: '4' }).check(patience);
  await chat
    .getByRole('group', { name: /^Quiz/ })
    .getByRole('textbox')
    .fill('To have the unknown alone on one side.');
  await photograph('quiz', '.part.sidebar');

  return files;
}

/**
 * The part of the page from a part of the workbench to its end: without the status bar and the title bar, which says that an
 * extension is under development.
 */
async function areaOf(page: Page, selector: string) {
  const box = await page.locator(selector).first().boundingBox();
  const [top, bottom] = await Promise.all([
    page.locator('.part.titlebar').boundingBox(),
    page.locator('.part.statusbar').boundingBox(),
  ]);
  if (!box || !top || !bottom) throw new Error(`There is no ${selector}, title bar or status bar.`);
  const y = top.y + top.height;
  const end = selector === '.part.sidebar' ? box.x + box.width : page.viewportSize()!.width;
  return { x: box.x, y, width: end - box.x, height: bottom.y - y };
}

/** The pictures of the walkthrough “Get Started”, in media/walkthrough/: one for each step, dark and light. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { root } from '../paths';
import type { Theme } from '../settings';
import type { Workbench } from '../workbench';

const patience = { timeout: 60_000 };

/** Takes the pictures of a theme in a new workbench whose side bar shows the chat, and returns their paths. */
export async function photographWalkthrough(workbench: Workbench, theme: Theme): Promise<string[]> {
  const { page, chat } = workbench;
  const folder = path.join(root, 'media', 'walkthrough');
  mkdirSync(folder, { recursive: true });
  const files: string[] = [];
  const photograph = async (step: string, what: Locator): Promise<void> => {
    const file = path.join(folder, `${step}-${theme}.png`);
    await what.screenshot({ path: file });
    files.push(file);
  };
  const sideBar = page.locator('.part.sidebar');
  const pick = page.locator('.quick-input-widget:visible');
  const done = chat.getByText('Done', { exact: true });

  await demo(workbench, 'Solve an Equation');
  await done.waitFor(patience);
  await photograph('ask', sideBar);

  await workbench.runCommand('Assistants: Add Connection…');
  await pick.getByText('Ollama').first().waitFor(patience);
  await photograph('connect', pick);
  await page.keyboard.press('Escape');

  await workbench.runCommand('Assistants: Edit Assistant Field…');
  await workbench.pick('Math Tutor');
  await pick.getByText('Instructions').first().waitFor(patience);
  await photograph('create', pick);
  await page.keyboard.press('Escape');

  await demo(workbench, 'Ask a Quiz');
  await chat.getByRole('radio', { name: '4' }).waitFor(patience);
  await photograph('quiz', sideBar);
  // The next pictures would show that another run is in progress.
  await chat.getByRole('button', { name: 'Cancel Run' }).click();
  await chat.getByText('Stopped', { exact: true }).first().waitFor(patience);
  await page.mouse.move(900, 700);

  await demo(workbench, 'Run Python');
  await done.waitFor(patience);
  await photograph('inspect', sideBar);

  await workbench.runCommand('Assistants: Add Workspace Folder to Assistant’s Knowledge…');
  await workbench.pick('math');
  await workbench.pick('Math Tutor');
  await workbench.pick('Add Once');
  const header = page.locator('.part.sidebar .pane-header', { hasText: 'Files' });
  await header.click();
  const store = page.locator('.part.sidebar .monaco-list-row', { hasText: 'Math Tutor' }).last();
  await store.waitFor(patience);
  await store.click();
  await page
    .locator('.part.sidebar .monaco-list-row', { hasText: /lesson\.md(?!.*indexing)/ })
    .waitFor(patience);
  await photograph('addFile', sideBar);
  return files;
}

async function demo(workbench: Workbench, topic: string): Promise<void> {
  await workbench.runCommand('Assistants: Try the Demo…');
  await workbench.pick(topic);
}

import { LLMock } from '@copilotkit/aimock';
import type { FrameLocator, Locator } from 'playwright-core';
import { openWorkbench, type Workbench, type WorkbenchOptions } from '../host/workbench';

/** Milliseconds that an end-to-end test waits for what may be slow on a busy machine. */
export const patience = { timeout: 20_000 };

/** The first message of every tutorial. */
export const equation = 'I need to solve the equation `3x + 11 = 14`. Can you help me?';

/** Opens a workbench with the assistants in its side bar. */
export async function openAssistants(options: WorkbenchOptions = {}): Promise<Workbench> {
  const workbench = await openWorkbench(options);
  await showAssistants(workbench);
  return workbench;
}

/** Opens a workbench and creates Math Tutor by the chat's button. */
export async function openWithTutor(options: WorkbenchOptions = {}): Promise<Workbench> {
  const workbench = await openAssistants(options);
  await workbench.chat.getByText('Create Math Tutor').click();
  await workbench.chat.getByText('Ask Math Tutor').waitFor(patience);
  // The palette opened before the composer has the focus would lose it to the composer.
  await workbench.chat.locator('.composer :focus').first().waitFor(patience);
  return workbench;
}

/** Opens another window on the same data, with the assistants in its side bar. */
export async function openAnother(first: Workbench): Promise<Workbench> {
  const window = await first.openWindow();
  await showAssistants(window);
  return window;
}

/** Shows the chat, with the lists below it expanded, which are collapsed at first. */
async function showAssistants(workbench: Workbench): Promise<void> {
  await showChat(workbench);
  for (const view of ['Threads', 'Assistants']) await expandView(workbench, view);
}

/** Shows the chat in its default layout. */
export async function showChat({ page, chat }: Workbench): Promise<void> {
  await page.locator('.activitybar [aria-label^="Assistants Studio"]').first().click();
  await composerOrWelcome(chat).first().waitFor(patience);
}

function composerOrWelcome(chat: FrameLocator): Locator {
  return composer(chat).or(chat.getByText('Chat with an assistant'));
}

export function composer(chat: FrameLocator): Locator {
  return chat.getByRole('textbox', { name: 'Message' });
}

/** Types a message into the chat and sends it by Enter. */
export async function say({ chat }: Workbench, text: string): Promise<void> {
  await composer(chat).fill(text);
  await composer(chat).press('Enter');
}

/** Creates an assistant by the palette alone. */
export async function createAssistant(
  workbench: Workbench,
  name: string,
  instructions: string,
  model: string,
): Promise<void> {
  await workbench.runCommand('Assistants: Create Assistant…');
  const step = (title: string) =>
    workbench.page.locator('.quick-input-title', { hasText: title }).waitFor(patience);
  await step('Create Assistant (1/4)');
  await workbench.answer(name);
  await step('Create Assistant (2/4)');
  await workbench.answer(instructions);
  await step('Create Assistant (3/4)');
  await chooseModel(workbench, model);
  await step('Create Assistant (4/4)');
  // No tools.
  await workbench.page.keyboard.press('Enter');
  await workbench.chat.getByText(`Ask ${name}`).waitFor(patience);
}

/** Types a model's id into the open pick, and chooses it once it is listed. */
async function chooseModel({ page }: Workbench, model: string): Promise<void> {
  const pick = page.locator('.quick-input-widget:visible');
  await pick
    .getByText('Choose a model')
    .or(pick.getByPlaceholder(/^Choose a model/))
    .first()
    .waitFor(patience);
  await pick.locator('.quick-input-box input').fill(model);
  await pick.locator('.monaco-list-row.focused', { hasText: model }).waitFor(patience);
  await page.keyboard.press('Enter');
}

/** Switches to a new thread with this assistant, by the palette. */
export async function startThread(workbench: Workbench, assistant: string): Promise<void> {
  await workbench.runCommand('Assistants: New Thread');
  await workbench.chat.getByText(`Ask ${assistant}`).waitFor(patience);
  // The palette opened again before the composer has the focus would lose it to the composer.
  await workbench.chat.locator('.composer :focus').first().waitFor(patience);
}

/** Waits until the run shown has this status. */
export async function runIs({ chat }: Workbench, words: string): Promise<void> {
  await chat.getByRole('group', { name: 'Run status' }).getByText(words, { exact: true }).waitFor(patience);
}

/** The texts of the messages of one author, oldest first. */
export async function saidBy({ chat }: Workbench, name: string): Promise<string[]> {
  return chat.getByRole('article', { name: new RegExp(`^${name},`) }).allInnerTexts();
}

/** The answers that contain a text, without the announcements for screen readers. */
export function answer({ chat }: Workbench, words: string): Locator {
  return chat.getByRole('article').getByText(words).first();
}

/**
 * A notification in the notification centre. With the driver that loads an extension under development,
 * VS Code does not show notifications by themselves.
 */
export async function notice(workbench: Workbench, words: string | RegExp): Promise<Locator> {
  await workbench.runCommand('Notifications: Show Notifications');
  const found = workbench.page.locator('.notifications-center .monaco-list-row', { hasText: words }).first();
  await found.waitFor(patience);
  return found;
}

/** A button in the title of the chat's view. */
export function viewAction({ page }: Workbench, name: string): Locator {
  const header = page.locator('.pane-header', { hasText: /^Chat/ });
  return header.getByRole('button', { name }).first();
}

/** Expands a view below the chat, which is collapsed at first. */
export async function expandView({ page }: Workbench, name: string): Promise<void> {
  const header = page.locator('.pane-header', { hasText: new RegExp(`^${name}`) }).first();
  await header.waitFor(patience);
  if ((await header.getAttribute('aria-expanded')) === 'false') await header.click();
}

export function threadRow({ page }: Workbench, text: string | RegExp): Locator {
  return page.locator('.pane', { hasText: /^Threads/ }).locator('.monaco-list-row', { hasText: text });
}

/** The visible text of the active editor. */
export async function editorText({ page }: Workbench): Promise<string> {
  const lines = page.locator('.part.editor .editor-instance:visible .view-lines').first();
  // The editor appears before its text.
  await lines.filter({ hasText: /\S/ }).waitFor(patience);
  // VS Code renders spaces as no-break spaces.
  return (await lines.innerText()).replaceAll('\u00a0', ' ');
}

/** A mock model server with scripted answers, over the Chat Completions API. */
export async function startModelServer(): Promise<LLMock> {
  const server = new LLMock({ port: 0, chunkSize: 8 });
  await server.start();
  return server;
}

/** The settings of a connection to a model server. */
export function connectionTo(server: LLMock, more: object = {}): Record<string, unknown> {
  const connection = { id: 'mock', kind: 'chat-completions', label: 'Mock', baseUrl: `${server.url}/v1` };
  return { 'assistantsStudio.connections': [{ ...connection, ...more }] };
}

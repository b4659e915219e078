import assert from 'node:assert/strict';
import { openWorkbench, type Workbench } from '../host/workbench';
import { composer, equation, patience, runIs, say, showChat, viewAction } from './support';

/** The pixels that the conversation has at least in the default layout. */
const sizes = [
  { width: 1280, height: 720, least: 330 },
  { width: 1400, height: 900, least: 520 },
];

/** Height of the conversation with an error card, a quiz or attachments. */
const leastWithMore = 200;

const missing = {
  'assistantsStudio.connections': [
    { id: 'gone', kind: 'chat-completions', label: 'Gone', baseUrl: 'http://127.0.0.1:9/v1' },
  ],
};

/** A script that waits until the page was drawn twice. */
const twoFrames = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))';

/** A script that pastes ten files into the focused element. */
const pasteFiles = `(() => {
  const data = new DataTransfer();
  for (let count = 0; count < 10; count++)
    data.items.add(new File(['text'], 'a-file-with-a-rather-long-name-' + count + '.txt'));
  const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, composed: true });
  document.activeElement.dispatchEvent(event);
})()`;

/** A script: whether the chat is shown within a part of the workbench. */
const chatIsIn = (part: string): string => `(() => {
  const around = document.querySelector('.part.${part}')?.getBoundingClientRect();
  const frame = document.querySelector('iframe.webview[src*="webviewView"]')?.getBoundingClientRect();
  return around && frame?.width > 100 && frame.left >= around.left - 1 && frame.right <= around.right + 1;
})()`;

describe('the room of the conversation, in the default layout', () => {
  let workbench: Workbench;
  const room = async () => (await workbench.chat.locator('.message-scroller').boundingBox())?.height ?? 0;

  before(async () => {
    workbench = await openWorkbench({ size: sizes[0], settings: missing });
    await showChat(workbench);
    await workbench.chat.getByText('Create Math Tutor').click();
    await workbench.chat.getByText('Ask Math Tutor').waitFor(patience);
    await say(workbench, equation);
    await runIs(workbench, 'Done');
  });

  after(() => workbench.close());

  async function everySize(least: (size: (typeof sizes)[number]) => number): Promise<void> {
    for (const size of sizes) {
      await workbench.page.setViewportSize(size);
      const measure = () => room();
      // VS Code lays its views out some time after the window has changed.
      for (let last = -1, now = await measure(); now !== last; now = await measure()) {
        last = now;
        await workbench.chat.locator('body').evaluate(twoFrames);
      }
      const height = await measure();
      console.log(`      ${size.width}×${size.height}: ${Math.round(height)} px`);
      assert.ok(height >= least(size), `${height} px at ${size.width}×${size.height}`);
    }
  }

  it('is most of it', () => everySize(({ least }) => least));

  it('is kept with an error card', async () => {
    const { page } = workbench;
    await workbench.chat.getByRole('button', { name: /^Model: / }).click();
    await workbench.chat.getByRole('menuitem', { name: 'Choose Model for Next Run…' }).click();
    const input = page.locator('.quick-input-widget:visible .quick-input-box input');
    await input.fill('gone/model');
    await page
      .locator('.quick-input-list .monaco-list-row.focused', { hasText: 'gone/model' })
      .waitFor(patience);
    await page.keyboard.press('Enter');
    await workbench.chat.getByRole('button', { name: 'Model: gone/model (next run)' }).waitFor(patience);
    await say(workbench, 'Thank you!');
    const alert = workbench.chat.getByRole('alert');
    await alert.getByText('Gone').waitFor(patience);
    for (const name of ['Retry', 'Choose Another Model…', 'Test Connection']) {
      assert.ok(await alert.getByRole('button', { name }).isVisible(), name);
    }
    await everySize(() => leastWithMore);
  });

  it('answers with the assistant’s own model in the run after that', async () => {
    await workbench.chat
      .getByRole('button', { name: 'Model: Demo – scripted replies, no AI' })
      .waitFor(patience);
    await workbench.chat.getByRole('alert').getByRole('button', { name: 'Retry' }).click();
    await runIs(workbench, 'Done');
  });

  it('is kept with a quiz', async () => {
    await workbench.runCommand('Assistants: Add Function…');
    await workbench.pick('Math Tutor');
    await workbench.pick('Quiz (display_quiz)');
    await say(workbench, 'Make a quiz with 2 questions: one open ended, one multiple choice.');
    await workbench.chat.locator('.call-waiting').waitFor(patience);
    await everySize(() => leastWithMore);
    await workbench.chat.getByRole('button', { name: 'Stop' }).click();
    await runIs(workbench, 'Stopped');
  });

  it('is kept with many attachments and a long draft', async () => {
    await composer(workbench.chat).focus();
    await workbench.chat.locator('body').evaluate(pasteFiles);
    await workbench.chat.locator('.composer .attachment-ready').nth(9).waitFor(patience);
    await everySize(() => leastWithMore);
    await composer(workbench.chat).fill('A line of the draft.\n'.repeat(6));
    await everySize(() => leastWithMore);
    await composer(workbench.chat).fill('');
  });

  it('moves into the secondary side bar by one command, and back', async () => {
    const { page } = workbench;
    await workbench.runCommand('Assistants: Move Chat to Secondary Side Bar');
    await page.waitForFunction(chatIsIn('auxiliarybar'), undefined, patience);
    const question = workbench.chat.getByRole('article', { name: /^You,/ }).first();
    await question.waitFor(patience);
    await workbench.runCommand('Assistants: Move Chat to Primary Side Bar');
    await page.waitForFunction(chatIsIn('sidebar'), undefined, patience);
    await question.waitFor(patience);
    await viewAction(workbench, 'New Thread').waitFor(patience);
  });
});

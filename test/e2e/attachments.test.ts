import assert from 'node:assert/strict';
import type { Workbench } from '../host/workbench';
import { openWithTutor, patience, runIs, say } from './support';

const notes = 'The tide turns twice a day. The moon pulls at the sea.\n';

describe('files in the chat', function () {
  // Each step builds on the one before.
  this.bail(true);
  let workbench: Workbench;

  const attached = () => workbench.chat.getByRole('list', { name: 'Attached Files' });
  const citation = () => workbench.chat.getByRole('button', { name: /^Citation 1: tides\.md/ });

  before(async () => {
    workbench = await openWithTutor({ size: { width: 1280, height: 1000 } });
  });

  after(() => workbench.close());

  it('are attached when they are dropped', async () => {
    // The suite has no DOM types. The file is sent in more than one piece.
    await workbench.chat.locator('.composer-box').evaluate(`void (() => {
      const dataTransfer = new DataTransfer();
      const parts = [${JSON.stringify(notes)}, ' '.repeat(1_500_000)];
      dataTransfer.items.add(new File(parts, 'tides.md'));
      const event = new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer });
      document.querySelector('.composer-box').dispatchEvent(event);
    })()`);
    await attached().getByText('1.4 MB').waitFor(patience);
  });

  it('stay with the draft over a reload', async () => {
    await workbench.reload();
    await attached().getByText('tides.md').waitFor(patience);
  });

  it('are searched once file search is turned on', async () => {
    await workbench.chat.getByText('Math Tutor cannot read files.').waitFor(patience);
    await workbench.chat.getByRole('button', { name: 'Turn On File Search' }).click();
    await workbench.chat
      .getByText('Math Tutor cannot read files.')
      .waitFor({ ...patience, state: 'detached' });
  });

  it('go with the message, and are cited in the answer', async () => {
    await say(workbench, 'How often does the tide turn?');
    await runIs(workbench, 'Done');
    await workbench.chat
      .getByRole('article', { name: /^You,/ })
      .getByRole('button', { name: 'tides.md' })
      .waitFor(patience);
    await citation().first().hover();
    await workbench.chat.getByRole('tooltip').getByText('twice a day').waitFor(patience);
    const text = await workbench.chat.getByRole('article', { name: /^Math Tutor,/ }).innerText();
    assert.doesNotMatch(text, /[【】]/);
  });

  it('show the passages found, and open at them', async () => {
    await workbench.chat.getByRole('button', { name: 'Show Passages' }).click();
    const passages = workbench.chat.getByRole('list', { name: 'Passages' });
    await passages.getByText('The moon pulls at the sea.').waitFor(patience);
    await workbench.screenshot('chat-citation');
    await citation().first().click();
    await workbench.page.locator('.tab', { hasText: 'tides.md' }).first().waitFor(patience);
  });
});

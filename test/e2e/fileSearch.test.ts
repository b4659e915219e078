import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { textPdf } from '../engine/fileSearch/pdfFile';
import { copyExample, temporaryFolder } from '../host/paths';
import type { Workbench } from '../host/workbench';
import { answer, composer, editorText, notice, openWithTutor, patience, runIs, say } from './support';

/** The tutorial's question about its paper. */
const question = 'What are some cool math concepts behind this ML paper pdf? Explain in two sentences.';

const paper = [
  'Language models\nThis paper presents a language model. It predicts the next token of a text.',
  'The math behind it\nCool math concepts behind this ML paper are gradient descent and entropy.\nGradient descent follows the slope of the loss.',
];

const manyFiles = 500;

/** The example workspace with a paper, and a folder of many files. */
function workspaceWithFiles(): string {
  const workspace = copyExample(path.join(temporaryFolder('knowledge'), 'math'));
  writeFileSync(path.join(workspace, 'paper.pdf'), textPdf(paper));
  mkdirSync(path.join(workspace, 'corpus'));
  for (let at = 1; at <= manyFiles; at++) {
    writeFileSync(
      path.join(workspace, 'corpus', `note-${at}.md`),
      `# Note ${at}\n\nIt is about ${at * 7}.\n`,
    );
  }
  return workspace;
}

describe('file search in the workbench', function () {
  // Each step builds on the one before.
  this.bail(true);
  let workbench: Workbench;

  const filesPane = () => workbench.page.locator('.pane', { hasText: /^Files/ });
  const fileRow = (text: string | RegExp) => filesPane().locator('.monaco-list-row', { hasText: text });

  async function showAssistants(): Promise<void> {
    await workbench.page.locator('.activitybar [aria-label^="Assistants Studio"]').first().click();
    await expandFiles();
  }

  async function expandFiles(): Promise<void> {
    const header = filesPane().locator('.pane-header');
    await header.waitFor(patience);
    if ((await header.getAttribute('aria-expanded')) === 'false') await header.click();
  }

  /** Chooses an item of the explorer's context menu on a file or folder. */
  async function chooseInExplorer(name: string, entry: string): Promise<void> {
    const { page } = workbench;
    await page.keyboard.press('Control+Shift+E');
    const row = page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first();
    await row.waitFor(patience);
    await row.click({ button: 'right' });
    const item = page.locator('.monaco-menu .action-label', { hasText: entry }).first();
    await item.hover(patience);
    // By key: VS Code treats a click while the menu opens as part of the right click.
    await page.keyboard.press('Enter');
    await item.waitFor({ ...patience, state: 'hidden' });
  }

  /** The progress of an upload, in the notification centre. */
  async function progress(): Promise<ReturnType<Workbench['page']['locator']>> {
    return notice(workbench, /Adding files/);
  }

  before(async () => {
    workbench = await openWithTutor({
      workspace: workspaceWithFiles(),
      size: { width: 1280, height: 1000 },
    });
  });

  after(() => workbench.close());

  it('adds a PDF from the explorer to the assistant', async () => {
    await chooseInExplorer('paper.pdf', 'Add to Assistant’s Knowledge…');
    await workbench.pick('Math Tutor');
    await notice(workbench, 'Files added to “Math Tutor”: 1.');
    await showAssistants();
    const store = fileRow('Math Tutor');
    await store.waitFor(patience);
    await store.click();
    await fileRow('paper.pdf').waitFor(patience);
    await workbench.screenshot('files-tree');
  });

  it('answers a question about it with the best passage, cited', async () => {
    // The chat was hidden by the explorer; a reload also shows that the file is kept.
    await workbench.reload();
    // The side bar is restored: a click on its icon would close it.
    await expandFiles();
    await composer(workbench.chat).waitFor(patience);
    await say(workbench, question);
    await runIs(workbench, 'Done');
    await answer(workbench, 'gradient descent').waitFor(patience);
  });

  it('opens the passage when the citation is clicked', async () => {
    const citation = workbench.chat
      .getByRole('article')
      .getByLabel(/^Citation 1: paper\.pdf/)
      .first();
    await citation.click(patience);
    await workbench.page.locator('.tab.active', { hasText: 'paper.pdf.txt' }).waitFor(patience);
    assert.match(await editorText(workbench), /gradient descent and entropy/);
    await workbench.page.locator('.part.editor .selected-text').first().waitFor(patience);
    await notice(workbench, /text of paper\.pdf\. The passage is on page \d/);
    await workbench.screenshot('citation-opened');
  });

  it('searches a store as one types', async () => {
    await workbench.runCommand('Assistants: Search in Vector Store…');
    await workbench.pick('Math Tutor');
    await workbench.page
      .locator('.quick-input-title', { hasText: 'Search in “Math Tutor”' })
      .waitFor(patience);
    await workbench.page.locator('.quick-input-box input').fill('slope');
    const hit = workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'paper.pdf' });
    await hit.first().waitFor(patience);
    await workbench.page.keyboard.press('Escape');
  });

  it('adds a folder of 500 files; cancelled once, it keeps what was done', async () => {
    await chooseInExplorer('corpus', 'Add Workspace Folder to Assistant’s Knowledge…');
    await workbench.pick('None for now');
    await workbench.pick('Add Once');
    const running = await progress();
    await running
      .getByText(/\d+ of 500/)
      .first()
      .waitFor(patience);
    await running.hover();
    await running.getByRole('button', { name: 'Cancel' }).click(patience);
    const summary = await notice(workbench, /^.*Cancelled\. Files added to “corpus”: \d+\./);
    const kept = Number(/: (\d+)\./.exec(await summary.innerText())?.[1]);
    assert.ok(kept > 0 && kept < manyFiles, String(kept));
    await showAssistants();
    await fileRow(new RegExp(`corpus\\s*${kept} files`)).waitFor(patience);
  });

  it('and whole, when it is let', async () => {
    await chooseInExplorer('corpus', 'Add Workspace Folder to Assistant’s Knowledge…');
    await workbench.pick('None for now');
    await workbench.pick('Add Once');
    await notice(workbench, `Files added to “corpus”: ${manyFiles}.`).catch(() => undefined);
    const { page } = workbench;
    await page
      .locator('.notifications-center .monaco-list-row', {
        hasText: `Files added to “corpus”: ${manyFiles}.`,
      })
      .first()
      .waitFor({ timeout: 90_000 });
    await showAssistants();
    await fileRow(`${manyFiles} files`).waitFor(patience);
    await workbench.screenshot('files-tree-500');
  });
});

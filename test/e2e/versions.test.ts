import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { AxeResults } from 'axe-core';
import OpenAI from 'openai';
import { createEngine, type Engine } from '../../src/engine/engine';
import { storageDir } from '../host/server';
import type { Workbench } from '../host/workbench';
import { openWithTutor, patience, runIs, say } from './support';

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

describe('the versions of an assistant, and what it used', () => {
  let workbench: Workbench;
  let engine: Engine;
  let assistants: OpenAI.Beta.Assistants;

  before(async () => {
    workbench = await openWithTutor();
    // Another program on the same data.
    engine = createEngine({ dataDir: storageDir(workbench.dataDir), models: () => [] });
    const fetch = engine.fetch;
    ({ assistants } = new OpenAI({ apiKey: 'local', baseURL: 'http://engine/v1', fetch }).beta);
  });

  after(async () => {
    await engine.close();
    await workbench.close();
  });

  async function tutor(): Promise<OpenAI.Beta.Assistant> {
    const [found] = (await assistants.list()).data;
    assert.ok(found);
    return found;
  }

  it('are compared and restored by the keyboard', async () => {
    const { page } = workbench;
    const { id, instructions } = await tutor();
    await assistants.update(id, { instructions: 'Answer in rhymes,\nin two lines.' });
    await workbench.runCommand('Assistants: Show Versions…');
    await workbench.pick('Math Tutor');
    await workbench.pick('Version 2');
    await workbench.pick('Compare with Version 1');
    const diff = page.locator('.monaco-diff-editor');
    await diff.getByText('Answer in rhymes,').waitFor(patience);
    await diff.getByText('in two lines.').waitFor(patience);
    await page.getByRole('tab', { name: /Math Tutor: version 1 ↔ version 2/ }).waitFor(patience);
    await workbench.runCommand('Assistants: Show Versions…');
    await workbench.pick('Math Tutor');
    await workbench.pick('Version 1');
    await workbench.pick('Restore This Version…');
    const dialog = page.locator('.monaco-dialog-box');
    await dialog.getByText('Restore version 1 of “Math Tutor”?').waitFor(patience);
    await dialog.getByRole('button', { name: 'Restore', exact: true }).press('Enter');
    await dialog.waitFor({ state: 'hidden', ...patience });
    await assert.doesNotReject(async () => {
      for (let attempt = 0; (await tutor()).instructions !== instructions; attempt++) {
        assert.ok(attempt < 100, 'It was not restored.');
        await page.waitForTimeout(100);
      }
    });
  });

  it('is shown in tables that screen readers can read', async () => {
    const { page } = workbench;
    await say(workbench, 'Thank you!');
    await runIs(workbench, 'Done');
    await workbench.runCommand('Assistants: Show Usage');
    const panel = page
      .locator('iframe.webview.ready:not([src*="purpose=webviewView"])')
      .last()
      .contentFrame();
    const frame = panel.locator('#active-frame').contentFrame();
    await frame.getByRole('heading', { name: 'Assistants Usage' }).waitFor(patience);
    const table = frame.getByRole('table', { name: 'By Assistant' });
    await table.getByRole('row', { name: /^Math Tutor 1 / }).waitFor(patience);
    await frame.getByRole('link', { name: 'Last 7 Days' }).click();
    await frame.locator('a[aria-current]', { hasText: 'Last 7 Days' }).waitFor(patience);
    const handle = await panel.locator('#active-frame').elementHandle();
    const html = (await (await handle?.contentFrame())?.content()) ?? '';
    assert.match(
      html,
      /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-/,
    );
    // The tab runs no scripts, not even those of a test: a copy of it is looked at, in the colors of the theme.
    const copy = await page.context().newPage();
    await copy.setContent(html.replace(/<meta http-equiv[^>]*>/, ''));
    await copy.evaluate(axe);
    const { violations } = await copy.evaluate<AxeResults>('axe.run(document)');
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`),
      [],
    );
    await copy.close();
  });
});

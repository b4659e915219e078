import assert from 'node:assert/strict';
import type { Workbench } from '../host/workbench';
import { openWithTutor, patience, say } from './support';

describe('a link in the chat', () => {
  let workbench: Workbench;

  before(async () => {
    workbench = await openWithTutor();
  });

  after(async () => {
    await workbench.close();
  });

  it('is opened once, exactly as it is written, after the user agrees', async () => {
    const { page, chat } = workbench;
    const url = 'https://links.example/a%2Fb/c%2Bd?q=1%2B1%3D2&r=x+y%23z%26#part%2F2';
    const requested: string[] = [];
    await page.context().route('https://links.example/**', (route) => {
      requested.push(route.request().url());
      return route.fulfill({ body: 'Here.' });
    });
    await say(workbench, `See ${url}`);
    const link = chat.getByRole('link').first();
    await link.waitFor(patience);
    const opened = page.context().waitForEvent('page', patience);
    await link.click();
    await page
      .locator('.monaco-dialog-box')
      .getByRole('button', { name: 'Open', exact: true })
      .click(patience);
    const tab = await opened;
    // A second question would come before the answer to this one.
    await workbench.runCommand('View: Toggle Zen Mode');
    await page.locator('.part.activitybar').waitFor({ state: 'hidden' });
    assert.equal(await page.locator('.monaco-dialog-box').count(), 0);
    await tab.waitForURL(/links\.example/, patience);
    assert.equal(tab.url(), url);
    await tab.close();
    assert.equal(requested[0]?.split('#')[0], url.split('#')[0]);
  });
});

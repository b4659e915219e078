import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Locator } from 'playwright-core';
import { openWorkbench, type Workbench } from '../host/workbench';
import { expandView, patience } from './support';

/** Names, keys and what assistants and models are called: the same in every language. */
const allowed =
  /\b(Assistants Studio|Assistants|VS Code|OpenAI|Azure|Ollama|LM Studio|Python|JSON|Markdown|API|AI|ID|URL|PDF|MCP|Enter|Shift|Ctrl|MB|demo\/tutor|small\/small|small|127\.0\.0\.1(:\d+)?|x)\b/g;

/** The English words that are left in a text, without formulas. */
function englishIn(text: string): string[] {
  return text.replace(allowed, '').match(/[A-Za-z]{2,}/g) ?? [];
}

describe('the main job in Chinese', function () {
  // Each step needs what the one before it did.
  this.retries(0);

  let workbench: Workbench;
  let refusing: Server;

  /** The texts and accessible names of a part of the page, without formulas and code. */
  async function textsOf(part: Locator): Promise<string> {
    return part.evaluate((root: unknown) => {
      interface Part {
        cloneNode(deep: boolean): Part;
        querySelectorAll(selector: string): Iterable<Part>;
        getAttribute(name: string): string | null;
        remove(): void;
        textContent: string | null;
      }
      const copy = (root as Part).cloneNode(true);
      for (const part of copy.querySelectorAll('.katex, code, pre, style, script, svg')) part.remove();
      const names = ['aria-label', 'title', 'placeholder', 'alt'];
      const attributes = [...copy.querySelectorAll('*')].flatMap((element) =>
        names.map((name) => element.getAttribute(name) ?? ''),
      );
      return [copy.textContent ?? '', ...attributes].join('\n');
    });
  }

  async function isChinese(part: Locator): Promise<void> {
    const text = await textsOf(part);
    assert.match(text, /\p{Script=Han}/u);
    assert.deepEqual(englishIn(text), []);
  }

  const body = (): Locator => workbench.chat.locator('body');

  before(async () => {
    refusing = createServer((request, response) => {
      request.resume();
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: '401', code: 'invalid_api_key' } }));
    });
    await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
    const { port } = refusing.address() as AddressInfo;
    workbench = await openWorkbench({
      language: 'zh-cn',
      settings: {
        'assistantsStudio.connections': [
          { id: 'small', kind: 'chat-completions', label: 'small', baseUrl: `http://127.0.0.1:${port}/v1` },
        ],
      },
    });
  });

  after(async () => {
    await workbench.close();
    refusing.close();
  });

  it('welcomes', async () => {
    await workbench.page.locator('.activitybar [aria-label^="Assistants Studio"]').first().click();
    await workbench.chat.getByText('创建数学导师').waitFor(patience);
    await isChinese(body());
  });

  it('creates the sample, suggests, and answers', async () => {
    const { chat } = workbench;
    await chat.getByText('创建数学导师').click();
    await chat.getByRole('button', { name: /3x \+ 11 = 14/ }).waitFor(patience);
    await isChinese(body());
    await chat.getByRole('button', { name: /3x \+ 11 = 14/ }).click();
    await chat.getByText('完成', { exact: true }).first().waitFor(patience);
    await isChinese(body());
  });

  it('names the assistant’s model and tools in the tree', async () => {
    const { page } = workbench;
    await expandView(workbench, '助手');
    const row = page.locator('.pane', { hasText: /^助手/ }).locator('.monaco-list-row');
    await row.filter({ hasText: '数学导师' }).first().waitFor(patience);
    await isChinese(row.filter({ hasText: '数学导师' }).first().locator('.monaco-icon-label-container'));
  });

  it('says in Chinese why a model did not answer', async () => {
    const { chat, page } = workbench;
    await workbench.runCommand('Assistants: Create Assistant…');
    for (const text of ['小助手', '简短回答。', 'small/small']) {
      await workbench.answer(text);
    }
    await page.keyboard.press('Enter');
    await chat.getByText('小助手').first().waitFor(patience);
    await chat.getByRole('textbox').last().fill('你好');
    await page.keyboard.press('Enter');
    await chat.getByText('API 密钥缺失或被拒绝：请设置该连接的 API 密钥。').first().waitFor(patience);
    await isChinese(body());
  });
});

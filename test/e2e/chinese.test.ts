import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Locator } from 'playwright-core';
import { openWorkbench, type Workbench } from '../host/workbench';
import { expandView, patience } from './support';

/** Names, keys and what assistants and models are called: the same in every language. */
const allowed =
  /\b(Assistants Studio|Assistants|VS Code|OpenAI|Azure|Ollama|LM Studio|Python|JSON|Markdown|API|AI|ID|URL|PDF|MCP|Enter|Shift|Ctrl|MB|demo\/tutor|tutor|small\/small|small|127\.0\.0\.1(:\d+)?|x)\b/g;

/** The names of the servers that “Add Connection…” offers, of their options and tabs, and of a field of the API. */
const servers =
  /\b(DeepSeek|DashScope|Kimi|Moonshot|GLM|Z\.ai|SiliconFlow|Anthropic|Google Gemini|Gemini|Mistral|OpenRouter|Groq|xAI|Together AI|llama\.cpp|vLLM|GitHub Copilot|Chat Completions)\b|llama-server|--jinja|--enable-auto-tool-choice|Developer|Top P/g;

/** What VS Code adds to the prompt of an input box; it stays English, as no language pack is installed. */
const ownTexts = /\(Press 'Enter' to confirm( your input)? or 'Escape' to cancel\)/g;

/** The English words that are left in a text, without formulas, addresses and names. */
function englishIn(text: string): string[] {
  const ours = text.replace(/https?:\/\/\S+/g, '').replace(ownTexts, '');
  return (
    ours
      .replace(servers, '')
      .replace(allowed, '')
      .match(/[A-Za-z]{2,}/g) ?? []
  );
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
      // Values of the API, such as those of the reasoning effort.
      for (const option of copy.querySelectorAll('option'))
        if (/^[a-z]+$/.test(option.textContent ?? '')) option.remove();
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

  /** Waits for a quick pick or an input box that shows a text, and looks for English in what the extension gave it. */
  async function asks(title: string, text: string | RegExp): Promise<void> {
    const widget = workbench.page.locator('.quick-input-widget:visible');
    await widget.locator('.quick-input-title', { hasText: title }).waitFor(patience);
    await widget.getByText(text).or(widget.getByPlaceholder(text)).first().waitFor(patience);
    const parts = ['.quick-input-title', '.quick-input-message', '.quick-input-list .monaco-list-rows'];
    const texts = await Promise.all(
      parts.map(async (part) => (await widget.locator(part).allInnerTexts()).join('\n')),
    );
    texts.push((await widget.locator('.quick-input-box input').getAttribute('placeholder')) ?? '');
    assert.deepEqual(englishIn(texts.join('\n')), []);
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
    for (const text of ['小助手', '简短回答。']) await workbench.answer(text);
    await asks('(3/4)', '重试');
    await workbench.answer('small/small');
    await page.keyboard.press('Enter');
    await chat.getByText('小助手').first().waitFor(patience);
    await chat.getByRole('textbox').last().fill('你好');
    await page.keyboard.press('Enter');
    await chat.getByText('API 密钥缺失或被拒绝：请设置该连接的 API 密钥。').first().waitFor(patience);
    await isChinese(body());
  });

  it('asks for a connection: a service in China, and a server by its address', async () => {
    const { page } = workbench;
    const { port } = refusing.address() as AddressInfo;
    await workbench.runCommand('Assistants: Add Connection…');
    await asks('添加连接', '本机');
    await workbench.pick('DeepSeek');
    await asks('添加连接', /DeepSeek 的 API 密钥/);
    await page.keyboard.press('Escape');
    await page.locator('.quick-input-widget:visible').waitFor({ ...patience, state: 'hidden' });

    await workbench.runCommand('Assistants: Add Connection…');
    await workbench.pick('其他服务器…');
    await asks('添加连接', /基础 URL/);
    await workbench.answer(`http://127.0.0.1:${port}/v2`);
    await asks('添加连接', /连接的名称/);
    await workbench.answer('小服务器');
    await asks('添加连接', /小服务器 的 API 密钥/);
    await workbench.answer('');
    await asks('添加连接', '仍然添加');
    await workbench.pick('仍然添加');
    await workbench.runCommand('Notifications: Show Notifications');
    const added = page.locator('.notifications-center .monaco-list-row', { hasText: '小服务器' }).first();
    await added.waitFor(patience);
    await isChinese(added.locator('.notification-list-item-message'));
  });

  it('opens an assistant’s form by the palette', async () => {
    const { form } = workbench;
    await workbench.runCommand('Assistants: Edit Assistant…');
    await asks('编辑助手', '数学导师');
    await workbench.pick('数学导师');
    await form.getByRole('heading', { name: '数学导师', level: 1 }).first().waitFor(patience);
    await form.getByText('试一试', { exact: true }).first().waitFor(patience);
    await isChinese(form.locator('body'));
  });
});

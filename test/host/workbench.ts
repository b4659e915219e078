/** A real VS Code workbench for end-to-end tests and pictures. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { BrowserContext, FrameLocator, Locator, Page } from 'playwright-core';
import { acquireBrowser, releaseBrowser } from './browser';
import { copyExample, root, temporaryFolder } from './paths';
import { readLog, startServer, tail, type VSCodeServer } from './server';
import { themes, type Settings, type Theme } from './settings';

export interface WorkbenchOptions {
  /** User settings on top of those in settings.ts. */
  settings?: Settings;
  /** The folder to open; by default a new copy of the example workspace. */
  workspace?: string;
  /** VS Code's data folder; by default a new one that `close` removes. */
  dataDir?: string;
  theme?: Theme;
  /** The language of VS Code; its own texts stay English, as no language pack is installed. */
  language?: 'en' | 'zh-cn';
  size?: { width: number; height: number };
  /** The extension folder to load; `false` if the extension is installed in `dataDir`. */
  extension?: string | false;
  /** Folders of more extensions to install; VS Code loads only one as under development. */
  extensions?: string[];
  /** Added to the environment of the extension host. */
  env?: Record<string, string>;
}

export interface Workbench {
  readonly page: Page;
  /** The chat panel in the side bar. */
  readonly chat: FrameLocator;
  /** The form of an assistant, in an editor. */
  readonly form: FrameLocator;
  /** Side bar, panel and editors have the classes of their parts, such as `.part.sidebar`. */
  readonly dataDir: string;
  readonly workspace: string;
  /** Runs a command of the palette by its full title, with the keyboard alone. */
  runCommand(title: string): Promise<void>;
  /** Answers the open input box or quick pick: types, and presses Enter. */
  answer(text: string): Promise<void>;
  /** Chooses the item of the open quick pick with exactly this label. */
  pick(label: string): Promise<void>;
  /** A notification that contains this text. */
  notification(text: string | RegExp): Locator;
  /** Opens a file of the workspace in an editor. */
  openFile(file: string): Promise<void>;
  /** Reloads the window; server, data and browser storage stay. */
  reload(): Promise<void>;
  /** Restarts the server and its extension host on the same data; pass `SIGKILL` to simulate a crash. */
  restart(signal?: NodeJS.Signals): Promise<void>;
  /** Opens another window on the same server and the same data, with a workspace of its own. */
  openWindow(): Promise<Workbench>;
  /** Writes out/screenshots/NAME.png, and returns its path. */
  screenshot(name: string): Promise<string>;
  /** The end of the output of VS Code, its extension host and the page's console. */
  diagnostics(): string;
  close(): Promise<void>;
}

const extensionId = 'assistants-studio.assistants-studio';
const openWorkbenches = new Set<Workbench>();

// A failed test leaves a screenshot and the logs. Each test file is bundled with its own copy of this
// module, so this covers the workbenches of one file.
if (typeof afterEach === 'function') {
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    for (const workbench of openWorkbenches) {
      const name = `failed-${this.currentTest.fullTitle().replace(/[^\p{L}\p{N}]+/gu, '-')}`.slice(0, 120);
      const picture = await workbench.screenshot(name).catch(String);
      console.error(`${picture}\n${workbench.diagnostics()}`);
    }
  });
}

/** Starts a server and opens its workbench with the extension. The caller must close it. */
export async function openWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const dataDir = options.dataDir ?? temporaryFolder('data');
  const workspace = options.workspace ?? copyExample(path.join(dataDir, 'workspace', 'math'));
  const extension = options.extension ?? root;
  const settings = {
    ...(options.theme && { 'workbench.colorTheme': themes[options.theme] }),
    ...options.settings,
  };
  const env = options.env ?? {};
  let server: VSCodeServer | undefined;
  let context: BrowserContext | undefined;
  const browser = await acquireBrowser();

  const close = async () => {
    openWorkbenches.delete(workbench);
    await context?.close();
    await releaseBrowser();
    await server?.stop();
    // The extension host may still write for a moment after its server has exited.
    if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true, maxRetries: 10 });
  };
  const workbench = {} as Workbench;
  try {
    const { extensions } = options;
    server = await startServer({ dataDir, settings: keepUnlessGiven(dataDir, settings), extensions, env });
    context = await browser.newContext({
      viewport: options.size ?? { width: 1280, height: 800 },
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    if (options.language !== undefined) {
      await context.addInitScript(`globalThis._VSCODE_NLS_LANGUAGE = ${JSON.stringify(options.language)};`);
    }
    const windows = context;
    const page = await context.newPage();
    const consoleLines: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) consoleLines.push(message.text());
    });
    page.on('dialog', (dialog) => void dialog.accept());
    Object.assign(workbench, {
      page,
      dataDir,
      workspace,
      chat: webview(page, 'webviewView'),
      form: customEditor(page),
      ...palette(page),
      async reload() {
        // By the command: on a reload of the page, VS Code has no time to save its state.
        const reloaded = page.waitForEvent('domcontentloaded', { timeout: 30_000 });
        await workbench.runCommand('Developer: Reload Window');
        await reloaded;
        await untilReady(page);
      },
      async restart(signal?: NodeJS.Signals) {
        const { port } = server!;
        await server!.stop(signal);
        server = await startServer({ dataDir, env, port });
        await page.reload();
        await untilReady(page);
      },
      openWindow: () => openWindow(workbench, windows, server!.port, extension),
      screenshot: (name: string) => screenshot(page, name),
      diagnostics: () =>
        [tail(server?.output() ?? ''), readLog(dataDir), '--- console', tail(consoleLines.join('\n'))].join(
          '\n',
        ),
      close,
    } satisfies Workbench);
    openWorkbenches.add(workbench);
    await page.goto(workbenchUrl(server.port, workspace, { extension }));
    await untilReady(page);
    return workbench;
  } catch (error) {
    const logs = tail(server?.output() ?? '');
    await close();
    throw new Error(`The workbench does not open: ${String(error)}\n${logs}`, { cause: error });
  }
}

/** Opens another window; the first one owns the server and the data. */
async function openWindow(
  first: Workbench,
  context: BrowserContext,
  port: number,
  extension: string | false,
): Promise<Workbench> {
  const page = await context.newPage();
  const workspace = copyExample(temporaryFolder('workspace'));
  const window: Workbench = {
    ...first,
    page,
    workspace,
    chat: webview(page, 'webviewView'),
    form: customEditor(page),
    ...palette(page),
    screenshot: (name) => screenshot(page, name),
    async close() {
      openWorkbenches.delete(window);
      await page.close();
      rmSync(workspace, { recursive: true, force: true });
    },
  };
  openWorkbenches.add(window);
  await page.goto(workbenchUrl(port, workspace, { extension }));
  await untilReady(page);
  return window;
}

async function screenshot(page: Page, name: string): Promise<string> {
  const file = path.join(root, 'out', 'screenshots', `${name}.png`);
  mkdirSync(path.dirname(file), { recursive: true });
  await page.screenshot({ path: file });
  return file;
}

/** Keeps the settings of an earlier start if none are given. */
function keepUnlessGiven(dataDir: string, settings: Settings): Settings | undefined {
  const isKept = existsSync(path.join(dataDir, 'data', 'User', 'settings.json'));
  return isKept && Object.keys(settings).length === 0 ? undefined : settings;
}

/**
 * The address of a workbench: its folder, the extension under development (VS Code takes one), and
 * the module to run in the extension host as its tests.
 */
export function workbenchUrl(
  port: number,
  workspace: string,
  { extension = false, tests }: { extension?: string | false; tests?: string },
): string {
  const remote = (file: string) => `vscode-remote://127.0.0.1:${port}${file}`;
  const payload: [string, string][] = [];
  if (extension !== false) payload.push(['extensionDevelopmentPath', remote(extension)]);
  if (tests) payload.push(['extensionTestsPath', remote(tests)]);
  const query = new URLSearchParams({ folder: workspace });
  if (payload.length > 0) query.set('payload', JSON.stringify(payload));
  return `http://127.0.0.1:${port}/?${query.toString()}`;
}

/** A webview of this extension: VS Code nests its content two frames deep. */
function webview(page: Page, purpose: string): FrameLocator {
  const selector = `iframe.webview[src*="extensionId=${extensionId}"][src*="purpose=${purpose}"]`;
  return page.frameLocator(selector).frameLocator('#active-frame');
}

/** The custom editor that is visible: VS Code says of its frame only that it is none of the other kinds. */
function customEditor(page: Page): FrameLocator {
  return page.frameLocator('iframe.webview:not([src*="purpose="])').frameLocator('#active-frame');
}

async function untilReady(page: Page): Promise<void> {
  await page.locator('.monaco-workbench .part.activitybar .action-item').first().waitFor({ timeout: 60_000 });
}

/** A script for the page: the texts of the open input box, and its value. */
const question = `(() => {
  const box = [...document.querySelectorAll('.quick-input-widget')].find((e) => e.style.display !== 'none');
  const input = box?.querySelector('.quick-input-box input');
  const texts = ['.quick-input-title', '.quick-input-message'].map((part) => box?.querySelector(part)?.textContent);
  return JSON.stringify([input?.value, input?.placeholder, ...texts]);
})()`;

function palette(page: Page) {
  const widget = page.locator('.quick-input-widget:visible');
  const input = widget.locator('.quick-input-box input');
  const rows = widget.locator('.quick-input-list .monaco-list-row');
  const row = (label: string) =>
    rows.filter({ has: page.locator('.label-name', { hasText: new RegExp(`^\\s*${escape(label)}\\s*$`) }) });

  const focusRow = async (label: string) => {
    const wanted = row(label).first();
    await wanted.waitFor({ timeout: 20_000 }).catch(async () => {
      throw new Error(
        `There is no “${label}” among: ${(await rows.allInnerTexts()).join(' | ').replace(/\n/g, ' ')}`,
      );
    });
    // VS Code decides the order; the arrow keys reach every row.
    for (let step = 0; step < 50; step += 1) {
      if (((await wanted.getAttribute('class')) ?? '').includes('focused')) break;
      await page.keyboard.press('ArrowDown');
    }
  };

  // The next question appears in the same box: text typed too early would go to the one before.
  const confirm = async () => {
    const before = await page.evaluate<string>(question);
    await page.keyboard.press('Enter');
    const changed = page.waitForFunction(`${question} !== ${JSON.stringify(before)}`, undefined, {
      timeout: 3_000,
    });
    // An invalid answer leaves the question unchanged.
    await changed.catch(() => undefined);
  };

  // An editor that is just closing can take the focus back, which closes the palette.
  const openPalette = async (text: string) => {
    for (let attempts = 3; ; attempts -= 1) {
      await page.keyboard.press('F1');
      try {
        await input.waitFor({ timeout: 10_000 });
        return await input.fill(text, { timeout: 3_000 });
      } catch (error) {
        if (attempts === 1) throw error;
      }
    }
  };

  return {
    async runCommand(title: string) {
      await openPalette(`>${title}`);
      await focusRow(title);
      await confirm();
    },
    async answer(text: string) {
      await input.waitFor();
      await input.fill(text);
      await confirm();
    },
    async pick(label: string) {
      await input.waitFor();
      // A long list renders only the visible rows: then the label filters it.
      await row(label)
        .first()
        .waitFor({ timeout: 5_000 })
        .catch(() => input.fill(label));
      await focusRow(label);
      await confirm();
    },
    async openFile(file: string) {
      await openPalette(file);
      await focusRow(path.basename(file));
      await confirm();
      await page.locator('.part.editor .tab.active', { hasText: path.basename(file) }).waitFor();
    },
    notification: (text: string | RegExp) => page.locator('.notification-toast', { hasText: text }),
  };
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The panel in a real browser: the host's HTML with its Content Security Policy, and the built bundle. */
import { createServer, type Server } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import type { ChatMessage, ChatState, HostMessage } from '../../src/protocol/chat';
import {
  hostQuestions,
  panelQuestions,
  type HostQuestions,
  type PanelQuestions,
} from '../../src/protocol/chatQuestions';
import { formStrings } from '../../src/protocol/formStrings';
import { chatPage, formPage } from '../../src/protocol/page';
import { Asker, type ParamsOf, type ResultOf } from '../../src/protocol/questions';
import { chatStrings } from '../../src/protocol/strings';
import { acquireBrowser, releaseBrowser } from '../host/browser';
import { root } from '../host/paths';
import { themes, type ThemeName } from './themes';

export interface PanelOptions {
  theme?: ThemeName;
  width?: number;
  height?: number;
  /** A BCP 47 tag. */
  language?: string;
  /** Where the built bundle is; `dist` when left out. */
  dist?: string;
  reducedMotion?: boolean;
  /** Whether the panel is beside an assistant's form. */
  form?: boolean;
}

/** The fake VS Code in the page; see `standIn.ts`. */
interface PageGlobals {
  standIn: {
    posted: ChatMessage[];
    violations: string[];
    theme: unknown;
    receive(messages: HostMessage[]): void;
    applyTheme(): void;
    stream(threadId: string, messageId: string, texts: string[]): Promise<void>;
  };
}

/** The fields in use of Chromium's trace events; `tdur` is microseconds of the thread's processor time. */
interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  tdur?: number;
  args?: { name?: string };
}

type Posted<T extends ChatMessage['type']> = Extract<ChatMessage, { type: T }>;

/** A question that the panel has asked. */
interface Asked<N extends keyof HostQuestions> {
  id: string;
  params: ParamsOf<HostQuestions[N]>;
}

/** A panel that is open. */
export class PanelPage {
  private constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
    private readonly server: Server,
    private readonly size: { width: number; height: number },
  ) {
    const origin = originOf(server);
    page.on('pageerror', ({ message }) => this.errors.push(message));
    page.on('request', (request) => {
      if (!request.url().startsWith(origin)) this.foreignRequests.push(request.url());
    });
    // A key has been pressed once its effect is drawn.
    const press = page.keyboard.press.bind(page.keyboard);
    page.keyboard.press = async (...args) => {
      await press(...args);
      await this.settle();
    };
  }

  private readonly errors: string[] = [];
  private readonly foreignRequests: string[] = [];

  /** Opens a panel that has told the host that it is ready. */
  static async open(options: PanelOptions = {}): Promise<PanelPage> {
    const { theme = 'dark', width = 400, height = 700, reducedMotion = false } = options;
    const server = await serve(options);
    const browser = await acquireBrowser();
    const context = await browser.newContext({
      viewport: { width, height },
      reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
    });
    const page = await context.newPage();
    // Less than a test's own limit, so that the error names what was waited for.
    page.setDefaultTimeout(20_000);
    await page.addInitScript({ content: standInScript() });
    await page.addInitScript((value) => {
      (globalThis as unknown as PageGlobals).standIn.theme = value;
    }, themes[theme]);
    const panel = new PanelPage(page, context, server, { width, height });
    await page.goto(originOf(server));
    await panel.waitFor('ready');
    return panel;
  }

  /** Delivers messages from the host. */
  async receive(...messages: HostMessage[]): Promise<void> {
    await this.page.evaluate(
      (list) => (globalThis as unknown as PageGlobals).standIn.receive(list),
      messages,
    );
    await this.settle();
  }

  /** Delivers a state; the defaults are those of an idle chat. */
  async receiveState(state: Partial<ChatState>): Promise<void> {
    await this.receive({ type: 'state', state: { loaded: true, assistants: [], otherRuns: 0, ...state } });
  }

  /** Waits until received messages are rendered. */
  async settle(): Promise<void> {
    await this.page.evaluate(
      'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))',
    );
  }

  /** Everything the panel posted, oldest first. */
  async posted(): Promise<ChatMessage[]> {
    return this.page.evaluate(() => (globalThis as unknown as PageGlobals).standIn.posted);
  }

  /** Everything of one kind the panel posted, oldest first. */
  async postedOf<T extends ChatMessage['type']>(type: T): Promise<Posted<T>[]> {
    const all = await this.posted();
    return all.filter((message): message is Posted<T> => message.type === type);
  }

  /** Waits for a message of a kind from the panel and gives the newest one. */
  async waitFor<T extends ChatMessage['type']>(type: T, count = 1): Promise<Posted<T>> {
    await this.page.waitForFunction(
      ([wanted, least]) => {
        const { posted } = (globalThis as unknown as PageGlobals).standIn;
        return posted.filter((message) => message.type === wanted).length >= least;
      },
      [type, count] as const,
    );
    return (await this.postedOf(type)).at(-1)!;
  }

  /** The questions of a name that the panel asked, oldest first. */
  async asked<N extends keyof HostQuestions>(name: N): Promise<Asked<N>[]> {
    const all = await this.postedOf('ask');
    return all.filter((ask): ask is typeof ask & Asked<N> => {
      return ask.name === name && hostQuestions[name].params(ask.params);
    });
  }

  /** Waits for a question from the panel and gives the newest one. */
  async waitForQuestion<N extends keyof HostQuestions>(name: N, count = 1): Promise<Asked<N>> {
    await this.page.waitForFunction(
      ([wanted, least]) => {
        const { posted } = (globalThis as unknown as PageGlobals).standIn;
        return posted.filter((one) => one.type === 'ask' && one.name === wanted).length >= least;
      },
      [name, count] as const,
    );
    return (await this.asked(name)).at(-1)!;
  }

  /** Answers the newest question of a name, once there is one. */
  async answer<N extends keyof HostQuestions>(name: N, result: ResultOf<HostQuestions[N]>): Promise<void> {
    const { id } = await this.waitForQuestion(name);
    await this.receive({ type: 'answer', id, result });
  }

  /** Says why the newest question of a name has no answer, once there is one. */
  async refuse(name: keyof HostQuestions, error: string): Promise<void> {
    const { id } = await this.waitForQuestion(name);
    await this.receive({ type: 'answer', id, error });
  }

  /** Asks the panel a question, as the host does. */
  async ask<N extends keyof PanelQuestions>(
    name: N,
    params: ParamsOf<PanelQuestions[N]>,
  ): Promise<ResultOf<PanelQuestions[N]>> {
    const asker = new Asker(panelQuestions, (message) => {
      this.receive(message)
        .then(() => this.waitForAnswer(message.id))
        .then(
          (answer) => asker.receive(answer),
          () => asker.cancel(),
        );
    });
    return asker.ask(name, params);
  }

  private async waitForAnswer(id: string): Promise<Posted<'answer'>> {
    await this.page.waitForFunction((wanted) => {
      const { posted } = (globalThis as unknown as PageGlobals).standIn;
      return posted.some((one) => one.type === 'answer' && one.id === wanted);
    }, id);
    return (await this.postedOf('answer')).find((answer) => answer.id === id)!;
  }

  /** Errors, violations of the Content Security Policy, and requests to other servers. Must all be empty. */
  async unwantedEvents(): Promise<{ errors: string[]; violations: string[]; foreignRequests: string[] }> {
    const violations = await this.page.evaluate(
      () => (globalThis as unknown as PageGlobals).standIn.violations,
    );
    return { errors: this.errors, violations, foreignRequests: this.foreignRequests };
  }

  /** Resets the page and its stored state, as in a new window. */
  async reset(): Promise<void> {
    this.errors.length = 0;
    this.foreignRequests.length = 0;
    await this.page.setViewportSize(this.size);
    await this.page.mouse.move(0, 0);
    // What the panel stores as its page closes is no longer wanted.
    await this.page.evaluate('sessionStorage.clear(); Storage.prototype.setItem = () => {}');
    await this.reload();
  }

  /** Reloads the webview: the host knows nothing of it but a new `ready`. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.waitFor('ready');
  }

  /** Delivers deltas as fast as a host sends them; resolves when all are rendered. */
  async stream(threadId: string, messageId: string, texts: string[]): Promise<void> {
    await this.page.evaluate(
      ([thread, message, list]) =>
        (globalThis as unknown as PageGlobals).standIn.stream(thread, message, list),
      [threadId, messageId, texts] as const,
    );
  }

  /**
   * The longest task of the page's main thread during an action, in milliseconds of processor time, which
   * does not depend on the machine's load. A frame, from script to paint, is one task.
   */
  async longestTask(during: () => Promise<void>): Promise<number> {
    const session = await this.context.newCDPSession(this.page);
    const events: TraceEvent[] = [];
    session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
    await session.send('Tracing.start', { traceConfig: { includedCategories: ['toplevel'] } });
    await during();
    const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
    await session.send('Tracing.end');
    await complete;
    await session.detach();

    const threadOf = ({ pid, tid }: TraceEvent) => `${pid}/${tid}`;
    const names = events.filter(
      ({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain',
    );
    const pages = new Set(names.map(threadOf));
    const micros = events.map((event) => (pages.has(threadOf(event)) ? (event.tdur ?? 0) : 0));
    return micros.reduce((a, b) => Math.max(a, b), 0) / 1000;
  }

  async close(): Promise<void> {
    await this.context.close();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await releaseBrowser();
  }
}

/** The built `standIn.ts`, a CommonJS module, wrapped so that it runs as a script. */
function standInScript(): string {
  const code = readFileSync(path.join(root, 'out', 'test', 'webview', 'standIn.js'), 'utf8');
  return `(function (module) {${code}\n})({});`;
}

const contentTypes: Record<string, string> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
};

/** Serves only the page and the bundle, on the loopback address. */
async function serve({
  language = 'en',
  dist = path.join(root, 'dist'),
  form = false,
}: PanelOptions): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/') {
      const origin = originOf(server);
      const page = {
        cspSource: origin,
        nonce: 'bm9uY2U',
        scriptUri: `${origin}/webview.js`,
        styleUri: `${origin}/webview.css`,
        config: { strings: chatStrings, language },
      };
      const ofForm = { formScriptUri: `${origin}/form.js`, formStyleUri: `${origin}/form.css`, formStrings };
      const html = form ? formPage({ ...page, ...ofForm }) : chatPage(page);
      response.writeHead(200, { 'content-type': 'text/html' }).end(html);
      return;
    }
    const type = contentTypes[path.extname(pathname)];
    const file = path.join(dist, path.normalize(pathname));
    if (type === undefined || !existsSync(file)) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': type }).end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

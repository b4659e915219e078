/**
 * Takes screenshots of the panel in its states, themes and widths, for review, and a sheet of all states for each
 * theme and width: `node out/test/webview/panelScreenshots.js [FOLDER [STATE…]]`; `out/panel-screenshots` and all
 * states when left out. Where nothing that should fit is cut or wider than the panel, it prints nothing.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { contextBlock, type ContextItem } from '../../src/protocol/context';
import type { PendingCall } from '../../src/protocol/functionCalls';
import { withTurn } from '../../src/protocol/turns';
import { root } from '../host/paths';
import { PanelPage } from './panelPage';
import {
  atRest,
  attachments,
  code,
  fibonacciCode,
  fibonacciLogs,
  pendingCall,
  pendingQuiz,
  waitingFor,
  waitingStep,
  functionCall,
  plotUrl,
  step,
  traceback,
  withFile,
  writingStep,
  codeAnswer,
  conversation,
  growing,
  mathAnswer,
  message,
  question,
  run,
  searchCall,
  searchResults,
  foundPassages,
  threadId,
} from './samples';
import { showFiles } from './suite';
import type { ThemeName } from './themes';

const [folder = path.join(root, 'out', 'panel-screenshots'), ...wanted] = process.argv.slice(2);

const states: Record<string, (panel: PanelPage) => Promise<void>> = {
  loading: () => Promise.resolve(),
  welcome: async (panel) => {
    await panel.receive({ type: 'messages', threadId: null, messages: [], hasMore: false });
    await panel.receiveState({});
  },
  'new-thread': async (panel) => {
    await panel.receive({ type: 'messages', threadId: null, messages: [], hasMore: false });
    await panel.receiveState({ ...atRest, thread: undefined });
  },
  math: async (panel) => {
    await show(panel, [
      question('m1', 'I need to solve the equation `3x + 11 = 14`. Can you help me?'),
      message('m2', mathAnswer),
    ]);
    await panel.receiveState({
      ...atRest,
      run: run({ status: 'completed', endedAt: Date.now(), totalTokens: 1234 }),
    });
  },
  code: async (panel) => {
    await show(panel, [
      question('m1', 'Generate the first 20 fibbonaci numbers with code.'),
      message('m2', codeAnswer),
    ]);
    await panel.page.locator('.message').last().hover();
  },
  steps: async (panel) => {
    await show(panel, [
      question('m1', 'Plot a sine, and write the values into a table.'),
      withFile(message('m2', 'Done: [the values](sandbox:/mnt/data/values.csv).')),
    ]);
    await panel.receive({
      type: 'steps',
      threadId,
      steps: [
        step('s1', [code(fibonacciCode, fibonacciLogs)]),
        step('s2', [code('import zlib\n\nplot(math.sin)', '', 'file_plot')]),
        writingStep('s3', 'm2'),
      ],
    });
    await panel.answer('image', { fileId: 'file_plot', name: 'sine.png', dataUrl: plotUrl });
  },
  reasoning: async (panel) => {
    const turn = {
      reasoning: {
        text: 'The user wants **x**.\n\nSubtract 11 from both sides: $3x = 3$, so\n\n- `x = 1`',
        seconds: 12.4,
      },
      usage: { cached_tokens: 800, reasoning_tokens: 64 },
      omitted: ['temperature', 'images'],
      context: { window: 8192, tokens: 3690 },
    };
    await show(panel, [question('m1', 'Solve `3x + 11 = 14`.'), message('m2', 'x = 1')]);
    await panel.receive({ type: 'steps', threadId, steps: [withTurn(writingStep('s1', 'm2'), turn)] });
    await panel.receiveState({
      ...atRest,
      run: run({ status: 'completed', endedAt: Date.now(), totalTokens: 1234 }),
    });
    await panel.page.getByRole('button', { name: 'Thought for 12 s' }).click();
  },
  'reasoning-live': async (panel) => {
    await show(panel, [question('m1', 'Solve `3x + 11 = 14`.')]);
    await panel.receiveState({ ...atRest, run: run() });
    const thought = step('s1', [], {
      status: 'in_progress',
      created_at: Math.floor(Date.now() / 1000) - 3,
      completed_at: null,
    });
    const steps = [withTurn(thought, { reasoning: { text: 'The user wants x.' } })];
    await panel.receive({ type: 'steps', threadId, steps });
  },
  'steps-live': async (panel) => {
    await show(panel, [question('m1', 'Divide one by zero, then count and ask me.')]);
    await panel.receiveState({ ...atRest, run: run() });
    await panel.receive({
      type: 'steps',
      threadId,
      steps: [
        step('s1', [code('print(1 / 0)', traceback)]),
        step('s2', [code('while True: pass', '')], { status: 'cancelled' }),
        step('s3', [functionCall('display_quiz', '{"title":"Sample Quiz","questions":[]}')], {
          status: 'in_progress',
          completed_at: null,
        }),
        step('s4', [code(fibonacciCode.repeat(2).slice(0, 400))], {
          status: 'in_progress',
          created_at: Math.floor(Date.now() / 1000) - 3,
          completed_at: null,
        }),
      ],
    });
  },
  quiz: (panel) => showWaiting(panel, pendingQuiz(mathQuiz)),
  'quiz-partly': async (panel) => {
    await showWaiting(panel, pendingQuiz(mathQuiz));
    await panel.page.getByRole('textbox').first().fill('Subtract 11, then divide by 3.');
    await panel.page.getByRole('button', { name: 'Skip, question 3' }).click();
    await panel.page.getByRole('button', { name: 'Submit' }).click({ force: true });
    await panel.settle();
  },
  'quiz-answered': (panel) =>
    showWaiting(
      panel,
      pendingQuiz(mathQuiz, { state: 'answered', output: '["Because.","$x < 1$",null]' }),
      weather,
    ),
  'quiz-locked': async (panel) => {
    await show(panel, [question('m1', 'Quiz me.'), message('m2', 'Well done.')]);
    const args = JSON.stringify(mathQuiz);
    await panel.receive({
      type: 'steps',
      threadId,
      steps: [
        step('s1', [functionCall('display_quiz', args, '["Because.","$x < 1$",null]')]),
        writingStep('s2', 'm2'),
      ],
    });
    await panel.page.locator('.call').first().scrollIntoViewIfNeeded();
  },
  function: (panel) => showWaiting(panel, weather),
  'function-error': (panel) =>
    showWaiting(
      panel,
      pendingCall('get_weather', '{"city": 7', undefined, {
        argumentsError: 'The arguments are not valid JSON: Expected "," or "}" after property value.',
      }),
    ),
  tool: (panel) => showWaiting(panel, editorTool),
  'tool-error': (panel) => showWaiting(panel, { ...editorTool, error: 'The tool was not found.' }),
  program: (panel) =>
    showWaiting(
      panel,
      pendingCall('count_words', { file: 'README.md' }, program),
      pendingCall('slow', {}, program, { callId: 'call_slow', state: 'running' }),
    ),
  files: async (panel) => {
    await showFiles(panel);
    await panel.page.locator('.citation-link').nth(1).hover();
    await panel.settle();
  },
  dropping: async (panel) => {
    await showFiles(panel);
    await panel.page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['x'], 'notes.txt'));
      document.body.dispatchEvent(
        new DragEvent('dragover', { bubbles: true, cancelable: true, dataTransfer }),
      );
    });
    await panel.settle();
  },
  enlarged: async (panel) => {
    await states['steps']?.(panel);
    await panel.page.getByRole('button', { name: 'Enlarge sine.png' }).click();
    await panel.settle();
  },
  streaming: async (panel) => {
    await show(panel, [question('m1', 'Could you explain linear algebra to me?'), growing('m2')]);
    await panel.receiveState({ ...atRest, run: run(), otherRuns: 2 });
    await panel.receive({
      type: 'delta',
      threadId,
      messageId: 'm2',
      contentIndex: 0,
      text: 'Linear algebra is about **vectors** and the maps between them. A matrix $A$ takes a vector to another:\n\n$$A x = \\begin{pmatrix} 1 & 2',
    });
    await panel.page.locator('vscode-text-area').click();
    await panel.page.keyboard.type('And what is an eigenvalue?');
    await panel.settle();
  },
  error: async (panel) => {
    await show(panel, [question('m1', 'I don’t like math. What can I do?')]);
    await panel.receiveState({
      ...atRest,
      run: run({
        status: 'failed',
        endedAt: Date.now(),
        error: {
          message:
            'OpenAI refused the API key (401): Incorrect API key provided: sk-abc***. Set another key, or choose another connection.',
          actions: ['setApiKey', 'retry'],
        },
      }),
    });
  },
  broken: async (panel) => {
    const broken = { ...message('m2', ''), content: null } as unknown as ReturnType<typeof message>;
    await show(panel, [question('m1', 'Plot a sine.'), broken, message('m3', 'Here it is.')]);
    const call = { id: 'call', type: 'computer_use' } as unknown as ReturnType<typeof code>;
    await panel.receive({
      type: 'steps',
      threadId,
      steps: [step('s1', [code('print(1)', '1'), call]), writingStep('s2', 'm2')],
    });
    await panel.page.locator('.message-scroller').evaluate((element) => element.scrollTo(0, 0));
    await panel.settle();
  },
  'broken-thread': (panel) => show(panel, [null as unknown as ReturnType<typeof message>]),
  'plain-note': async (panel) => {
    await show(panel, [question('m1', 'Show me brackets.'), message('m2', '['.repeat(60_000))]);
    await panel.settle();
  },
  long: async (panel) => {
    await show(panel, conversation(60), true);
    await panel.page.locator('.message-scroller').hover();
    await panel.page.mouse.wheel(0, -900);
    await panel.settle();
  },
  queue: async (panel) => {
    await show(panel, [question('m1', 'Tell me a story.'), growing('m2')]);
    await panel.receive({
      type: 'delta',
      threadId,
      messageId: 'm2',
      contentIndex: 0,
      text: 'Once upon a time',
    });
    const picture = {
      id: 'p',
      name: 'a map of the town.png',
      bytes: 2048,
      isImage: true,
      state: 'ready',
    } as const;
    const messages = [
      { id: '1', text: 'And how does it end? I would like to know it all.', context: [], attachments: [] },
      { id: '2', text: 'What does this do?', context: chips.slice(0, 2), attachments: [picture] },
    ];
    await panel.receiveState({ ...atRest, run: run(), queue: { messages } });
    await panel.page.locator('vscode-text-area').click();
  },
  'queue-edited': async (panel) => {
    await states['queue']?.(panel);
    await panel.page.getByRole('button', { name: /^Edit: What/ }).click();
    await panel.settle();
  },
  'queue-waits': async (panel) => {
    await states['error']?.(panel);
    const waits = 'Queued messages wait because the answer failed.';
    const messages = [{ id: '1', text: 'And then?', context: [], attachments: [] }];
    await panel.receiveState({
      ...atRest,
      run: run({ status: 'failed', endedAt: Date.now(), error: { message: 'No.', actions: ['retry'] } }),
      queue: { messages, waits },
    });
  },
  chips: async (panel) => {
    await show(panel, [
      question(
        'm1',
        `Why?\n\n${contextBlock({ kind: 'lines', name: 'src/a.ts', firstLine: 3, lastLine: 5 }, 'const a = 1;', 'ts')}`,
      ),
      message('m2', 'See `src/a.ts:3`.'),
    ]);
    await panel.receive({ type: 'context', threadId, items: chips });
    await panel.receive({ type: 'attachments', threadId, attachments });
    await panel.page.getByRole('button', { name: 'a.ts' }).first().click();
    await panel.settle();
  },
  find: async (panel) => {
    await states['math']?.(panel);
    await panel.page.keyboard.press('Control+f');
    await panel.page.getByRole('textbox', { name: 'Find' }).fill('equation');
    await panel.settle();
  },
  branches: async (panel) => {
    await show(panel, [question('m1', 'What is the capital of France?'), message('m2', 'It is Paris.')]);
    const branches = ['a', 'b', 'c'].map((id) => ({ thread_id: `thread_${id}`, message_id: `m_${id}` }));
    branches[1] = { thread_id: threadId, message_id: 'm2' };
    await panel.receive({ type: 'branches', threadId, points: [{ message_id: 'm2', branches }] });
    await panel.page.locator('.message').last().hover();
  },
  editing: async (panel) => {
    await states['branches']?.(panel);
    await panel.page.locator('.message').first().hover();
    await panel.page.getByRole('button', { name: 'Edit and Resend' }).click();
    await panel.settle();
  },
  'model-menu': async (panel) => {
    await states['math']?.(panel);
    await panel.page.getByRole('button', { name: /^Model: / }).click();
    await panel.settle();
  },
  'assistant-menu': async (panel) => {
    await states['math']?.(panel);
    await panel.page.getByRole('button', { name: /^Assistant: / }).click();
    await panel.settle();
  },
  markdown: (panel) =>
    show(panel, [
      question('m1', 'Show me a table and long code.'),
      message('m2', `${table}\n\n${longCode}\n\n> A quote\n\n- [x] done\n- [ ] open\n\nA^<kbd>Ctrl</kbd>`),
    ]),
  details: (panel) => show(panel, [question('m1', 'What is a footnote?'), message('m2', detailsAnswer)]),
  rtl: (panel) =>
    show(panel, [
      question('m1', 'ما هو حل المعادلة $x + 1 = 2$؟'),
      message(
        'm2',
        'الحل هو `x = 0`؟ لا:\n\n- أولاً: $x = 1$\n- ثانياً: انتهى\n\n> اقتباس\n\nIn English: it is 1.',
      ),
      question('m3', 'שלום, מה שלומך?'),
    ]),
  empty: (panel) => show(panel, [question('m1', 'Say nothing.'), message('m2', '', { content: [] })]),
  search: async (panel) => {
    await show(panel, [question('m1', 'Which flowers are red?'), message('m2', 'Roses are.')]);
    const steps = [step('s1', [searchCall(searchResults)]), writingStep('s2', 'm2')];
    await panel.receive({ type: 'steps', threadId, steps });
    await panel.page.getByRole('button', { name: 'Show Passages' }).click();
    await panel.answer('passages', foundPassages);
  },
  'cards-folded': async (panel) => {
    await states['steps']?.(panel);
    for (const head of await panel.page.locator('button.call-head[aria-expanded="true"]').all())
      await head.click();
    await panel.settle();
  },
  unanswered: async (panel) => {
    await show(panel, [question('m1', 'Hello?')]);
    await panel.receive({ type: 'draft', text: 'A long draft. '.repeat(40) });
  },
};

const chips: ContextItem[] = [
  { id: 'c1', kind: 'lines', label: 'messageContext.ts:3-45', detail: 'src/messageContext.ts', tokens: 1234 },
  { id: 'c2', kind: 'terminal', label: 'Output of bash', detail: 'bash', tokens: 20 },
  { id: 'c3', kind: 'file', label: 'README.md', detail: 'README.md', tokens: 12_345 },
  {
    id: 'c4',
    kind: 'lines',
    label: 'a.ts:2',
    detail: 'src/a.ts',
    error: 'a.ts:2 has changed since it was added. Remove it, or add it again.',
  },
];

const table = `| Language | Year | Typing | Where it is used most of all |
| --- | ---: | :---: | --- |
| Python | 1991 | dynamic | data, teaching, and a great deal of everything else |
| TypeScript | 2012 | static | this panel |
| Haskell | 1990 | static, inferred | research |`;

const longCode = `\`\`\`ts:src/views/chat/aLongNameOfAFile.ts
${Array.from({ length: 30 }, (_, i) => `export const value${i} = compute(${i}, 'a rather long argument that does not fit', { deep: true });`).join('\n')}
\`\`\``;

const detailsAnswer = `A footnote[^1] stands below.

<details><summary>More</summary>

Hidden **words**.

</details>

<details open><summary>Open</summary>

Shown words, H<sub>2</sub>O and x<sup>2</sup>, <kbd>Ctrl</kbd>+<kbd>C</kbd>.

</details>

# A heading
## A second one

[^1]: Like this one.`;

const mathQuiz = {
  title: 'Linear **equations**',
  questions: [
    { question_text: 'How do you solve $3x + 11 = 14$? Say each step.' },
    {
      question_text: 'What follows from $2x > 2$?',
      choices: ['$x > 1$', '$x < 1$', '> 3', 'Nothing, `x` is unknown'],
    },
    { question_text: 'ما هو حل المعادلة $x + 1 = 2$؟', question_type: 'FREE_RESPONSE' },
  ],
};

const weather = pendingCall('get_weather', { city: 'Rome', unit: 'celsius' }, undefined, {
  description: 'Tells the weather of a city now.',
  parameters: {
    type: 'object',
    properties: {
      city: { type: 'string', description: 'The city and its country' },
      unit: { title: 'Unit' },
    },
  },
});

const editorTool = pendingCall(
  'search_code',
  { query: 'fibonacci', isRegExp: false },
  { kind: 'editorTool', label: 'Search the Code', canAlwaysAllow: true },
);

const program = {
  kind: 'workspaceFunction',
  file: '.assistants/functions/count_words.py',
  command: 'python3 .assistants/functions/count_words.py',
} as const;

async function showWaiting(panel: PanelPage, ...calls: PendingCall[]): Promise<void> {
  await show(panel, [question('m1', 'Make a quiz with 2 questions.')]);
  await panel.receive({ type: 'steps', threadId, steps: [waitingStep(...calls)] });
  await panel.receiveState({ ...atRest, ...waitingFor(...calls) });
}

async function show(
  panel: PanelPage,
  messages: ReturnType<typeof message>[],
  hasMore = false,
): Promise<void> {
  await panel.receiveState(atRest);
  await panel.receive({ type: 'messages', threadId, messages, hasMore });
}

/** What is wider than the panel, or cut without a way to see the rest. */
async function faultsOf(panel: PanelPage): Promise<string[]> {
  return panel.page.evaluate(() => {
    const faults: string[] = [];
    if (document.documentElement.scrollWidth > innerWidth) faults.push('the page is wider than the panel');
    for (const element of document.querySelectorAll<HTMLElement>(
      'button, vscode-button, a, p, li, td, span',
    )) {
      const { left, right, width } = element.getBoundingClientRect();
      const scroller = element.closest(
        'pre, .table-scroller, table, .katex-display, .visually-hidden, .katex',
      );
      if (width === 0 || scroller !== null || element.closest('[hidden]')) continue;
      const name = `${element.className || element.tagName} «${element.textContent.slice(0, 30)}»`;
      if (right > innerWidth + 1 || left < -1) faults.push(`${name} leaves the panel`);
    }
    return faults.slice(0, 5);
  });
}

/** Puts pictures side by side into one, each below its name. */
async function makeSheet(panel: PanelPage, names: string[], ending: string, width: number): Promise<void> {
  const taken = names.filter((name) => existsSync(path.join(folder, `${name}-${ending}`)));
  const figures = taken.map((name) => {
    const data = readFileSync(path.join(folder, `${name}-${ending}`)).toString('base64');
    return `<figure><figcaption>${name}</figcaption><img width="${width}" src="data:image/png;base64,${data}"></figure>`;
  });
  const style = 'body{display:flex;flex-wrap:wrap;gap:8px;margin:8px;font:14px sans-serif}figure{margin:0}';
  const { page } = panel;
  const sheet = await page.context().newPage();
  await sheet.setViewportSize({
    width: (width + 8) * Math.max(1, Math.floor(1900 / width)) + 16,
    height: 800,
  });
  await sheet.setContent(`<style>${style}</style>${figures.join('')}`);
  await sheet.screenshot({ path: path.join(folder, `sheet-${ending}`), fullPage: true });
  await sheet.close();
}

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const all: ThemeName[] = ['dark', 'light', 'highContrast', 'highContrastLight'];
  const names = Object.keys(states).filter((name) => wanted.length === 0 || wanted.includes(name));
  for (const theme of all) {
    for (const width of [300, 420, 900]) {
      const ending = `${theme}-${width}.png`;
      const panel = await PanelPage.open({ theme, width, height: 720 });
      for (const name of names) {
        try {
          await states[name]?.(panel);
          await panel.page.screenshot({ path: path.join(folder, `${name}-${ending}`) });
          for (const fault of await faultsOf(panel)) console.log(`${name}-${ending}: ${fault}`);
        } catch (error) {
          console.error(`${name}-${ending}`, error);
        }
        await panel.reset();
      }
      await makeSheet(panel, names, ending, width);
      await panel.close();
    }
  }
}

main().catch((error: unknown) => {
  console.error(error);
  // The browser is still open.
  process.exit(1);
});

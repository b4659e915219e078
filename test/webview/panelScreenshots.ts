/**
 * Takes screenshots of the panel in its states, themes and widths, for review:
 * `node out/test/webview/panelScreenshots.js [FOLDER [STATE…]]`; `out/panel-screenshots` and all states when left out.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { PendingCall } from '../../src/protocol/functionCalls';
import { withTurn } from '../../src/protocol/turns';
import { root } from '../host/paths';
import { PanelPage } from './panelPage';
import {
  atRest,
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
    await panel.page.getByRole('button', { name: 'More Actions…' }).click();
    await panel.settle();
  },
};

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

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const all: ThemeName[] = ['dark', 'light', 'highContrast', 'highContrastLight'];
  for (const theme of all) {
    for (const width of [300, 700]) {
      for (const [name, prepare] of Object.entries(states)) {
        if (wanted.length > 0 && !wanted.includes(name)) continue;
        const panel = await PanelPage.open({ theme, width, height: 720 });
        await prepare(panel);
        await panel.page.screenshot({ path: path.join(folder, `${name}-${theme}-${width}.png`) });
        await panel.close();
      }
    }
  }
}

main().catch((error: unknown) => {
  console.error(error);
  // The browser is still open.
  process.exit(1);
});

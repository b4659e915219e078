import assert from 'node:assert/strict';
import { contextBlock, withContext } from '../../src/protocol/context';
import { withTurn } from '../../src/protocol/turns';
import { accessibilityViolations } from './axe';
import {
  code,
  codeAnswer,
  fibonacciCode,
  functionCall,
  mathAnswer,
  message,
  pendingCall,
  pendingQuiz,
  plotUrl,
  question,
  run,
  sampleQuiz,
  step,
  threadId,
  traceback,
  waitingFor,
  withFile,
  searchCall,
  writingStep,
} from './samples';
import { freshPanel, openCards, show, showFiles, showNew } from './suite';
import type { ThemeName } from './themes';

/** Pending calls of each kind. */
const openCalls = [
  pendingQuiz(),
  pendingCall('get_weather', { city: 'Rome' }, undefined, {
    description: 'Tells the weather.',
    argumentsError: 'unit: is missing',
    parameters: { properties: { city: { description: 'Where?' } } },
  }),
  pendingCall(
    'tool',
    {},
    { kind: 'editorTool', label: 'Tool', canAlwaysAllow: true },
    { error: 'It is gone.' },
  ),
  pendingCall('program', {}, { kind: 'workspaceFunction', file: 'a.py', command: 'python3 a.py' }),
  pendingCall(
    'busy',
    {},
    { kind: 'workspaceFunction', file: 'b.py', command: 'python3 b.py' },
    { state: 'running' },
  ),
  pendingCall('refused', {}, { kind: 'refused', reason: 'The workspace is not trusted.' }),
];

for (const theme of ['dark', 'light', 'highContrast', 'highContrastLight'] as ThemeName[]) {
  describe(`the panel in the theme ${theme}`, () => {
    const panel = freshPanel({ theme, width: 300 });

    const states: Record<string, () => Promise<void>> = {
      'without assistants': () => showNew(panel(), { assistants: [], assistantId: undefined }),
      'with a new thread': () => showNew(panel()),
      'with an answer': () =>
        show(panel(), [question('a', 'Hi'), message('b', mathAnswer), message('c', codeAnswer)], {
          run: run({ status: 'completed', totalTokens: 10 }),
        }),
      'with context and the suggestions of #': async () => {
        const block = contextBlock(
          { kind: 'lines', name: 'src/a.ts', firstLine: 1, lastLine: 1 },
          'one',
          'ts',
        );
        const item = { kind: 'lines', label: 'a.ts:1', detail: 'src/a.ts' } as const;
        await show(panel(), [question('a', withContext('Why?', [block])), message('b', 'See src/a.ts.')]);
        await panel().answer('existingPaths', ['src/a.ts']);
        await panel().receive({ type: 'context', threadId, items: [{ ...item, id: 'c', tokens: 12 }] });
        await panel().page.getByRole('textbox', { name: 'Message', exact: true }).press('#');
        await panel().waitForQuestion('contextChoices', 1);
        for (const { id } of await panel().asked('contextChoices')) {
          await panel().receive({ type: 'answer', id, result: [{ ...item, id }] });
        }
        await panel().page.getByRole('listbox').waitFor();
      },
      'with calls of tools': async () => {
        await show(panel(), [
          question('a', 'Hi'),
          withFile(message('b', '[x](sandbox:/mnt/data/values.csv)')),
        ]);
        await panel().receive({
          type: 'steps',
          threadId,
          steps: [
            step('s1', [code(fibonacciCode, traceback, 'file_plot')]),
            step('s2', [functionCall('display_quiz', '{}')], { status: 'in_progress', completed_at: null }),
          ],
        });
        await openCards(panel());
        await panel().answer('image', { fileId: 'file_plot', name: 'sine.png', dataUrl: plotUrl });
      },
      'with citations and files': async () => {
        await showFiles(panel());
        await panel().page.locator('.citation-link').nth(1).hover();
        await panel().page.getByRole('tooltip').waitFor();
      },
      'with functions that wait': () => show(panel(), [question('a', 'Hi')], waitingFor(...openCalls)),
      'with functions that are answered': async () => {
        const output = '["Ada",null]';
        const answered = [
          pendingQuiz(sampleQuiz, { state: 'answered', output }),
          pendingQuiz(sampleQuiz, { callId: 'sent', state: 'sending', output }),
          pendingCall('get_weather', { city: 'Rome' }, undefined, { state: 'answered', output: 'sunny' }),
        ];
        await show(panel(), [question('a', 'Hi')], waitingFor(...answered));
      },
      'with answers that were not sent': async () => {
        const output = '["Ada",null]';
        const failed = { state: 'answered', error: 'Too busy.' } as const;
        const calls = [
          pendingQuiz(sampleQuiz, { ...failed, output }),
          pendingCall('get_weather', {}, undefined, { ...failed, output: 'sunny' }),
        ];
        await show(panel(), [question('a', 'Hi')], waitingFor(...calls));
        await panel().page.getByRole('button', { name: 'Try Again' }).first().waitFor();
      },
      'with functions that the user answers by hand': async () => {
        const tool = { kind: 'editorTool', label: 'Tool', canAlwaysAllow: true } as const;
        const calls = [pendingCall('tool', {}, tool), pendingQuiz()];
        await show(panel(), [question('a', 'Hi')], waitingFor(...calls));
        const { page } = panel();
        await page.getByRole('button', { name: 'Answer Myself' }).click();
        await page.getByRole('button', { name: 'Send', exact: true }).click();
        await page.getByText('Write something to send first.').waitFor();
        await page.getByRole('button', { name: 'Send an Error…' }).click();
        assert.equal(await page.getByRole('button', { name: 'Back' }).count(), 2);
      },
      'with a quiz that is being written': async () => {
        await show(panel(), [question('a', 'Hi')], { run: run() });
        const call = functionCall('display_quiz', '{"title":"Sam');
        const writing = { status: 'in_progress', completed_at: null } as const;
        await panel().receive({ type: 'steps', threadId, steps: [step('s', [call], writing)] });
        await panel().page.getByText('Writing a quiz…').waitFor();
      },
      'while it loads': async () => {
        await panel().receiveState({ loaded: false, assistants: [], thread: undefined });
      },
      'with assistants that cannot be read': () =>
        showNew(panel(), { assistants: [], assistantId: undefined, error: 'The database is damaged.' }),
      'with a message that was not sent': async () => {
        await show(panel(), [question('a', 'Hi')]);
        const { page } = panel();
        await page.getByRole('textbox', { name: 'Message' }).fill('Hello');
        await page.getByRole('textbox', { name: 'Message' }).press('Enter');
        await panel().refuse('send', 'The server cannot be reached.');
        await page.getByText('The server cannot be reached.').first().waitFor();
      },
      'with older messages that did not come': async () => {
        await show(panel(), [question('a', 'Hi'), message('b', mathAnswer)], { hasMore: true });
        await panel().refuse('olderMessages', 'The server cannot be reached.');
        await panel().page.getByText('Load Earlier Messages').waitFor();
      },
      'with its menu open': async () => {
        await show(panel(), [question('a', 'Hi')]);
        await panel()
          .page.getByRole('button', { name: /^Assistant: / })
          .click();
        await panel().page.getByRole('menu').waitFor();
      },
      'with a model for the next run, in its menu': async () => {
        const nextModel = { id: 'openrouter/a-maker/a-model-with-a-rather-long-name', demo: false };
        await show(panel(), [question('a', 'Hi')], { nextModel });
        await panel()
          .page.getByRole('button', { name: /^Model: / })
          .click();
        await panel().page.getByRole('menu').waitFor();
      },
      'with its find bar open': async () => {
        await show(panel(), [question('a', 'Hi'), message('b', mathAnswer)]);
        await panel().receive({ type: 'find' });
        await panel().page.getByRole('textbox', { name: 'Find' }).fill('the');
        await panel().page.locator('.find-count', { hasText: 'of' }).waitFor();
      },
      'with folded calls': async () => {
        await show(panel(), [question('a', 'Hi')]);
        const steps = ['1', '2'].map((id) => step(id, [code(id, `${id}\n`)]));
        await panel().receive({ type: 'steps', threadId, steps });
        await panel().page.getByRole('button', { name: 'Ran Python', expanded: false }).waitFor();
      },
      'with a picture that is looked at': async () => {
        await show(panel(), [question('a', 'Hi')]);
        const steps = [step('s1', [code('plot()', '', 'file_plot')])];
        await panel().receive({ type: 'steps', threadId, steps });
        await panel().answer('image', { fileId: 'file_plot', name: 'sine.png', dataUrl: plotUrl });
        await panel()
          .page.getByRole('button', { name: /sine\.png/ })
          .click();
        await panel().page.getByRole('dialog').waitFor();
      },
      'with a run that expired': () =>
        show(panel(), [question('a', 'Hi')], { run: run({ status: 'expired' }) }),
      'with a run that is incomplete': () =>
        show(panel(), [question('a', 'Hi'), message('b', 'Half', { status: 'incomplete' })], {
          run: run({ status: 'incomplete' }),
        }),
      'with a quiz that lacks answers': async () => {
        await show(panel(), [question('a', 'Hi')], waitingFor(pendingQuiz()));
        await panel().page.getByRole('button', { name: 'Skip, question 1' }).click();
        await panel().page.getByRole('button', { name: 'Submit' }).click({ force: true });
      },
      'with old quizzes': async () => {
        await show(panel(), [question('a', 'Hi'), message('b', 'Well done.')]);
        const json = JSON.stringify(sampleQuiz);
        const outputs = ['["Ada","Red"]', '{"error":"No."}', 'odd', null];
        const steps = outputs.map((output, index) =>
          step(
            `s${index}`,
            [functionCall('display_quiz', json, output)],
            output === null ? { status: 'expired' } : {},
          ),
        );
        await panel().receive({ type: 'steps', threadId, steps });
      },
      'with a run under way': () => show(panel(), [question('a', 'Hi')], { run: run(), otherRuns: 2 }),
      'with an error': () =>
        show(panel(), [question('a', 'Hi')], {
          run: run({
            status: 'failed',
            error: { message: 'No.', actions: ['setApiKey', 'retry', 'retryWithModel', 'testConnection'] },
          }),
        }),
    };
    for (const [name, prepare] of Object.entries(states)) {
      it(`${name} is accessible, and fits into 300 pixels`, async () => {
        await prepare();
        assert.deepEqual(await accessibilityViolations(panel()), []);
        const width = await panel().page.evaluate(() => document.documentElement.scrollWidth);
        assert.equal(width, 300);
      });
    }
  });
}

describe('the keyboard', () => {
  const panel = freshPanel();

  it('reaches every control, from top to bottom, with a visible focus', async () => {
    await show(panel(), [message('a', 'See [this](https://a.example).\n\n```js\n1\n```')], {
      run: run({ status: 'failed', error: { message: 'No.', actions: ['retry'] } }),
    });
    await panel().page.getByRole('log').focus();
    const expected = [
      'Messages',
      // The arrow keys lead to the other actions of the message.
      'Copy Message',
      ...['this', 'Copy', 'Insert at Cursor', 'Apply to File…', 'New File', 'Retry', 'Message'],
      /^Attach Files/,
      /^Assistant: /,
      /^Model: /,
    ];
    const stops: string[] = [];
    while (stops.length < expected.length) {
      stops.push(
        await panel().page.evaluate(() => {
          const { ariaLabel, textContent } = document.activeElement!;
          return ariaLabel ?? textContent.trim();
        }),
      );
      await panel().page.keyboard.press('Tab');
    }
    for (const [index, name] of expected.entries()) assert.match(stops[index] ?? '', new RegExp(name));
  });

  it('selects nothing hidden with Ctrl+A', async () => {
    await show(panel(), [question('a', 'Hi'), message('b', 'An answer: $x$')]);
    await panel().page.locator('article .katex').first().waitFor();
    await panel().page.getByRole('log').focus();
    await panel().page.keyboard.press('Control+a');
    const selected = await panel().page.evaluate(() => document.getSelection()!.toString());
    assert.match(selected, /An answer/);
    assert.doesNotMatch(selected, /Solving 3x/);
    assert.equal(selected.match(/x/g)?.length, 1);
  });

  it('selects nothing that is folded, and no words for screen readers alone, with Ctrl+A', async () => {
    const hidden = contextBlock({ kind: 'file', name: 'a.ts' }, 'hidden context', 'ts');
    await show(panel(), [question('a', `Shown words\n\n${hidden}`), message('b', 'Shown answer')]);
    const reasoning = { text: 'hidden reasoning', seconds: 3 };
    const result = { file_id: 'file_a', file_name: 'a.md', score: 0.5 };
    await panel().receive({
      type: 'steps',
      threadId,
      steps: [
        withTurn(step('s1', [code('hidden()', 'hidden output')]), { reasoning }),
        step('s2', [searchCall([result])]),
        writingStep('s3', 'b'),
        step('s4', [code('shown()', 'shown output')]),
      ],
    });
    const page = panel().page;
    const selected = async () => {
      await page.getByRole('log').focus();
      await page.keyboard.press('Control+a');
      return page.evaluate(() => document.getSelection()!.toString());
    };
    const shown = ['Shown words', 'Shown answer', 'shown()', 'shown output'];
    const text = await selected();
    for (const words of shown) assert.ok(text.includes(words), words);
    assert.doesNotMatch(text, /hidden/);
    const labels = await page.locator('.visually-hidden').allTextContents();
    for (const label of labels.filter((one) => one.trim().length > 3))
      assert.ok(!text.includes(label), label);
    // The find bar draws what is folded, to search it.
    await page.keyboard.press('Control+f');
    await page.getByRole('textbox', { name: 'Find' }).fill('shown');
    await page.locator('.find-count', { hasText: /of/ }).waitFor();
    const whileFinding = await selected();
    for (const words of shown) assert.ok(whileFinding.includes(words), words);
    assert.doesNotMatch(whileFinding, /hidden/);
  });

  it('shows the focus on each kind of button', async () => {
    await showNew(panel());
    for (const name of [/^Assistant: /, /linear algebra/]) {
      const button = panel().page.getByRole('button', { name });
      await panel().page.keyboard.press('Tab');
      await button.focus();
      const outline = await button.evaluate((element) => getComputedStyle(element).outlineStyle);
      assert.equal(outline, 'solid');
    }
  });
});

describe('with reduced motion', () => {
  const panel = freshPanel({ reducedMotion: true });

  it('nothing is animated', async () => {
    await show(panel(), [question('a', 'Hi'), message('b', '', { status: 'in_progress', content: [] })], {
      run: run(),
    });
    const running = await panel().page.evaluate(
      () => document.getAnimations().filter(({ playState }) => playState === 'running').length,
    );
    assert.equal(running, 0);
  });
});

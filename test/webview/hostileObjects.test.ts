import assert from 'node:assert/strict';
import { assertHarmless, attacks, frameBounds } from './hostile';
import {
  code,
  functionCall,
  message,
  pendingCall,
  pendingQuiz,
  run,
  step,
  threadId,
  tutor,
  waitingFor,
  waitingStep,
  withFile,
} from './samples';
import { freshPanel, openCards, show } from './suite';

const texts = Object.values(attacks);

/** The attacks in groups, each to be shown at once. */
const portions = Array.from({ length: Math.ceil(texts.length / 10) }, (_, index) =>
  texts.slice(index * 10, index * 10 + 10),
);

describe('hostile text', () => {
  const panel = freshPanel();

  it('does no harm as code, as its output, as a function’s name, arguments and output', async () => {
    await show(panel(), [message('a', 'Hello')]);
    const places = await frameBounds(panel());
    for (const portion of portions) {
      await show(panel(), [message('a', 'Hello')]);
      const steps = portion.flatMap((text, index) => [
        step(`c${index}`, [code(text, text)]),
        step(`f${index}`, [
          functionCall(text, text, text),
          functionCall('f', JSON.stringify({ [text]: text }), text),
        ]),
        step(`q${index}`, [functionCall('display_quiz', quizOf([text]), JSON.stringify([text, text]))]),
        step(`e${index}`, [code('x')], {
          status: 'failed',
          last_error: { code: 'server_error', message: text },
        }),
      ]);
      await panel().receive({ type: 'steps', threadId, steps });
      await assertHarmless(panel(), places);
    }
  });

  it('does no harm in the forms of functions and quizzes', async () => {
    await show(panel(), [message('a', 'Hello')], { run: run({ status: 'requires_action' }) });
    const places = await frameBounds(panel());
    for (const portion of portions) {
      const handlers = portion.map((text) => [
        { kind: 'workspaceFunction', file: text, command: text } as const,
        { kind: 'editorTool', label: text, canAlwaysAllow: true } as const,
        { kind: 'refused', reason: text } as const,
      ]);
      const calls = [
        pendingQuiz(JSON.parse(quizOf(portion)) as unknown),
        ...handlers.flat().map((handler, index) => {
          const text = portion[Math.floor(index / 3)]!;
          return pendingCall(text, { [text]: text }, handler, {
            callId: `call_${index}`,
            description: text,
            argumentsError: text,
            error: text,
            parameters: { properties: { [text]: { title: text, description: text } } },
          });
        }),
      ];
      await panel().receiveState({
        ...waitingFor(...calls),
        assistants: [tutor],
        thread: { id: threadId, title: 'x' },
      });
      await panel().receive({ type: 'steps', threadId, steps: [waitingStep(...calls)] });
      await assertHarmless(panel(), places);
    }
  });

  it('does no harm as a title, a name of an assistant, a model or a file', async () => {
    for (const [index, text] of texts.entries()) {
      const line = text.replaceAll('\n', ' ').slice(0, 256);
      const fileId = `file_${index}`;
      const image = { type: 'image_file', image_file: { file_id: fileId } } as const;
      const address = `sandbox:/mnt/data/${encodeURIComponent(line.replaceAll('\ud800', ''))}`;
      const written = withFile(message('a', `[x](${address})`), address);
      await show(panel(), [written, message('b', '', { content: [image] })], {
        assistants: [{ ...tutor, name: line }],
        thread: { id: threadId, title: line },
        run: run({ status: 'completed', assistantName: line, model: line }),
      });
      await panel().answer('image', { fileId, name: line, error: line });
      await assertHarmless(panel());
    }
  });

  it('does no harm as an error message', async () => {
    for (const text of texts) {
      await show(panel(), [message('a', 'Hello')], {
        run: run({ status: 'failed', error: { message: text, actions: ['retry'] } }),
        error: text,
      });
      await panel().page.getByRole('button', { name: 'Retry' }).waitFor();
      assert.equal(await panel().page.evaluate("'hacked' in globalThis"), false);
      assert.equal(
        await panel().page.locator('.error-card-message :is(img, script, style, iframe, a, svg)').count(),
        0,
      );
    }
  });
});

describe('an invisible character', () => {
  const panel = freshPanel();
  const override = '\u202e';

  for (const [what, text] of [
    ['coloured code', `\`\`\`js\nif (x) {${override} /* } */\n\`\`\``],
    ['plain code', `\`\`\`\nif (x) {${override} /* } */\n\`\`\``],
    ['code in a list', `- x\n\n  \`\`\`js\n  if (x) {${override} /* } */\n  \`\`\``],
    ['code in a sentence', `The code \`x${override}y\` is it.`],
    ['a link', `[invoice${override}fdp.exe](https://a.example)`],
  ]) {
    it(`is shown in ${what}`, async () => {
      await show(panel(), [message('a', text!)]);
      const body = panel().page.locator('.message-body');
      assert.match(await body.innerText(), /U\+202E/);
      assert.ok(!(await body.innerText()).includes(override));
    });
  }

  it('is shown in code while it is written, and copied as it is', async () => {
    await show(panel(), [message('a', '', { status: 'in_progress', content: [] })]);
    for (const text of ['```js\nlet a', `\u200bb = 1; // ${override}x`, '\n```\n']) {
      await panel().receive({ type: 'delta', threadId, messageId: 'a', contentIndex: 0, text });
    }
    assert.match(
      await panel().page.locator('pre').innerText(),
      /let a\s*U\+200B\s*b = 1; \/\/ \s*U\+202E\s*x/,
    );
    await panel().page.getByRole('button', { name: 'Copy', exact: true }).click();
    assert.equal((await panel().waitFor('copy')).text, `let a\u200bb = 1; // ${override}x`);
  });

  it('is shown in the output of code, and in names of functions and files', async () => {
    const address = `sandbox:/mnt/data/photo${encodeURIComponent(override)}gpj.exe`;
    await show(panel(), [withFile(message('a', `[x](${address})`), address)]);
    const steps = [
      step('s', [code(`x = '${override}'`, `a${override}b`), functionCall(`f${override}g`, '{}', '1')]),
    ];
    await panel().receive({ type: 'steps', threadId, steps });
    assert.match(
      await panel().page.getByRole('list', { name: 'Files' }).innerText(),
      /photo\[U\+202E\]gpj\.exe/,
    );
    await panel().page.getByText('Called f[U+202E]g').waitFor();
    await openCards(panel());
    const shown = (await panel().page.locator('.call').allInnerTexts()).join();
    assert.equal(shown.match(/U\+202E/g)?.length, 3);
  });

  it('is left as it is in Persian, Arabic and emoji', async () => {
    const text = '`می\u200cخواهم` `👩\u200d👩\u200d👧`';
    await show(panel(), [message('a', text)]);
    assert.equal(await panel().page.locator('.message-body').innerText(), text.replaceAll('`', ''));
  });
});

function quizOf(texts: string[]): string {
  const questions = texts.flatMap((text) => [
    { question_text: text, question_type: 'FREE_RESPONSE' },
    { question_text: text, question_type: 'MULTIPLE_CHOICE', choices: [text, `${text}!`] },
  ]);
  return JSON.stringify({ title: texts[0], questions });
}

import assert from 'node:assert/strict';
import type { PendingCall } from '../../src/protocol/functionCalls';
import { readDraft } from '../../webview/callDrafts';
import { readQuiz } from '../../src/protocol/quiz';
import {
  functionCall,
  message,
  pendingQuiz,
  question,
  run,
  sampleQuiz,
  step,
  threadId,
  waitingFor,
  waitingStep,
} from './samples';
import { freshPanel, hasFocus, show } from './suite';

const ids = { runId: 'run_sample', callId: 'call_display_quiz' };

describe('a quiz', () => {
  const panel = freshPanel({ width: 300 });
  const form = (name: string | RegExp = 'Quiz: Sample Quiz') => panel().page.getByRole('group', { name });
  const button = (name: string) => form(/^Quiz/).getByRole('button', { name, exact: true });
  const radio = (name: string) => form(/^Quiz/).getByRole('radio', { name, exact: true });
  const texts = () => form(/^Quiz/).getByRole('textbox');
  const status = () => form(/^Quiz/).getByRole('status');
  /** The last announcement to screen readers. */
  const said = (words: RegExp) =>
    panel()
      .page.locator('.panel > [role="status"]')
      .filter({ hasText: words })
      .waitFor({ state: 'attached' });
  const nowFocused = () =>
    panel().page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute('aria-label') ?? element?.tagName ?? '';
    });

  async function showQuiz(quiz: unknown = sampleQuiz, fields: Partial<PendingCall> = {}): Promise<void> {
    const call = pendingQuiz(quiz, fields);
    await show(panel(), [question('q', 'Quiz me.')], waitingFor(call));
    await panel().receive({ type: 'steps', threadId, steps: [waitingStep(call)] });
  }

  /** Shows the sample quiz as it is in a thread that has moved on. */
  async function showMade(output: string | null, fields: Parameters<typeof step>[2] = {}): Promise<void> {
    await show(panel(), [question('q', 'Quiz me.')]);
    const call = functionCall('display_quiz', JSON.stringify(sampleQuiz), output);
    await panel().receive({ type: 'steps', threadId, steps: [step('s', [call], fields)] });
  }

  const outputOf = async () => JSON.parse((await panel().waitFor('answerCall')).output) as unknown;

  it('has the focus in its first field when it asks', async () => {
    await panel().receiveState({});
    await panel().page.bringToFront();
    await panel().page.evaluate('document.activeElement?.blur()');
    await showQuiz();
    await hasFocus(texts().or(form(/^Quiz/).getByRole('radio')).first());
  });

  it('takes the focus from a composer in which nothing is written, and not while the user types', async () => {
    for (const written of ['', 'I am wr']) {
      await show(panel(), [question('q', 'Quiz me.')]);
      const composer = panel().page.locator('.composer textarea');
      await composer.fill(written);
      await composer.focus();
      await showQuiz();
      await form(/^Quiz/).waitFor();
      await hasFocus(written === '' ? texts().or(form(/^Quiz/).getByRole('radio')).first() : composer);
      await panel().reset();
    }
  });

  it('is filled in and submitted, its answers in the questions’ order', async () => {
    await showQuiz();
    await texts().fill('  Ada ');
    await radio('Green').check();
    await button('Submit').click();
    assert.deepEqual(await panel().waitFor('answerCall'), {
      type: 'answerCall',
      ...ids,
      output: '["Ada","Green"]',
    });
  });

  it('is filled in and submitted by keyboard alone', async () => {
    await showQuiz();
    const { keyboard } = panel().page;
    await panel().page.getByRole('button', { name: 'Waiting for your input' }).press('Enter');
    assert.equal(await nowFocused(), 'Quiz: Sample Quiz');
    await keyboard.press('Tab');
    await keyboard.type('Ada');
    for (const key of ['Tab', 'Tab', 'Space', 'ArrowDown', 'Tab', 'Tab', 'Enter']) await keyboard.press(key);
    assert.deepEqual(await outputOf(), ['Ada', 'Blue']);
  });

  for (const key of ['Control+Enter', 'Meta+Enter']) {
    it(`is submitted with ${key} from its text`, async () => {
      await showQuiz();
      await radio('Red').check();
      await texts().fill('Ada');
      await texts().press(key);
      assert.deepEqual(await outputOf(), ['Ada', 'Red']);
    });
  }

  it('starts a new line with Enter alone', async () => {
    await showQuiz();
    await texts().click();
    await panel().page.keyboard.type('one\ntwo');
    assert.equal(await texts().inputValue(), 'one\ntwo');
    assert.deepEqual(await panel().postedOf('answerCall'), []);
  });

  it('is submitted once, however often Submit is pressed', async () => {
    await showQuiz();
    await texts().fill('Ada');
    await radio('Red').check();
    await button('Submit').dblclick();
    assert.equal((await panel().postedOf('answerCall')).length, 1);
  });

  it('can be submitted again when its answers did not arrive', async () => {
    await showQuiz();
    await texts().fill('Ada');
    await radio('Red').check();
    await button('Submit').click();
    await panel().receiveState({ thread: { id: threadId, title: 'x' }, ...waitingFor(pendingQuiz()) });
    await button('Submit').click();
    await panel().waitFor('answerCall', 2);
  });

  it('says how much is missing, and focuses it instead of being submitted', async () => {
    await showQuiz();
    assert.equal(await status().innerText(), '2 of 2 questions are still open');
    await texts().fill('Ada');
    assert.equal(await status().innerText(), '1 of 2 questions is still open');
    assert.ok(await button('Submit').isDisabled());
    await button('Submit').focus();
    await panel().page.keyboard.press('Enter');
    const group = form('What is your favorite color?');
    const note = await group.getAttribute('aria-describedby');
    assert.equal(
      await panel().page.locator(`[id="${note}"]`).innerText(),
      'Answer this question, or skip it.',
    );
    await hasFocus(radio('Red'));
    assert.deepEqual(await panel().postedOf('answerCall'), []);
    await radio('Red').check();
    assert.equal(await status().innerText(), 'Every question is answered or skipped');
    assert.ok(await button('Submit').isEnabled());
  });

  it('does not accept blanks as an answer', async () => {
    await showQuiz();
    await texts().fill(' \n ');
    assert.equal(await status().innerText(), '2 of 2 questions are still open');
  });

  it('submits null for a question that is skipped', async () => {
    await showQuiz();
    await button('Skip, question 1').click();
    await radio('Red').check();
    await button('Submit').click();
    assert.deepEqual(await outputOf(), [null, 'Red']);
  });

  it('gives a skipped question its answer back when it is answered after all', async () => {
    await showQuiz();
    await texts().fill('Ada');
    await button('Skip, question 1').click();
    assert.equal(await texts().count(), 0);
    assert.equal(await nowFocused(), 'Answer After All, question 1');
    await button('Answer After All, question 1').click();
    assert.equal(await texts().inputValue(), 'Ada');
  });

  it('can be cancelled with its run', async () => {
    await showQuiz();
    await button('Cancel Run').click();
    await panel().waitFor('stop');
  });

  it('can be answered with an error', async () => {
    await showQuiz();
    await button('Send an Error…').click();
    await hasFocus(texts());
    await panel().page.keyboard.type('No time.');
    await button('Send an Error').click();
    assert.deepEqual(await outputOf(), { error: 'No time.' });
  });

  it('is shown although its step is not known', async () => {
    await show(panel(), [], waitingFor(pendingQuiz()));
    await form().waitFor();
  });

  it('of another thread is not shown', async () => {
    const pending = { threadId: 'thread_other', runId: 'run_sample', calls: [pendingQuiz()] };
    await show(panel(), [question('q', 'Hi')], { run: run(), pending });
    assert.equal(await form().count(), 0);
  });

  it('takes no focus from a user who is typing, and is announced', async () => {
    await show(panel(), [question('q', 'Quiz me.')], { run: run() });
    await panel().page.getByRole('textbox', { name: 'Message' }).click();
    await panel().page.keyboard.type('the ');
    await showQuiz();
    await panel().page.keyboard.type('next');
    assert.equal(await panel().page.getByRole('textbox', { name: 'Message' }).inputValue(), 'the next');
    assert.match(
      await panel().page.locator('.panel > [role="status"]').innerText(),
      /^Math Tutor is waiting for you: Quiz: Sample Quiz$/,
    );
  });

  it('numbers its questions', async () => {
    await showQuiz();
    assert.deepEqual(await form().locator('.quiz-number').allInnerTexts(), ['1.', '2.']);
  });

  it('is not announced as sent if it was not', async () => {
    const output = '["Ada","Red"]';
    const thread = { id: threadId, title: 'x' };
    await showQuiz(sampleQuiz, { state: 'sending', output });
    const failed = pendingQuiz(sampleQuiz, { state: 'answered', output, error: 'Too busy.' });
    await panel().receiveState({ thread, ...waitingFor(failed) });
    await said(/Too busy\.$/);
    await panel().receiveState({ thread, run: run({ status: 'cancelled' }) });
    await said(/cancelled|stopped/i);
  });

  it('is announced as sent, and keeps the focus', async () => {
    await showQuiz();
    await texts().fill('Ada');
    await radio('Red').check();
    await button('Submit').click();
    const output = '["Ada","Red"]';
    await panel().receiveState({
      thread: { id: threadId, title: 'x' },
      ...waitingFor(pendingQuiz(sampleQuiz, { state: 'sending', output })),
    });
    await panel().receiveState({ thread: { id: threadId, title: 'x' }, run: run() });
    assert.equal(await nowFocused(), 'Quiz: Sample Quiz');
    assert.equal(
      await panel().page.locator('.panel > [role="status"]').innerText(),
      'The answers were sent.',
    );
    assert.ok(await radio('Red').isChecked());
    assert.ok(await radio('Red').isDisabled());
  });

  it('is shown from its beginning if it is longer than the panel', async () => {
    const questions = Array.from({ length: 50 }, (_, index) => ({ question_text: `Question ${index}` }));
    await showQuiz({ title: 'Long', questions });
    assert.ok(await form('Quiz: Long').getByText('Long', { exact: true }).isVisible());
    const top = (await form('Quiz: Long').boundingBox())?.y ?? -1;
    const area = (await panel().page.locator('.message-scroller').boundingBox())?.y ?? 0;
    assert.ok(top >= area, `${top} ${area}`);
  });

  it('is not shown while the model is still writing it', async () => {
    await show(panel(), [question('q', 'Quiz me.')], { run: run() });
    const half = functionCall('display_quiz', '{"title":"Sam');
    const underWay = { status: 'in_progress', completed_at: null } as const;
    await panel().receive({ type: 'steps', threadId, steps: [step('s', [half], underWay)] });
    await form('Writing a quiz…').waitFor();
    assert.equal(await panel().page.getByText('"Sam').count(), 0);
  });

  describe('with an odd shape:', () => {
    it('no questions, can be submitted', async () => {
      await showQuiz({ title: 'Empty', questions: [] });
      assert.equal(await status().innerText(), 'This quiz has no questions.');
      await button('Submit').click();
      assert.deepEqual(await outputOf(), []);
    });

    it('50 questions, each has its answer', async () => {
      const questions = Array.from({ length: 50 }, (_, index) => ({
        question_text: `Question ${index}`,
        choices: ['a', 'b'],
      }));
      await showQuiz({ questions });
      const seconds = form('Quiz').locator('.radio:last-child input');
      await seconds.evaluateAll((radios) =>
        radios.forEach((element) => (element as HTMLInputElement).click()),
      );
      await form('Quiz').getByText('Every question is answered or skipped').waitFor();
      await button('Submit').click();
      assert.deepEqual(await outputOf(), Array<string>(50).fill('b'));
    });

    it('a choice that is HTML is text, and comes back as it was', async () => {
      const html = '<img src=x onerror="globalThis.hacked = true"><b>bold</b>';
      await showQuiz({
        title: html,
        questions: [{ question_text: html, choices: [html, '</label></fieldset>'] }],
      });
      assert.equal(await panel().page.locator('.call img, .call b').count(), 0);
      assert.equal(await panel().page.evaluate("'hacked' in globalThis"), false);
      await form(/^Quiz/).getByRole('radio').first().check();
      await button('Submit').click();
      assert.deepEqual(await outputOf(), [html]);
    });

    it('a choice that would be a list, a heading or a quotation is what was written', async () => {
      const choices = ['- 5', '2. May', '> 3', '# 1', '```'];
      await showQuiz({ questions: [{ question_text: '1. Which?', choices }] });
      assert.equal(
        await panel().page.locator('.call ul, .call ol, .call h1, .call blockquote, .call pre').count(),
        0,
      );
      const shown = await panel().page.locator('.radio').allInnerTexts();
      assert.deepEqual(shown, choices);
    });

    it('mathematics and code are drawn, in questions and in choices', async () => {
      await showQuiz({
        questions: [{ question_text: 'Solve:\n\n```js\nx\n```', choices: ['$x = 1$', '`x`'] }],
      });
      assert.equal(await panel().page.locator('.radio .katex').count(), 1);
      assert.equal(await panel().page.locator('.radio code').count(), 1);
      assert.equal(await panel().page.locator('legend pre').count(), 1);
    });

    it('a question of 10,000 characters fits into the panel', async () => {
      await showQuiz({ questions: [{ question_text: 'w'.repeat(10_000) }] });
      assert.equal(await panel().page.evaluate(() => document.documentElement.scrollWidth), 300);
      assert.ok(
        await panel().page.evaluate(() => {
          const { scrollWidth, clientWidth } = document.querySelector('.call')!;
          return scrollWidth <= clientWidth;
        }),
      );
    });

    it('right-to-left text runs from the right', async () => {
      await showQuiz({ questions: [{ question_text: 'ما هو لونك المفضل؟', choices: ['أحمر', 'Blue'] }] });
      const directions = await panel()
        .page.locator('.radio, .quiz-text')
        .evaluateAll((elements) => elements.map((element) => getComputedStyle(element).direction));
      assert.deepEqual(directions, ['rtl', 'rtl', 'ltr']);
    });

    it('of two choices that read the same each can be chosen', async () => {
      await showQuiz({ questions: [{ question_text: 'Which?', choices: ['same', 'same'] }] });
      const both = form('Quiz').getByRole('radio', { name: 'same' });
      await both.last().check();
      assert.deepEqual([await both.first().isChecked(), await both.last().isChecked()], [false, true]);
      await button('Submit').click();
      assert.deepEqual(await outputOf(), ['same']);
    });

    it('numbers for choices become strings', async () => {
      await showQuiz({ questions: [{ question_text: 1, choices: [1, 2.5, true, null] }] });
      await radio('2.5').check();
      await button('Submit').click();
      assert.deepEqual(await outputOf(), ['2.5']);
    });

    const kinds: [string, object, 'radio' | 'textbox'][] = [
      ['no type and no choices', {}, 'textbox'],
      ['no type, and choices', { choices: ['a'] }, 'radio'],
      ['multiple choice without choices', { question_type: 'MULTIPLE_CHOICE' }, 'textbox'],
      ['multiple choice of none', { question_type: 'MULTIPLE_CHOICE', choices: [] }, 'textbox'],
      ['a free response with choices', { question_type: 'FREE_RESPONSE', choices: ['a'] }, 'textbox'],
      ['a type unknown', { question_type: 7 }, 'textbox'],
    ];
    for (const [what, fields, role] of kinds) {
      it(`${what} makes a ${role}`, async () => {
        await showQuiz({ questions: [{ question_text: 'Which?', ...fields }] });
        assert.equal(await form('Quiz').getByRole(role).count(), 1);
      });
    }

    const none: [string, unknown][] = [
      ['questions that are no list', { questions: 'What?' }],
      ['a question without a text', { questions: [{ choices: ['a'] }] }],
      ['a question that is null', { questions: [null] }],
      ['no JSON', '{"title":'],
      ['no object', '[]'],
      [
        'more choices than anybody reads',
        { questions: [{ question_text: 'x', choices: Array(1000).fill('a') }] },
      ],
    ];
    for (const [what, args] of none) {
      it(`${what} is answered as any other function`, async () => {
        await showQuiz(args, { argumentsError: 'The arguments do not fit.' });
        const other = form('Answer the call to display_quiz');
        await other.getByText('The arguments do not fit.').first().waitFor();
        await other.getByRole('button', { name: 'Send an Error' }).click();
        assert.deepEqual(await outputOf(), { error: 'The arguments do not fit.' });
      });
    }
  });

  describe('that is answered', () => {
    const answered = { state: 'answered', output: '["Ada","Green"]' } as const;

    it('while others are open shows its answers, and lets them be changed', async () => {
      const other = pendingQuiz(sampleQuiz, { callId: 'call_other' });
      const call = pendingQuiz(sampleQuiz, answered);
      await show(panel(), [question('q', 'Quiz me.')], waitingFor(call, other));
      await form().first().getByText('Answered – waiting for 1 other call').waitFor();
      await panel().page.getByText('Waiting for your input – 1 of 2 still open').waitFor();
      assert.ok(await radio('Green').first().isChecked());
      await button('Change').click();
      assert.deepEqual(await panel().waitFor('reopenCall'), { type: 'reopenCall', ...ids });
    });

    it('stays with its answers, locked', async () => {
      await showMade('["Ada","Green"]');
      await form().getByText('Ada').waitFor();
      assert.ok(await radio('Green').isChecked());
      for (const choice of await form().getByRole('radio').all()) assert.ok(await choice.isDisabled());
      assert.equal(await button('Submit').count(), 0);
      assert.equal(await texts().count(), 0);
    });

    it('is locked in an old thread as well', async () => {
      await show(panel(), [question('q', 'Quiz me.'), message('a', 'Well done.')]);
      const call = functionCall('display_quiz', JSON.stringify(sampleQuiz), '["Ada",null]');
      await panel().receive({ type: 'steps', threadId, steps: [step('s', [call])] });
      await form().getByText('Skipped').waitFor();
      assert.equal(await button('Submit').count(), 0);
    });

    it('elsewhere with words that are no choice shows them', async () => {
      await showMade('["Ada","a shade of grey"]');
      await form().getByText('a shade of grey').waitFor();
      assert.equal(await form().locator('input:checked').count(), 0);
    });

    it('with an error says so', async () => {
      await showMade('{"error":"The screen broke."}');
      await form().getByText('Answered with an error: The screen broke.').waitFor();
    });

    for (const output of ['see you', '7', '{"a":1}', '["a","b","too many"]']) {
      it(`with ${output} shows it as it is`, async () => {
        await showMade(output);
        const shown = await form().getByRole('group', { name: 'Output' }).innerText();
        assert.equal(shown.replace(/\s/g, ''), output.replace(/\s/g, ''));
      });
    }

    it('with HTML only shows it', async () => {
      await showMade('["<img src=x onerror=alert(1)>","<b>x</b>"]');
      assert.equal(await panel().page.locator('.call img, .call b').count(), 0);
    });
  });

  for (const status of ['cancelled', 'failed', 'expired'] as const) {
    it(`of a run that ${status} is locked, not answered`, async () => {
      await showMade(null, { status, completed_at: null });
      await form().getByText('Not answered').waitFor();
      for (const choice of await form().getByRole('radio').all()) assert.ok(await choice.isDisabled());
    });
  }

  for (const output of ['["Ada","Green"]', null]) {
    it(`with the output ${output} is exported by its button`, async () => {
      await showMade(output, output === null ? { status: 'cancelled', completed_at: null } : {});
      await button('Export Quiz').click();
      const call = { runId: 'run_sample', stepId: 's', callId: 'call_display_quiz' };
      assert.deepEqual(await panel().waitFor('exportQuiz'), { type: 'exportQuiz', ...call });
    });
  }

  it('of a run that has ended while its step has not is locked, too', async () => {
    await showMade(null, { status: 'in_progress', completed_at: null });
    await panel().receiveState({ thread: { id: threadId, title: 'x' }, run: run({ status: 'expired' }) });
    await form().getByText('Not answered').waitFor();
  });

  describe('half filled in', () => {
    it('is sent to the host once typing pauses', async () => {
      await showQuiz();
      await texts().click();
      await panel().page.keyboard.type('Ada');
      const { runId, callId, draft } = await panel().waitFor('callDraft');
      assert.deepEqual({ runId, callId }, ids);
      assert.equal(readDraft(draft).answers[0]?.text, 'Ada');
      assert.equal((await panel().postedOf('callDraft')).length, 1);
    });

    it('comes back from the host', async () => {
      await showQuiz();
      await texts().fill('Ada');
      await radio('Blue').check();
      await button('Skip, question 1').click();
      // One when the text loses the focus, one when clicks pause.
      const { draft } = await panel().waitFor('callDraft', 2);
      await panel().page.evaluate('sessionStorage.clear()');
      await panel().reload();
      await showQuiz(sampleQuiz, { draft });
      assert.ok(await radio('Blue').isChecked());
      await button('Answer After All, question 1').click();
      assert.equal(await texts().inputValue(), 'Ada');
    });

    it('survives a reload before the host has received it', async () => {
      await showQuiz();
      await texts().click();
      await panel().page.keyboard.type('Ada');
      await panel().reload();
      await showQuiz();
      assert.equal(await texts().inputValue(), 'Ada');
    });

    it('survives another thread being shown', async () => {
      await showQuiz();
      await texts().fill('Ada');
      await panel().receiveState({ thread: undefined });
      await panel().receive({ type: 'messages', threadId: null, messages: [], hasMore: false });
      await showQuiz();
      assert.equal(await texts().inputValue(), 'Ada');
    });

    const drafts = [
      'no JSON',
      'null',
      '[]',
      '{"answers":7}',
      '{"answers":[null,{"choice":99}]}',
      '{"answers":[{"text":{"toString":1}},{"choice":-1.5,"skipped":"yes"}]}',
      '{"answers":[],"byHand":"now","output":{}}',
    ];
    for (const draft of drafts) {
      it(`with the draft ${draft} is a form as any other`, async () => {
        await showQuiz(sampleQuiz, { draft });
        assert.equal(await status().innerText(), '2 of 2 questions are still open');
        assert.equal(await texts().inputValue(), '');
      });
    }
  });
});

describe('the arguments of a quiz', () => {
  it('without a title have none', () => {
    assert.equal(readQuiz({ questions: [] })?.title, '');
  });
});

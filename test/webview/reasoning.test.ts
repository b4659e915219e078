import assert from 'node:assert/strict';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import { withTurn } from '../../src/protocol/turns';
import { code, message, question, run, step, threadId, writingStep } from './samples';
import { freshPanel, hasFocus, show } from './suite';

const underWay = { status: 'in_progress', completed_at: null } as const;
const text = 'First **this**.\n\n<img src=x onerror=alert(1)>\n\nThen that.';

describe('reasoning', () => {
  const panel = freshPanel({ width: 300 });
  const button = (name: RegExp | string) => panel().page.getByRole('button', { name });

  async function showSteps(...steps: RunStep[]): Promise<void> {
    await show(panel(), [question('q', 'Count.'), message('a', 'Done.')], { run: run() });
    await panel().receive({ type: 'steps', threadId, steps });
  }

  const order = () =>
    panel().page.evaluate<string[]>(
      "[...document.querySelectorAll('.message-list > *')].map(({ classList }) => classList[0])",
    );

  it('stands folded before the message or the call that it led to', async () => {
    const turn = { reasoning: { text, seconds: 12.4 } };
    await showSteps(
      withTurn(step('s1', [code('1')]), { reasoning: { text, seconds: 0.2 } }),
      withTurn(writingStep('s2', 'a'), turn),
    );
    assert.deepEqual(await order(), ['message', 'reasoning', 'call', 'reasoning', 'message']);
    assert.equal(await button('Thought for 12 s').getAttribute('aria-expanded'), 'false');
    await button('Thought for 1 s').waitFor();
    assert.equal(await panel().page.getByText('Then that.').count(), 0);
  });

  it('unfolds with a click and with the keyboard, and is sanitised Markdown', async () => {
    await showSteps(withTurn(writingStep('s1', 'a'), { reasoning: { text, seconds: 12 } }));
    await button('Thought for 12 s').click();
    await panel().page.locator('.reasoning strong', { hasText: 'this' }).waitFor();
    assert.equal(await panel().page.locator('.reasoning img').count(), 0);
    assert.equal(await button('Thought for 12 s').getAttribute('aria-expanded'), 'true');
    await button('Thought for 12 s').press('Enter');
    assert.equal(await panel().page.getByText('Then that.').count(), 0);
    await hasFocus(button('Thought for 12 s'));
    await button('Thought for 12 s').press('Space');
    await panel().page.getByText('Then that.').waitFor();
  });

  it('shows that it lasts, grows while it is open, and stays open when the answer begins', async () => {
    const thought = step('s1', [], { ...underWay, created_at: Math.floor(Date.now() / 1000) - 65 });
    await show(panel(), [question('q', 'Count.')], { run: run() });
    const send = (one: RunStep) => panel().receive({ type: 'steps', threadId, steps: [one] });
    await send(withTurn(thought, { reasoning: { text: 'First' } }));
    assert.match(await button(/Thinking…/).innerText(), /^Thinking… 1:0\d$/);
    await button(/Thinking…/).click();
    await send(withTurn(thought, { reasoning: { text: 'First this' } }));
    await panel().page.getByText('First this').waitFor();
    await send(withTurn(writingStep('s1', 'a'), { reasoning: { text: 'First this.', seconds: 65 } }));
    await panel().page.getByText('First this.').waitFor();
    await panel().receive({ type: 'message', threadId, message: message('a', 'Done.') });
    await button('Thought for 65 s').waitFor();
    await panel().page.getByText('First this.').waitFor();
    assert.deepEqual(await order(), ['message', 'reasoning', 'message']);
  });

  it('of a run that ended in the middle of it has no time', async () => {
    const thought = step('s1', [], { status: 'failed', completed_at: null });
    await showSteps(withTurn(thought, { reasoning: { text } }));
    await button('Reasoning').waitFor();
  });

  it('takes the place of a message whose text turned out to be reasoning', async () => {
    await show(panel(), [question('q', 'Count.'), message('a', '')], { run: run() });
    const steps = [
      withTurn(writingStep('s1', 'a'), { reasoning: { text, seconds: 1 } }),
      step('s2', [code('1')]),
    ];
    await panel().receive({ type: 'steps', threadId, steps });
    assert.deepEqual(await order(), ['message', 'reasoning', 'call']);
  });

  it('that is not what it should be is not shown', async () => {
    for (const turn of [null, 7, { reasoning: 'text' }, { reasoning: { text: 7 } }, { omitted: 'x' }])
      await showSteps(Object.assign(writingStep('s1', 'a'), { turn }));
    assert.deepEqual(await order(), ['message', 'message']);
  });
});

describe('a model turn', () => {
  const panel = freshPanel({ width: 300 });

  it('shows what it was sent without, under the last message of its run', async () => {
    const steps = [
      withTurn(step('s0', [code('1')]), { omitted: ['temperature', 'images'] }),
      withTurn(writingStep('s1', 'a'), { omitted: ['temperature'] }),
    ];
    const messages = [
      question('q', 'Count.'),
      message('a', 'One.'),
      message('b', 'Two.', { run_id: 'run_other' }),
    ];
    await show(panel(), messages, { run: run() });
    await panel().receive({ type: 'steps', threadId, steps });
    const notes = panel().page.locator('[data-id="a"] .message-omitted');
    assert.deepEqual(await notes.allInnerTexts(), [
      'Sent without temperature: this model does not accept it.',
      'This model does not see all pictures: a line of text stands for each that was left out.',
    ]);
    assert.equal(await panel().page.locator('.message-omitted').count(), 2);
  });

  it('shows its cached and reasoning tokens, and how full the context is', async () => {
    const context = { window: 8000, tokens: 3600 };
    await show(panel(), [question('q', 'Count.'), message('a', 'One.')], {
      run: run({ status: 'completed', endedAt: Date.now(), totalTokens: 1234 }),
    });
    const bar = panel().page.getByRole('group', { name: 'Run status' });
    await bar.getByText('1,234 tokens', { exact: true }).waitFor();
    const steps = [
      withTurn(step('s0', [code('1')]), {
        usage: { cached_tokens: 300 },
        context: { window: 8000, tokens: 9 },
      }),
      withTurn(writingStep('s1', 'a'), { usage: { cached_tokens: 500, reasoning_tokens: 64 }, context }),
    ];
    await panel().receive({ type: 'steps', threadId, steps });
    await bar.getByText('1,234 tokens · 800 cached · 64 reasoning', { exact: true }).waitFor();
    const title = await bar.getByText('Context 45%').getAttribute('title');
    assert.equal(title, '3,600 of 8,000 tokens of the model’s context window');
  });

  it('says in words what a response format became, and nothing of parts that nobody set', async () => {
    const parts = ['json_schema', 'stream_options', 'store', 'include', 'strict', 'reasoning.summary'];
    await show(panel(), [question('q', 'Count.'), message('a', 'One.')], { run: run() });
    await panel().receive({
      type: 'steps',
      threadId,
      steps: [withTurn(writingStep('s1', 'a'), { omitted: parts })],
    });
    assert.deepEqual(await panel().page.locator('.message-omitted').allInnerTexts(), [
      'Asked in words for the response format: this model does not accept json_schema.',
    ]);
  });

  it('says that a server gives its model a small context, once something was left out, and how to change it', async () => {
    const small = { window: 4096, tokens: 3000, model_window: 131_072 };
    const steps = (more: object) => [withTurn(writingStep('s1', 'a'), { context: { ...small, ...more } })];
    await show(panel(), [question('q', 'Count.'), message('a', 'One.')], { run: run() });
    await panel().receive({ type: 'steps', threadId, steps: steps({}) });
    const note = panel().page.getByText('The server gives this model 4,096 of 131,072 tokens of context');
    await panel().page.getByText('Context 73%').waitFor();
    assert.equal(await note.count(), 0);
    await panel().receive({ type: 'steps', threadId, steps: steps({ messages_left_out: 12 }) });
    await note.waitFor();
    assert.equal(
      await panel().page.getByText('Context 73%').getAttribute('title'),
      '3,000 of 4,096 tokens of the model’s context window\n12 older messages were left out',
    );
    await panel().page.getByText('How to Change It').click();
    assert.equal((await panel().waitFor('openLink')).url, 'https://docs.ollama.com/context-length');
  });

  it('of a model whose context window is not known does not show how full it is', async () => {
    await show(panel(), [question('q', 'Count.'), message('a', 'One.')], { run: run({ totalTokens: 9 }) });
    const steps = [withTurn(writingStep('s1', 'a'), { context: { window: null, tokens: 9 } })];
    await panel().receive({ type: 'steps', threadId, steps });
    assert.equal(
      await panel()
        .page.getByText(/Context/)
        .count(),
      0,
    );
  });
});

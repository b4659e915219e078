import assert from 'node:assert/strict';
import type { CallHandler, PendingCall } from '../../src/protocol/functionCalls';
import { atRest, pendingCall, pendingQuiz, question, threadId, waitingFor, waitingStep } from './samples';
import { freshPanel, hasFocus, show } from './suite';

const ids = { runId: 'run_sample', callId: 'call_get_weather' };
const schema = {
  type: 'object',
  properties: { city: { type: 'string', description: 'Where?' }, unit: { title: 'Unit of temperature' } },
};
const tool: CallHandler = { kind: 'editorTool', label: 'Look Outside', canAlwaysAllow: true };
const program: CallHandler = {
  kind: 'workspaceFunction',
  file: '.assistants/functions/get_weather.py',
  command: 'python3 get_weather.py',
};

describe('a function that waits for its output', () => {
  const panel = freshPanel({ width: 300 });
  const card = (name: string | RegExp) => panel().page.getByRole('group', { name });
  const button = (name: string) => panel().page.getByRole('button', { name, exact: true });
  const output = () => panel().page.locator('.call').getByRole('textbox');
  const posted = async () => (await panel().waitFor('answerCall')).output;

  async function showCall(handler: CallHandler, fields: Partial<PendingCall> = {}): Promise<void> {
    await showCalls(pendingCall('get_weather', { city: 'Rome', unit: 'K' }, handler, fields));
  }

  async function showCalls(...calls: PendingCall[]): Promise<void> {
    await show(panel(), [question('q', 'How is the weather?')], waitingFor(...calls));
    await panel().receive({ type: 'steps', threadId, steps: [waitingStep(...calls)] });
  }

  describe('of the user', () => {
    it('shows what it is for and its arguments, in the schema’s words and as JSON', async () => {
      await showCall({ kind: 'user' }, { description: 'Tells the weather.', parameters: schema });
      const shown = await card('Answer the call to get_weather').innerText();
      for (const words of ['Tells the weather.', 'city – Where?', 'Unit of temperature', '"city": "Rome"']) {
        assert.ok(shown.includes(words), words);
      }
      assert.ok((await panel().page.locator('.call .hljs-string').count()) > 0);
    });

    it('is answered with the text written', async () => {
      await showCall({ kind: 'user' });
      await output().fill('sunny');
      await button('Send').click();
      assert.deepEqual(await panel().waitFor('answerCall'), { type: 'answerCall', ...ids, output: 'sunny' });
    });

    it('is answered by keyboard alone', async () => {
      await showCall({ kind: 'user' });
      await output().focus();
      await panel().page.keyboard.type('sunny');
      await panel().page.keyboard.press('Control+Enter');
      assert.equal(await posted(), 'sunny');
    });

    it('is answered with an error', async () => {
      await showCall({ kind: 'user' });
      await output().fill('The window is shut.');
      await button('Send an Error').click();
      assert.equal(await posted(), '{"error":"The window is shut."}');
    });

    it('is not answered with an empty text', async () => {
      await showCall({ kind: 'user' });
      await button('Send').click();
      await panel().page.getByText('Write something to send first.').waitFor();
      await hasFocus(output());
      assert.deepEqual(await panel().postedOf('answerCall'), []);
    });

    it('says what is wrong with its arguments, and suggests to answer with that', async () => {
      await showCalls(pendingCall('get_weather', '{"city":', undefined, { argumentsError: 'No JSON.' }));
      assert.equal(await output().inputValue(), 'No JSON.');
      await output().press('Control+Enter');
      assert.equal(await posted(), '{"error":"No JSON."}');
    });

    it('can be cancelled with its run', async () => {
      await showCall({ kind: 'user' });
      await button('Cancel Run').click();
      await panel().waitFor('stop');
    });

    it('keeps what was written over a reload', async () => {
      await showCall({ kind: 'user' });
      await output().fill('sun');
      await panel().reload();
      await showCall({ kind: 'user' });
      assert.equal(await output().inputValue(), 'sun');
    });

    it('with HTML in all its parts only shows it', async () => {
      const attack = '<img src=x onerror="globalThis.hacked = true">';
      const parameters = { properties: { city: { title: attack, description: attack } } };
      const fields = { description: attack, argumentsError: attack, error: attack, parameters };
      await showCalls(pendingCall(attack, { city: attack }, { kind: 'refused', reason: attack }, fields));
      assert.equal(await panel().page.locator('.call img').count(), 0);
      assert.equal(await panel().page.evaluate("'hacked' in globalThis"), false);
    });

    it('takes any schema', async () => {
      for (const parameters of [{ properties: 7 }, { properties: { city: null } }, { properties: [] }, {}]) {
        await showCall({ kind: 'user' }, { parameters });
        await card('Answer the call to get_weather').waitFor();
      }
    });
  });

  describe('of a tool of VS Code', () => {
    it('runs once the user agrees', async () => {
      await showCall(tool);
      await card('Run Look Outside?').waitFor();
      await button('Run').click();
      assert.deepEqual(await panel().waitFor('runCall'), { type: 'runCall', ...ids, always: false });
    });

    it('is always allowed if the user says so', async () => {
      await showCall(tool);
      await panel().page.getByRole('checkbox', { name: 'Always allow for this assistant' }).press('Space');
      await button('Run').click();
      assert.equal((await panel().waitFor('runCall')).always, true);
    });

    it('is not offered to be always allowed if that is impossible', async () => {
      await showCall({ ...tool, canAlwaysAllow: false }, { draft: '{"answers":[],"always":true}' });
      assert.equal(await panel().page.getByRole('checkbox').count(), 0);
      await button('Run').click();
      assert.equal((await panel().waitFor('runCall')).always, false);
    });

    it('is answered by the user instead, or not after all', async () => {
      await showCall(tool);
      await button('Answer Myself').click();
      await output().fill('sunny');
      await button('Back').click();
      await button('Run').waitFor();
      await button('Answer Myself').click();
      await button('Send').click();
      assert.equal(await posted(), 'sunny');
    });

    it('is answered with an error, which is suggested', async () => {
      await showCall(tool);
      await button('Send an Error…').click();
      await hasFocus(output());
      await button('Send an Error').click();
      assert.equal(await posted(), '{"error":"The user declined to run this function."}');
    });

    it('with more arguments than are shown leads to all of them before it runs', async () => {
      const call = pendingCall('get_weather', { text: 'x'.repeat(30_000) }, tool);
      await showCalls(call);
      await button('View Input').click();
      const { callId } = await panel().waitFor('viewStepInput');
      assert.equal(callId, call.callId);
    });

    it('shows invisible characters by their code point', async () => {
      await showCalls(
        pendingCall(
          'get_weather',
          { 'ci\u202ety': 'Ro\u200bme' },
          { ...program, file: 'a\u202eyp.js', command: 'node "a\u202eyp.js"' },
          { parameters: { properties: { 'ci\u202ety': { description: 'Where?' } } } },
        ),
      );
      const shown = await card('Run get_weather?').innerText();
      for (const words of ['ci[U+202E]ty', 'Ro[U+200B]me', 'a[U+202E]yp.js', 'node "a[U+202E]yp.js"'])
        assert.ok(shown.includes(words), words);
    });

    it('can be stopped', async () => {
      await showCall(tool, { state: 'running' });
      await card('Running Look Outside…').waitFor();
      await panel().page.getByText('Running tools…').waitFor();
      await panel().page.locator('.call').getByRole('button', { name: 'Stop' }).click();
      assert.deepEqual(await panel().waitFor('stopCall'), { type: 'stopCall', ...ids });
    });

    it('that failed says why, to a screen reader too, and can be run again', async () => {
      await showCall(tool, { state: 'running' });
      await showCall(tool, { error: 'It is dark.' });
      await card(/^Run/).getByText('It is dark.').waitFor();
      const announced = panel().page.locator('.panel > [role="status"]');
      await announced.filter({ hasText: 'Run Look Outside? It is dark.' }).waitFor({ state: 'attached' });
      await button('Run Again').click();
      await panel().waitFor('runCall');
    });

    it('keeps the focus when it is run', async () => {
      await showCall(tool);
      await button('Run').click();
      const call = pendingCall('get_weather', {}, tool, { state: 'running' });
      await panel().receiveState({ ...atRest, ...waitingFor(call) });
      const label = await panel().page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
      assert.equal(label, 'Running Look Outside…');
    });
  });

  describe('of a program of the workspace', () => {
    it('says what will run', async () => {
      await showCall(program);
      const shown = await card('Run get_weather?').innerText();
      for (const words of ['.assistants/functions/get_weather.py', 'python3 get_weather.py', '"Rome"']) {
        assert.ok(shown.includes(words), words);
      }
      await button('Run').click();
      assert.deepEqual(await panel().waitFor('runCall'), { type: 'runCall', ...ids, always: false });
    });
  });

  it('that must not run says why, and can be answered by the user', async () => {
    await showCall({ kind: 'refused', reason: 'The workspace is not trusted.' });
    await panel().page.getByText('The workspace is not trusted.').waitFor();
    await output().fill('sunny');
    await button('Send').click();
    assert.equal(await posted(), 'sunny');
  });

  it('shows its output while others are open, and lets it be changed', async () => {
    await showCalls(
      pendingCall('get_weather', {}, tool, { state: 'answered', output: 'sunny' }),
      pendingQuiz(),
      pendingCall('other', {}),
    );
    const answered = card('Answered the call to Look Outside');
    await answered.getByText('sunny').waitFor();
    await answered.getByText('Answered – waiting for 2 other calls').waitFor();
    await answered.getByRole('button', { name: 'Change' }).click();
    assert.deepEqual(await panel().waitFor('reopenCall'), { type: 'reopenCall', ...ids });
  });

  it('whose answer could not be sent says why, and sends it again as often as asked', async () => {
    const call = () =>
      pendingCall('get_weather', {}, undefined, {
        state: 'answered',
        output: 'sunny',
        error: 'The answers could not be sent: offline',
      });
    for (const times of [1, 2]) {
      await showCalls(call());
      await card(/get_weather/)
        .getByText('The answers could not be sent: offline')
        .waitFor();
      assert.equal(await panel().page.getByText('Sending…').count(), 0);
      await button('Try Again').click();
      const again = await panel().waitFor('answerCall', times);
      assert.deepEqual(again, { type: 'answerCall', ...ids, output: 'sunny' });
    }
    await button('Change').waitFor();
  });

  it('is sent without another chance to change it', async () => {
    await showCall({ kind: 'user' }, { state: 'sending', output: 'sunny' });
    await card('Sending the answer to get_weather…').getByText('sunny').waitFor();
    assert.equal(await button('Change').count(), 0);
  });

  it('stands beside the others in the model’s order', async () => {
    await showCalls(pendingCall('get_weather', {}), pendingQuiz(), pendingCall('third', {}, tool));
    const labels = await panel()
      .page.locator('.call')
      .evaluateAll((cards) => cards.map((element) => element.getAttribute('aria-label')));
    assert.deepEqual(labels, ['Answer the call to get_weather', 'Quiz: Sample Quiz', 'Run Look Outside?']);
  });

  it('says what to do first while a message is written, which is queued', async () => {
    await showCall({ kind: 'user' });
    const composer = panel().page.getByRole('textbox', { name: 'Message' });
    await composer.fill('next');
    await panel()
      .page.locator('.composer-note', { hasText: 'Answer the questions above; Enter sends this' })
      .waitFor();
    await composer.press('Enter');
    assert.deepEqual((await panel().waitForQuestion('send')).params, { text: 'next' });
  });
});

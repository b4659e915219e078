import assert from 'node:assert/strict';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { RunStep, ToolCall } from 'openai/resources/beta/threads/runs/steps';
import type { PanelPage } from './panelPage';
import { code, message, question, step, threadId, writingStep } from './samples';
import { freshPanel, show } from './suite';

/** An object as some server sends it, whatever its type says. */
const malformed = <T>(whole: T, fields: Record<string, unknown>): T => ({ ...whole, ...fields });

const text = (fields: Record<string, unknown>) => [{ type: 'text', text: fields }];

/** Messages that have not the shape that the API gives them, each broken in its own way. */
const messages: Record<string, Record<string, unknown>> = {
  'no content': { content: null },
  'a text for content': { content: 'Hello' },
  'nothing for a part': { content: [null] },
  'no text in a part': { content: [{ type: 'text' }] },
  'no value in a text': { content: text({ annotations: [] }) },
  'no annotations': { content: text({ value: 'x' }) },
  'nothing for an annotation': { content: text({ value: 'x', annotations: [null] }) },
  'a citation of nothing': { content: text({ value: 'x', annotations: [{ type: 'file_citation' }] }) },
  'a file without a path': {
    content: text({ value: 'x', annotations: [{ type: 'file_path', text: 'sandbox:/x' }] }),
  },
  'no file in a part': { content: [{ type: 'image_file' }] },
  'no address in a part': { content: [{ type: 'image_url', image_url: null }] },
  'a date for its time': { created_at: '2026-01-01T00:00:00Z' },
  'no time': { created_at: undefined },
  'an object for attachments': { attachments: {} },
  'nothing for an attachment': { attachments: [null] },
};

/** Calls of tools in the same way. */
const calls: Record<string, unknown> = {
  nothing: null,
  'a text': 'code_interpreter',
  'no type': {},
  'no code': { id: 'call', type: 'code_interpreter' },
  'no outputs': { id: 'call', type: 'code_interpreter', code_interpreter: { input: 'x' } },
  'an output of nothing': {
    id: 'call',
    type: 'code_interpreter',
    code_interpreter: { input: 'x', outputs: [null] },
  },
  'no search': { id: 'call', type: 'file_search' },
  'no function': { id: 'call', type: 'function' },
  'a function without arguments': { id: 'call', type: 'function', function: { output: null } },
};

const steps: Record<string, Record<string, unknown>> = {
  'no details': { step_details: undefined },
  'nothing for details': { step_details: null },
  'a text for details': { step_details: 'tool_calls' },
  'no calls': { step_details: { type: 'tool_calls' } },
  'an object for calls': { step_details: { type: 'tool_calls', tool_calls: {} } },
  'an error without words': { last_error: undefined },
};

describe('what a server sends without the shape that the API gives it', () => {
  const panel = freshPanel();

  for (const [what, fields] of Object.entries(messages)) {
    it(`breaks no message but its own: ${what}`, async () => {
      const broken = malformed(message('broken', 'x'), fields);
      await show(panel(), [question('a', 'Before'), broken, message('b', 'After')]);
      await standsBetween(panel(), panel().page.getByText('This message cannot be shown.'));
      await panel().page.getByRole('button', { name: 'Show JSON', exact: true }).click();
      assert.equal((await panel().waitFor('showMessageJson')).messageId, 'broken');
    });
  }

  it('breaks no message but its own where its run has called tools', async () => {
    const ofMessages = [{ content: null }, { content: [null] }, { content: [{ type: 'text' }] }];
    for (const fields of [...ofMessages, { created_at: { toString: 1 } }]) {
      const broken = malformed(message('broken', 'x', { run_id: 'run_sample' }), fields);
      await show(panel(), [question('a', 'Before'), broken, message('b', 'After', { run_id: 'run_other' })]);
      await panel().receive({
        type: 'steps',
        threadId,
        steps: [step('s1', [code('print(1)')]), writingStep('s2', 'broken')],
      });
      await panel().page.getByText('Ran Python').waitFor();
      await standsBetween(panel(), panel().page.getByText('This message cannot be shown.'));
    }
  });

  it('is shown once it comes in its shape', async () => {
    const whole = message('broken', 'Whole again');
    await show(panel(), [malformed(whole, { content: null })]);
    await panel().page.getByText('This message cannot be shown.').waitFor();
    await panel().receive({ type: 'message', threadId, message: whole });
    await panel().page.getByText('Whole again').waitFor();
    assert.equal(await panel().page.getByText('This message cannot be shown.').count(), 0);
  });

  it('leaves the other parts of a message when one is of a type that is not known', async () => {
    const content = [{ type: 'audio', audio: {} }, ...message('x', 'In words').content];
    await show(panel(), [malformed(message('a', ''), { content })]);
    await panel().page.getByText('In words').waitFor();
    await panel().page.getByText('A part of this message cannot be shown.').waitFor();
  });

  it('leaves everything else where something odd can be shown all the same', async () => {
    const odd = [
      malformed(message('o1', ''), { content: ['Hello'] }),
      malformed(message('o2', ''), { content: [{ type: 'image_url', image_url: { url: {} } }] }),
    ];
    await show(panel(), [question('a', 'Before'), ...odd, message('b', 'After')]);
    const search = { id: 'call', type: 'file_search', file_search: { results: {} } } as unknown as ToolCall;
    const dated = malformed(step('s1', [code('print(1)'), search]), { created_at: '2026-01-01T00:00:00Z' });
    await panel().receive({ type: 'steps', threadId, steps: [dated, writingStep('s2', 'b')] });
    await standsBetween(panel(), panel().page.getByText('Ran Python'));
    await panel().receive({ type: 'steps', threadId, steps: [null as unknown as RunStep] });
    assert.doesNotMatch(await panel().page.locator('.message-list').innerText(), /NaN|\[object/);
  });

  for (const [what, call] of Object.entries(calls)) {
    it(`breaks no call but its own: ${what}`, async () => {
      await show(panel(), [question('a', 'Before'), message('b', 'After')]);
      const broken = step('s1', [code('print(1)'), call as ToolCall, code('print(2)')]);
      await panel().receive({ type: 'steps', threadId, steps: [broken, writingStep('s2', 'b')] });
      await standsBetween(panel(), panel().page.getByText('This tool call cannot be shown.'));
      assert.equal(await panel().page.getByText('Ran Python').count(), 2);
    });
  }

  it('shows a call of a type that it does not know by that type', async () => {
    await show(panel(), [question('a', 'Before'), message('b', 'After')]);
    const call = { id: 'call', type: 'computer_use', computer_use: {} } as unknown as ToolCall;
    const made = step('s1', [code('print(1)'), call, code('print(2)')]);
    await panel().receive({ type: 'steps', threadId, steps: [made, writingStep('s2', 'b')] });
    await standsBetween(panel(), panel().page.getByText('computer_use'));
    assert.equal(await panel().page.getByText('Ran Python').count(), 2);
  });

  for (const [what, fields] of Object.entries(steps)) {
    it(`breaks no step but its own: ${what}`, async () => {
      await show(panel(), [question('a', 'Before'), message('b', 'After')]);
      const broken: RunStep = malformed(step('s1', [code('print(1)')]), fields);
      const whole = step('s2', [code('print(2)')]);
      await panel().receive({ type: 'steps', threadId, steps: [broken, whole, writingStep('s3', 'b')] });
      await standsBetween(panel(), panel().page.getByText('This tool call cannot be shown.'));
      assert.equal(await panel().page.getByText('Ran Python').count(), 1);
    });
  }

  it('leaves a way out where the whole thread cannot be shown, and no trace in the next one', async () => {
    await show(panel(), [null as unknown as Message]);
    const alert = panel().page.getByRole('alert');
    await alert.getByText('The chat cannot be shown').waitFor();
    await alert.getByRole('button', { name: 'New Thread' }).click();
    assert.equal((await panel().waitFor('command')).command, 'newThread');
    await alert.getByRole('button', { name: 'Reload' }).click();
    await panel().waitFor('ready', 2);

    await show(panel(), [message('a', 'Another thread')]);
    await panel().page.getByText('Another thread').waitFor();
    assert.equal(await alert.count(), 0);
  });

  it('leaves a way out where not even the frame can be shown', async () => {
    await panel().receiveState({ assistants: null as unknown as [] });
    await panel().page.getByRole('alert').getByRole('button', { name: 'Reload' }).waitFor();
    await show(panel(), [message('a', 'Here again')]);
    await panel().page.getByText('Here again').waitFor();
  });
});

/** Something stands between “Before” and “After”, once, and the composer is there. */
async function standsBetween(panel: PanelPage, middle: ReturnType<PanelPage['page']['getByText']>) {
  await middle.waitFor();
  const boxes = await Promise.all(
    [panel.page.getByText('Before'), middle, panel.page.getByText('After')].map((one) => one.boundingBox()),
  );
  const tops = boxes.map((box) => box!.y);
  assert.deepEqual(
    tops,
    tops.toSorted((a, b) => a - b),
  );
  await panel.page.getByRole('textbox').waitFor();
}

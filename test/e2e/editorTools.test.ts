import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { LLMock } from '@copilotkit/aimock';
import type { Locator } from 'playwright-core';
import { copyExample, root, temporaryFolder } from '../host/paths';
import type { Workbench } from '../host/workbench';
import {
  answer,
  connectionTo,
  createAssistant,
  notice,
  openAssistants,
  patience,
  runIs,
  say,
  startModelServer,
  startThread,
} from './support';

const testTools = path.join(root, 'test', 'extension', 'fixtures', 'test-tools');

const numbers = { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } };
const add = { description: 'Adds two numbers.', parameters: numbers };

/** A workspace with a function that adds, and one that never ends. */
function makeWorkspace(): string {
  const workspace = copyExample(path.join(temporaryFolder('functions'), 'math'));
  const folder = path.join(workspace, '.assistants', 'functions');
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);
  write(
    'add.py',
    'import json, sys\nargs = json.load(sys.stdin)\nprint("The sum is", args["a"] + args["b"])\n',
  );
  write('add.json', JSON.stringify(add));
  write('hang.py', 'import os, time\nopen("pid", "w").write(str(os.getpid()))\ntime.sleep(3600)\n');
  write('hang.json', JSON.stringify({ description: 'Never ends.' }));
  return workspace;
}

/** A model that calls the function that the message names, and repeats its output. */
async function startCaller(): Promise<LLMock> {
  const server = await startModelServer();
  const calls = {
    'Please add': { name: 'add', arguments: '{"a":2,"b":40}' },
    'Please hang': { name: 'hang', arguments: '{}' },
    'Please reverse': { name: 'test_reverse', arguments: '{"text":"drawer"}' },
    'Please delete': { name: 'test_delete', arguments: '{}' },
  };
  for (const call of Object.values(calls)) {
    server.onToolResult(`call_${call.name}`, ({ messages }) => {
      const output: unknown = messages.at(-1)?.content;
      return { content: `It came to: ${String(output)}.` };
    });
  }
  for (const [words, call] of Object.entries(calls)) {
    server.onMessage(words, { toolCalls: [{ id: `call_${call.name}`, ...call }] });
  }
  return server;
}

/** The card of a call that is waiting or running. */
function card({ chat }: Workbench, title: string): Locator {
  return chat.getByRole('group', { name: title }).last();
}

/** Runs “Add Function…” for the only assistant, up to a kind of function. */
async function addFunction(workbench: Workbench, kind: string): Promise<void> {
  await workbench.runCommand('Assistants: Add Function…');
  await workbench.pick('Caller');
  await workbench.page.locator('.quick-input-title', { hasText: 'Add Function: Caller' }).waitFor(patience);
  await workbench.pick(kind);
}

/** Ticks entries of the open list, and accepts. */
async function tick({ page }: Workbench, ...labels: string[]): Promise<void> {
  for (const label of labels) {
    // A long list renders only the visible rows.
    await page.locator('.quick-input-widget:visible .quick-input-box input').fill(label);
    await page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first().click();
  }
  await page.keyboard.press('Enter');
  await page
    .locator('.quick-input-widget')
    .first()
    .waitFor({ ...patience, state: 'hidden' });
}

function assistantRow({ page }: Workbench, words: string): Locator {
  return page.locator('.pane', { hasText: /^Assistants/ }).locator('.monaco-list-row', { hasText: words });
}

async function copy({ page }: Workbench, text: string): Promise<void> {
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
}

async function askAnew(workbench: Workbench, words: string): Promise<void> {
  await startThread(workbench, 'Caller');
  await say(workbench, words);
}

describe('functions that VS Code and the workspace answer', function () {
  // Each step builds on the one before.
  this.bail(true);
  let server: LLMock;
  let workbench: Workbench;

  before(async () => {
    server = await startCaller();
    workbench = await openAssistants({
      settings: connectionTo(server),
      workspace: makeWorkspace(),
      extensions: [testTools],
    });
    await createAssistant(workbench, 'Caller', 'You call functions.', 'mock/gpt-test');
  });

  after(async () => {
    await workbench.close();
    await server.stop();
  });

  it('are added from lists of what is available', async () => {
    await addFunction(workbench, 'Workspace Function…');
    await tick(workbench, 'add', 'hang');
    await addFunction(workbench, 'Editor Tool…');
    await tick(workbench, 'Reverse a Text', 'Delete Everything');
    await assistantRow(workbench, 'test_reverse').waitFor(patience);
  });

  it('show the program and its arguments, run on a click, and send its output', async () => {
    await say(workbench, 'Please add.');
    const question = card(workbench, 'Run add?');
    await question.getByText('python3 .assistants/functions/add.py').waitFor(patience);
    await question.getByText('40').first().waitFor(patience);
    await question.getByRole('button', { name: 'Run', exact: true }).click();
    await answer(workbench, 'It came to: The sum is 42.').waitFor(patience);
    await runIs(workbench, 'Done');
  });

  it('are stopped if they hang, and can still be answered', async () => {
    await askAnew(workbench, 'Please hang.');
    await card(workbench, 'Run hang?').getByRole('button', { name: 'Run', exact: true }).click();
    const stop = card(workbench, 'Running hang…').getByRole('button', { name: 'Stop' });
    await stop.waitFor(patience);
    const pid = await startedProgram(workbench);
    await stop.click();
    const question = card(workbench, 'Run hang?');
    await question.getByText('Stopped').waitFor(patience);
    assert.throws(() => process.kill(pid, 0), 'the program has ended');
    await question.getByRole('button', { name: 'Send an Error…' }).click();
    await workbench.chat.getByRole('textbox', { name: 'Error message' }).fill('It took too long.');
    await workbench.chat.getByRole('button', { name: 'Send an Error', exact: true }).click();
    await answer(workbench, 'It took too long.').waitFor(patience);
    await runIs(workbench, 'Done');
  });

  it('are tools of other extensions, too', async () => {
    await askAnew(workbench, 'Please reverse.');
    const question = card(workbench, 'Run Reverse a Text?');
    await question.getByRole('button', { name: 'Run', exact: true }).click();
    await answer(workbench, 'It came to: reward.').waitFor(patience);
  });

  it('that VS Code asks about can be declined, and then allowed', async () => {
    await askAnew(workbench, 'Please delete.');
    const question = card(workbench, 'Run Delete Everything?');
    await question.getByRole('button', { name: 'Run', exact: true }).click();
    const dialog = workbench.page.locator('.monaco-dialog-box', { hasText: 'Delete everything?' });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await question.getByText('You declined to let “Delete Everything” run.').waitFor(patience);
    await question.getByRole('button', { name: 'Run Again' }).click();
    await dialog.waitFor(patience);
    await dialog.getByRole('button').filter({ hasNotText: 'Cancel' }).first().click();
    await answer(workbench, 'It came to: All is deleted.').waitFor(patience);
  });

  it('run without a question once they are always allowed, until that is revoked', async () => {
    await askAnew(workbench, 'Please reverse.');
    const question = card(workbench, 'Run Reverse a Text?');
    const always = { name: 'Always allow for this assistant' };
    await question.getByRole('checkbox', always).click();
    await question.getByRole('checkbox', { ...always, checked: true }).waitFor(patience);
    await question.getByRole('button', { name: 'Run', exact: true }).click();
    await answer(workbench, 'It came to: reward.').waitFor(patience);

    await askAnew(workbench, 'Please reverse, unasked.');
    await answer(workbench, 'It came to: reward.').waitFor(patience);

    await workbench.runCommand('Assistants: Reset Allowed Tools…');
    await workbench.page
      .locator('.quick-input-list .monaco-list-row', { hasText: 'Reverse a Text' })
      .waitFor(patience);
    await workbench.page.keyboard.press('Enter');
    await askAnew(workbench, 'Please reverse, and ask again.');
    await card(workbench, 'Run Reverse a Text?').waitFor(patience);
  });

  it('are created from an example or from a template', async () => {
    await addFunction(workbench, 'Quiz (display_quiz)');
    await addFunction(workbench, 'Empty…');
    const { page } = workbench;
    await page.locator('.tab.active', { hasText: 'Functions of Caller.json' }).waitFor(patience);
    const lines = page.locator('.part.editor .editor-instance:visible .view-lines').first();
    await lines.filter({ hasText: 'my_function' }).waitFor(patience);
    await page.locator('.part.editor .monaco-editor.focused').waitFor(patience);
    // The first placeholder of the template is the name.
    await page.keyboard.insertText('roll_dice');
    await lines.filter({ hasText: 'roll_dice' }).waitFor(patience);
    await page.keyboard.press('Control+s');
    await assistantRow(workbench, 'roll_dice').waitFor(patience);
    await workbench.runCommand('Assistants: Edit Assistant Field…');
    await workbench.pick('Caller');
    await page.locator('.quick-input-title', { hasText: 'Caller' }).waitFor(patience);
    // A long list renders only the visible rows.
    await page.locator('.quick-input-widget:visible .quick-input-box input').fill('Functions');
    await page
      .locator('.quick-input-list .monaco-list-row', { hasText: /display_quiz, roll_dice/ })
      .waitFor(patience);
    await page.keyboard.press('Escape');
  });

  it('are taken from the clipboard: all of a request, or a schema whose name is asked for', async () => {
    const request = { tools: [{ type: 'code_interpreter' }, { type: 'function', name: 'toss_coin' }] };
    await copy(workbench, JSON.stringify(request));
    await addFunction(workbench, 'From the Clipboard');
    await assistantRow(workbench, 'toss_coin').waitFor(patience);

    await copy(workbench, JSON.stringify(numbers));
    await addFunction(workbench, 'From the Clipboard');
    await workbench.page.getByText('Name of the function, by which the model calls it').waitFor(patience);
    await workbench.answer('pick_number');
    await assistantRow(workbench, 'pick_number').waitFor(patience);
  });

  it('are taken from a file, whose name a schema takes', async () => {
    const { page, workspace } = workbench;
    writeFileSync(path.join(workspace, 'guess-word.json'), JSON.stringify(numbers));
    await addFunction(workbench, 'From File…');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'guess-word.json' }).click();
    await assistantRow(workbench, 'guess-word').waitFor(patience);
  });

  it('are offered where the assistant is edited', async () => {
    await workbench.runCommand('Assistants: Edit Assistant Field…');
    await workbench.pick('Caller');
    await workbench.pick('Add Function…');
    await workbench.page
      .locator('.quick-input-list .monaco-list-row', { hasText: 'Quiz (display_quiz)' })
      .waitFor(patience);
    await workbench.page.keyboard.press('Escape');
  });

  it('are not saved with an error, which is shown', async () => {
    await workbench.runCommand('Assistants: Edit Functions…');
    await workbench.pick('Caller');
    const { page } = workbench;
    await page.locator('.tab.active', { hasText: 'Functions of Caller.json' }).waitFor(patience);
    await page
      .locator('.part.editor .editor-instance:visible .view-lines', { hasText: 'name' })
      .waitFor(patience);
    await page.keyboard.press('Control+a');
    // Pasted, because the editor auto-closes brackets that are typed.
    await copy(workbench, '[{ "name": "no name" }]');
    await page.keyboard.press('Control+v');
    await page.keyboard.press('Control+s');
    await notice(workbench, /The functions were not saved\. Line 1: A function’s name must have/);
    await page.keyboard.press('Escape');
    await page.locator('.tab.active.dirty', { hasText: 'Functions of Caller.json' }).waitFor(patience);
  });
});

describe('functions of a workspace that is not trusted', () => {
  let server: LLMock;
  let workbench: Workbench;

  before(async () => {
    server = await startCaller();
    workbench = await openAssistants({
      settings: {
        ...connectionTo(server),
        'security.workspace.trust.enabled': true,
        'security.workspace.trust.startupPrompt': 'never',
      },
      workspace: makeWorkspace(),
    });
    await createAssistant(workbench, 'Caller', 'You call functions.', 'mock/gpt-test');
  });

  after(async () => {
    await workbench.close();
    await server.stop();
  });

  it('are refused with a message, and never run', async () => {
    await addFunction(workbench, 'Workspace Function…');
    await notice(workbench, /run only once you trust it/);
    await workbench.page.keyboard.press('Escape');

    await copy(workbench, JSON.stringify({ name: 'add', ...add }));
    await addFunction(workbench, 'From the Clipboard');
    await askAnew(workbench, 'Please add.');
    const question = card(workbench, 'Answer the call to add');
    await question.getByText(/It cannot run here: .* only once you trust it/).waitFor(patience);
    assert.equal(await question.getByRole('button', { name: 'Run', exact: true }).count(), 0);
  });
});

/** The process id of the program that hangs, once it runs. */
async function startedProgram({ page, workspace }: Workbench): Promise<number> {
  const file = path.join(workspace, 'pid');
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (existsSync(file) && readFileSync(file, 'utf8') !== '') return Number(readFileSync(file, 'utf8'));
    await page.waitForTimeout(50);
  }
  throw new Error('The program was never started.');
}

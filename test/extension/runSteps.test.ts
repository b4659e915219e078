import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Assistant } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { CodeInterpreterToolCall, RunStep } from 'openai/resources/beta/threads/runs/steps';
import * as vscode from 'vscode';
import { ask, client, command, newThread, until } from './support';

type Call = CodeInterpreterToolCall['code_interpreter'];

describe('the steps of a run', function () {
  // Python takes a while to load on a busy machine.
  this.timeout(120_000);
  let coder: Assistant;
  let threadId: string;
  let run: Run;
  let step: RunStep;
  let call: Call;

  before(async () => {
    coder = await command<Assistant>('createAssistant', {
      name: 'Coder',
      model: 'demo/tutor',
      tools: [{ type: 'code_interpreter' }],
    });
    threadId = (await newThread('Fibonacci: the first 20')).id;
    run = await ask(threadId, coder.id, 'Generate the first 20 fibbonaci numbers with code.');
    ({ step, call } = await codeStepOf(run));
  });

  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('open the code as a Python document that carries the thread’s title', async () => {
    await command('viewStepInput', { threadId, runId: run.id });
    const document = shown();
    equal(path.basename(document.uri.path), 'fibonacci-the-first-20-step-1.py');
    equal(document.languageId, 'python');
    equal(document.getText(), call.input);
  });

  it('open what was printed as a text document beside it', async () => {
    const callId = step.step_details.type === 'tool_calls' ? step.step_details.tool_calls[0]?.id : '';
    await command('viewStepInput', { threadId, runId: run.id, stepId: step.id, callId });
    await command('viewStepOutput', { threadId, runId: run.id, stepId: step.id, callId });
    const document = shown();
    equal(path.basename(document.uri.path), 'fibonacci-the-first-20-step-1-output.txt');
    equal(document.languageId, 'plaintext');
    match(document.getText(), /4181/);
    equal(vscode.window.tabGroups.activeTabGroup.tabs.length, 2);
  });

  it('cannot be written to', async () => {
    await command('viewStepInput', { threadId, runId: run.id });
    await vscode.commands.executeCommand('type', { text: 'x' });
    equal(shown().getText(), call.input);
  });

  it('fill the documents that are open while Python runs', async () => {
    const { id } = await newThread('Live');
    const started = await command<Run>('sendMessage', {
      threadId: id,
      assistantId: coder.id,
      text: 'Generate the first 12 primes with code.',
    });
    await until('the model has begun to write code', () => codeStepOf(started).catch(() => undefined));
    await command('viewStepOutput', { threadId: id, runId: started.id });
    const output = shown();
    await command('viewStepInput', { threadId: id, runId: started.id });
    const input = shown();
    await until('the output is there', () => output.getText().includes('37'));
    equal(input.getText(), (await codeStepOf(started)).call.input);
    await command('openThread', { threadId: id });
  });

  it('are listed by the palette, and opened from there', async () => {
    const listed = command<RunStep[]>('viewRunSteps', { threadId, runId: run.id });
    await until('the input is shown', async () => {
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      return vscode.window.activeTextEditor?.document.languageId === 'python';
    });
    deepEqual(
      (await listed).map(({ type }) => type),
      ['tool_calls', 'message_creation'],
    );
  });

  it('are shown as JSON', async () => {
    await command('showJson', { threadId, runId: run.id, stepId: step.id });
    equal((JSON.parse(shown().getText()) as RunStep).id, step.id);
  });

  it('of a run without tools are not there to be opened', async () => {
    const thread = await newThread('Plain');
    const plain = await ask(thread.id, coder.id, 'Thank you!');
    await rejects(
      command('viewStepInput', { threadId: thread.id, runId: plain.id }),
      /No tool was called in this run/,
    );
  });

  it('need the thread of the run they belong to', async () => {
    await rejects(command('viewStepOutput', { runId: run.id }), /specify the ID of its thread/);
  });

  describe('with a picture', () => {
    let plotRun: Run;
    let imageId: string;

    before(async () => {
      const thread = await newThread('Plot');
      plotRun = await ask(thread.id, coder.id, 'Plot x^2 with code.');
      const { call: plot } = await codeStepOf(plotRun);
      const image = plot.outputs.find((output) => output.type === 'image');
      ok(image?.type === 'image', JSON.stringify(plot.outputs));
      imageId = image.image.file_id;
    });

    it('open it in the image preview', async () => {
      await command('viewStepOutput', { threadId: plotRun.thread_id, runId: plotRun.id });
      await until('a preview of the picture', () => {
        const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
        return input instanceof vscode.TabInputCustom && input.uri.path.endsWith('.png');
      });
    });

    it('save it in its own bytes', async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'assistants-studio-save-'));
      const target = path.join(folder, 'plot.png');
      await command('saveFileAs', { fileId: imageId, path: target });
      equal(readFileSync(target).toString('latin1', 1, 4), 'PNG');
      rmSync(folder, { recursive: true });
    });

    it('say so if there is no such file', async () => {
      await rejects(command('openFile', { fileId: 'file-none' }), /file-none/);
    });
  });
});

describe('the tools of an assistant', () => {
  it('are switched on and off, and those with settings stay', async () => {
    const weather = { type: 'function', function: { name: 'weather' } };
    const made = await command<Assistant>('createAssistant', {
      name: 'Tools',
      model: 'demo/tutor',
      tools: [weather],
    });
    const on = await command<Assistant>('editAssistant', {
      assistantId: made.id,
      tools: [{ type: 'code_interpreter' }, weather],
    });
    deepEqual(
      on.tools.map(({ type }) => type),
      ['code_interpreter', 'function'],
    );
  });

  it('that do not exist are refused in the API’s words', async () => {
    await rejects(
      command('createAssistant', { name: 'Wrong', model: 'demo/tutor', tools: [{ type: 'telepathy' }] }),
      /tools/,
    );
  });
});

async function codeStepOf({ id, thread_id }: Run): Promise<{ step: RunStep; call: Call }> {
  const { data } = await (await client()).beta.threads.runs.steps.list(id, { thread_id, order: 'asc' });
  for (const step of data) {
    const [call] = step.step_details.type === 'tool_calls' ? step.step_details.tool_calls : [];
    if (call?.type === 'code_interpreter') return { step, call: call.code_interpreter };
  }
  throw new Error(`The run ran no code: ${JSON.stringify(data)}`);
}

function shown(): vscode.TextDocument {
  const editor = vscode.window.activeTextEditor;
  if (!editor) throw new Error('No document is shown.');
  return editor.document;
}

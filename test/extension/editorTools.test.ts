import { deepEqual, equal, match, notEqual, ok, rejects } from 'node:assert/strict';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { UserError } from '../../src/client/errors';
import type { ToolBinding } from '../../src/functions/toolHandler';
import { AllowedTools } from '../../src/functions/tools/allowedTools';
import { functionNameFor, isFunctionName } from '../../src/functions/tools/definition';
import { EditorTools, functionOfTool } from '../../src/functions/tools/editorTools';
import { until } from './support';
import { memento } from './window';

const run = { assistant_id: 'asst_1' } as Run;
const never = new vscode.CancellationTokenSource().token;

function tool(name: string): vscode.LanguageModelToolInformation {
  const found = vscode.lm.tools.find((candidate) => candidate.name === name);
  ok(found, `There is no tool ${name}.`);
  return found;
}

describe('an editor tool', () => {
  let tools: EditorTools;

  before(async () => {
    await vscode.extensions.getExtension('assistants-studio-tests.test-tools')?.activate();
    await until('VS Code knows the tools', () => vscode.lm.tools.some(({ name }) => name === 'test_slow'));
  });

  beforeEach(() => {
    tools = new EditorTools(new AllowedTools(memento()));
  });

  const offer = (name: string): ToolBinding => {
    const found = tools.find({ name, arguments: '{}' }, run);
    ok(found, `Nobody answers ${name}.`);
    return found;
  };

  it('becomes a function with its description and its schema', () => {
    deepEqual(functionOfTool(tool('test_reverse')), {
      name: 'test_reverse',
      description: 'Writes a text backwards.',
      parameters: {
        type: 'object',
        properties: { text: { type: 'string', description: 'The text.' } },
        required: ['text'],
      },
    });
  });

  it('without a schema becomes a function of no arguments', () => {
    deepEqual(functionOfTool(tool('test_broken')).parameters, { type: 'object', properties: {} });
  });

  it('is not allowed for good in a workspace that is not trusted, nor run unasked', async () => {
    const state = memento();
    await new AllowedTools(state).allow(run.assistant_id, 'test_reverse');
    const allowed = new AllowedTools(state, () => false);
    const untrusted = new EditorTools(allowed).find({ name: 'test_reverse', arguments: '{}' }, run);
    deepEqual(untrusted?.describe, {
      kind: 'editorTool',
      label: 'Reverse a Text',
      canAlwaysAllow: false,
    });
    equal(untrusted?.isAlwaysAllowed?.(), false);
    await rejects(untrusted?.alwaysAllow?.() ?? Promise.resolve(), /in trusted workspaces only/);
  });

  it('answers a call with its text', async () => {
    equal(await offer('test_reverse').run({ text: 'abc' }, never), 'cba');
  });

  it('is presented under the name that its extension gives it', () => {
    deepEqual(offer('test_reverse').describe, {
      kind: 'editorTool',
      label: 'Reverse a Text',
      canAlwaysAllow: true,
    });
  });

  it('whose name is no name of a function is found again by the one that stands for it', async () => {
    const { name } = functionOfTool(vscode.lm.tools.find((one) => one.name.startsWith('test_a_tool'))!);
    equal(name.length, 64);
    match(await offer(name).run({}, never), /^test_a_tool_whose_name.*may_be$/);
  });

  it('gives back bytes by their kind, and rendered elements as their text', async () => {
    const words = await offer('test_parts').run({}, never);
    equal(words, 'Words\na,b\n[image/png, 7 bytes]\nOne\nTwo');
  });

  it('that asks first, asks in VS Code’s own dialog and then answers', async () => {
    // The host of the tests agrees to every dialog.
    equal(await offer('test_delete').run({}, never), 'All is deleted.');
  });

  it('that fails says so in its own words', async () => {
    await rejects(
      offer('test_broken').run({}, never),
      (error: unknown) => error instanceof UserError && /«Break» failed: .*bad day/.test(error.message),
    );
  });

  it('is stopped', async () => {
    const source = new vscode.CancellationTokenSource();
    const answer = offer('test_slow').run({}, source.token);
    source.cancel();
    await rejects(answer, vscode.CancellationError);
  });

  it('takes its arguments only as an object', async () => {
    await rejects(offer('test_reverse').run('abc', never), /arguments as an object/);
  });

  it('that is gone is answered by nobody', () => {
    equal(tools.find({ name: 'test_gone', arguments: '{}' }, run), undefined);
  });

  it('is always allowed for one assistant, once the user says so, until that is taken back', async () => {
    const state = memento();
    const allowed = new AllowedTools(state);
    tools = new EditorTools(allowed);
    equal(offer('test_reverse').isAlwaysAllowed?.(), false);
    await offer('test_reverse').alwaysAllow?.();
    equal(offer('test_reverse').isAlwaysAllowed?.(), true);
    equal(offer('test_delete').isAlwaysAllowed?.(), false);
    const others = { assistant_id: 'asst_2' } as Run;
    const offered = tools.find({ name: 'test_reverse', arguments: '{}' }, others);
    equal(offered?.isAlwaysAllowed?.(), false);
    // The next window reads it from the workspace's state.
    equal(new AllowedTools(state).has('asst_1', 'test_reverse'), true);
    await allowed.forget('asst_1', 'test_reverse');
    equal(offer('test_reverse').isAlwaysAllowed?.(), false);
    deepEqual(allowed.all(), {});
  });
});

describe('the name of a function that stands for another', () => {
  it('is the same where the API takes it', () => {
    equal(functionNameFor('read_file-2'), 'read_file-2');
  });

  it('is one that the API takes, whatever it stands for', () => {
    for (const name of ['mcp.server/tool', '天气', 'a b c', '', 'x'.repeat(300), '💡'.repeat(80)]) {
      ok(isFunctionName(functionNameFor(name)), functionNameFor(name));
    }
  });

  it('is cut where it is long, and still its own', () => {
    const stem = 'a'.repeat(70);
    notEqual(functionNameFor(`${stem}1`), functionNameFor(`${stem}2`));
    equal(functionNameFor(`${stem}1`), functionNameFor(`${stem}1`));
  });
});

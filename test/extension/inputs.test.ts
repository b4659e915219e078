import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import { textLimits } from '../../src/client/limits';
import { askChoice, askInTurn, askText, type Choice, type Position } from '../../src/commands/ask/inputs';
import { client, command, createTutor, newThread, until } from './support';

describe('a question with a list that takes its time', () => {
  const { createQuickPick } = vscode.window;
  let pick: vscode.QuickPick<vscode.QuickPickItem>;

  before(() => {
    Object.assign(vscode.window, { createQuickPick: () => (pick = createQuickPick()) });
  });

  after(() => {
    Object.assign(vscode.window, { createQuickPick });
  });

  it('is answered with what was typed, though the list comes at the same moment', async () => {
    let list: (items: Choice<string>[]) => void = () => undefined;
    const asked = askChoice({
      title: 'Choose',
      placeholder: 'Choose one',
      items: new Promise<Choice<string>[]>((resolve) => (list = resolve)),
      typed: (text) => ({ label: text, value: text }),
    });
    pick.value = 'my-model';
    await until('it is on screen', () => pick.activeItems[0]?.label === 'my-model');
    const accepting = vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    // Enter is on its way to the list that was on screen when it was pressed.
    list([{ label: 'my-model-2', value: 'my-model-2' }]);
    await accepting;
    equal(await asked, 'my-model');
  });
});

describe('questions one after another', () => {
  const { createInputBox, createQuickPick, showWarningMessage } = vscode.window;
  let boxes: vscode.InputBox[];
  let picks: vscode.QuickPick<vscode.QuickPickItem>[];

  beforeEach(() => {
    boxes = [];
    picks = [];
    const kept = <T extends vscode.InputBox | vscode.QuickPick<vscode.QuickPickItem>>(
      list: T[],
      input: T,
    ): T => {
      list.push(input);
      return input;
    };
    Object.assign(vscode.window, {
      createInputBox: () => kept(boxes, createInputBox()),
      createQuickPick: () => kept(picks, createQuickPick()),
    });
  });

  afterEach(async () => {
    Object.assign(vscode.window, { createInputBox, createQuickPick, showWarningMessage });
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    await vscode.commands.executeCommand('notifications.clearAll');
  });

  const accept = () => vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');

  it('say while it is typed that a text is too long', async () => {
    const asked = askText({ title: 'Name', prompt: 'Name', maxLength: 4 });
    const box = await until('it is asked', () => boxes[0]);
    box.value = 'Tutor';
    await accept();
    match(box.validationMessage as string, /5 characters. 4 are allowed/);
    box.value = 'Tuto';
    await accept();
    equal(await asked, 'Tuto');
  });

  it('know the limits of the API', async () => {
    const { assistants, threads } = (await client()).beta;
    const { id } = await createTutor();
    const thread = await newThread('Limits');
    const update: Record<string, (length: number) => Promise<unknown>> = {
      assistantName: (length) => assistants.update(id, { name: 'x'.repeat(length) }),
      assistantDescription: (length) => assistants.update(id, { description: 'x'.repeat(length) }),
      instructions: (length) => assistants.update(id, { instructions: 'x'.repeat(length) }),
      message: (length) => threads.messages.create(thread.id, { role: 'user', content: 'x'.repeat(length) }),
      metadataValue: (length) => threads.update(thread.id, { metadata: { title: 'x'.repeat(length) } }),
    };
    for (const [name, limit] of Object.entries(textLimits)) {
      await update[name]!(limit);
      await rejects(update[name]!(limit + 1), /400/);
    }
  });

  it('ask the last one again if the answers are refused, with all that was typed', async () => {
    const answers: string[] = [];
    const ask = (index: number) => async (position: Position) => {
      answers[index] = await askText({ ...position, prompt: `Question ${index}`, value: answers[index] });
    };
    const refusals = [new Error('The server is away.')];
    const asked = askInTurn('Two', [ask(0), ask(1)], () => {
      const refusal = refusals.pop();
      return refusal ? Promise.reject(refusal) : Promise.resolve(answers.join());
    });
    for (const [index, text] of ['one', 'two'].entries()) {
      (await until('it is asked', () => boxes[index])).value = text;
      await accept();
    }
    const again = await until('it is asked again', () => boxes[2]);
    deepEqual([again.value, again.validationMessage, again.step], ['two', 'The server is away.', 2]);
    await accept();
    equal(await asked, 'one,two');
  });

  it('keep what was typed before the Back button', async () => {
    let first = '';
    const asked = askInTurn(
      'Two',
      [
        async (position) => void (first = await askText({ ...position, prompt: 'One', value: first })),
        async (position) => void (await askText({ ...position, prompt: 'Two' })),
      ],
      () => Promise.resolve(first),
    );
    (await until('it is asked', () => boxes[0])).value = 'one';
    await accept();
    (await until('the second is asked', () => boxes[1])).value = 'half a sentence';
    await vscode.commands.executeCommand('workbench.action.quickInputBack');
    equal((await until('the first is asked again', () => boxes[2])).value, 'one');
    await accept();
    equal((await until('the second is asked again', () => boxes[3])).value, 'half a sentence');
    await accept();
    equal(await asked, 'one');
  });

  it('create an assistant after a name that was too long', async () => {
    const { assistants } = (await client()).beta;
    const asked = command<Assistant>('createAssistant');
    const name = await until('the name is asked', () => boxes[0]);
    name.value = 'x'.repeat(300);
    await accept();
    match(name.validationMessage as string, /300 characters. 256 are allowed/);
    name.value = 'Patient';
    await accept();
    (await until('the instructions are asked', () => boxes[1])).value = 'Be kind.';
    await accept();
    const model = await until('the model is asked', () => picks[0]);
    await until('the models are listed', () => model.items.some(({ label }) => label === 'tutor'));
    model.value = 'demo/tutor';
    await until('it is on screen', () => model.activeItems[0]?.label === 'demo/tutor');
    await accept();
    await until('the tools are asked', () => picks[1]);
    await accept();
    const { id } = await asked;
    const { instructions } = await assistants.retrieve(id);
    equal(instructions, 'Be kind.');
    await assistants.delete(id);
  });

  it('keep what was typed and chosen on going back, and after Esc', async () => {
    const { assistants } = (await client()).beta;
    const modelList = async (): Promise<vscode.QuickPick<vscode.QuickPickItem>> => {
      const pick = await until('the model is asked', () => picks.at(-1));
      await until('the models are listed', () => pick.items.some(({ label }) => label === 'tutor'));
      return pick;
    };
    const cancelled = command('createAssistant');
    (await until('the name is asked', () => boxes[0])).value = 'Kept';
    await accept();
    (await until('the instructions are asked', () => boxes[1])).value = 'Be brief.';
    await accept();
    const model = await modelList();
    model.value = 'demo/tutor';
    await until('it is on screen', () => model.activeItems[0]?.label === 'demo/tutor');
    await accept();
    const tools = await until('the tools are asked', () => picks[1]);
    await until('it is on screen', () => tools.items.length > 0);
    await vscode.commands.executeCommand('workbench.action.quickInputBack');
    await until('the model is asked again', () => picks[2]);
    const again = await modelList();
    await until('the chosen one has the focus', () => again.activeItems[0]?.label === 'tutor');
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    equal(await cancelled, undefined);

    const asked = command<Assistant>('createAssistant');
    equal((await until('the name is asked', () => boxes[2])).value, 'Kept');
    await accept();
    equal((await until('the instructions are asked', () => boxes[3])).value, 'Be brief.');
    await accept();
    await until('the model is asked', () => picks[3]);
    const last = await modelList();
    await until('the chosen one has the focus', () => last.activeItems[0]?.label === 'tutor');
    await accept();
    await until('the tools are asked', () => picks[4]);
    await accept();
    const { id, model: chosen } = await asked;
    equal(chosen, 'demo/tutor');
    await assistants.delete(id);

    const fresh = command('createAssistant');
    equal((await until('the name is asked', () => boxes[4])).value, '');
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    await fresh;
  });

  it('do not overwrite unseen what another window changed meanwhile', async () => {
    const { threads } = (await client()).beta;
    const thread = await newThread('Fractions');
    const questions: string[] = [];
    let agreed = false;
    Object.assign(vscode.window, {
      showWarningMessage: (question: string, _options: unknown, button: string) => {
        questions.push(question);
        return Promise.resolve(agreed ? button : undefined);
      },
    });
    for (const [index, title] of ['Decimals', 'Percent'].entries()) {
      const asked = command('renameThread', { threadId: thread.id });
      const box = await until('it is asked', () => boxes[index]);
      await threads.update(thread.id, { metadata: { title, note: title } });
      box.value = `My ${title}`;
      await accept();
      await asked;
      const { metadata } = await threads.retrieve(thread.id);
      deepEqual(metadata, { title: agreed ? `My ${title}` : title, note: title });
      agreed = true;
    }
    deepEqual(questions, ['Replace “Decimals” with “My Decimals”?', 'Replace “Percent” with “My Percent”?']);
  });

  it('keep functions that another window added while the tools were chosen', async () => {
    const { assistants } = (await client()).beta;
    const { id } = await createTutor('Tutor of Two Windows');
    const asked = command('editAssistantField', { assistantId: id });
    const fields = await until('the field is asked', () => picks[0]);
    const tools = await until('the tools are there', () =>
      fields.items.find(({ label }) => label === 'Tools'),
    );
    fields.value = tools.label;
    await until('it is on screen', () => fields.activeItems[0] === tools);
    await accept();
    const pick = await until('the tools are asked', () => picks[1]);
    await assistants.update(id, {
      tools: [{ type: 'file_search' }, { type: 'function', function: { name: 'added' } }],
    });
    pick.selectedItems = pick.items.filter(({ label }) => label === 'Code Interpreter');
    // VS Code sends the selection in a later turn.
    await delay(50);
    await accept();
    (await until('the fields are asked again', () => picks[2])).hide();
    await asked;
    const after = await assistants.retrieve(id);
    deepEqual(
      after.tools.map((tool) => tool.type),
      ['code_interpreter', 'file_search', 'function'],
    );
  });
});

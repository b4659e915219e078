import { equal } from 'node:assert/strict';
import * as vscode from 'vscode';
import { askChoice, type Choice } from '../../src/commands/ask/inputs';
import { until } from './support';

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

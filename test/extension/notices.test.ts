import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import * as vscode from 'vscode';
import {
  isAgreedTo,
  showError,
  showInformation,
  showWarning,
  withProgress,
} from '../../src/client/errors/notices';
import { askText } from '../../src/commands/ask/inputs';
import { unavailable } from '../../src/documents/objectFileSystem';
import { command } from './support';

/** The pattern by which VS Code's workbench finds links in messages. */
const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/gi;

const hostile = [
  '[Retry](command:workbench.action.quit)',
  '[x](COMMAND:workbench.action.terminal.sendSequence?%7B%22text%22%3A%22id%5Cn%22%7D)',
  '[Sign in](https://evil.example/login "Sign in")',
  "[a](file:///etc/passwd 'b') and [c](http://evil.example)",
  '[[x]](command:workbench.action.quit)](command:workbench.action.quit)',
  '[](command:a)[b](command:c)',
  '[x]\u200b](command:workbench.action.quit)',
  '![x](https://evil.example/x.png)',
  '[line\nbreak](command:workbench.action.quit)',
];

/** The visible part of a text. */
const read = (text: string): string => text.replaceAll('\u200b', '');

/** Replaces a function of `vscode.window` while an action runs; returns the arguments it was called with. */
async function given(
  name: 'showErrorMessage' | 'showWarningMessage' | 'showInformationMessage' | 'withProgress',
  work: () => unknown,
): Promise<unknown[]> {
  const calls: unknown[] = [];
  const original = vscode.window[name];
  const standIn = async (...args: unknown[]): Promise<void> => {
    calls.push(...args.filter((arg) => typeof arg !== 'function'));
    const task = args.find((arg) => typeof arg === 'function');
    await (task?.({ report: (value: unknown) => calls.push(value) }, {}) as unknown);
  };
  Object.assign(vscode.window, { [name]: standIn });
  try {
    await work();
  } finally {
    Object.assign(vscode.window, { [name]: original });
  }
  return calls;
}

describe('a message that quotes others', () => {
  for (const text of hostile) {
    it(`reads as they are, and has no link: ${JSON.stringify(text)}`, async () => {
      const ways = [
        await given('showErrorMessage', () => showError(text)),
        await given('showWarningMessage', () => showWarning(text)),
        await given('showInformationMessage', () => showInformation(text)),
      ];
      for (const [words] of ways as [string][]) {
        deepEqual(words.match(link), null);
        equal(read(words), read(text));
      }
    });
  }

  it('has no link in a dialog and in the progress that is shown', async () => {
    const [text] = hostile;
    const asked = await given('showWarningMessage', () => isAgreedTo(text!, text!, 'Yes'));
    const shown = await given('withProgress', () =>
      withProgress({ title: text! }, (progress) =>
        Promise.resolve(progress.report({ message: text, increment: 1 })),
      ),
    );
    ok(JSON.stringify(asked).includes('workbench.action.quit'));
    ok(JSON.stringify(shown).includes('"increment":1'));
    deepEqual(JSON.stringify([asked, shown]).match(link), null);
  });

  it('has no link below an input box', async () => {
    const original = vscode.window.createInputBox;
    const boxes: vscode.InputBox[] = [];
    Object.assign(vscode.window, {
      createInputBox: () => {
        boxes.push(original());
        return boxes[0];
      },
    });
    const [text] = hostile;
    const asking = askText({ title: 'Quiz', prompt: text! });
    Object.assign(vscode.window, { createInputBox: original });
    equal(read(boxes[0]?.prompt ?? ''), text);
    deepEqual(boxes[0]?.prompt?.match(link), null);
    boxes[0]?.hide();
    await rejects(asking, vscode.CancellationError);
  });

  it('has no link in an error thrown by a command, which a key or a tree item may have called', async () => {
    const id = hostile[0]!;
    await rejects(command('openThread', { threadId: id }), (error: Error) => {
      match(error.message, /workbench\.action\.quit/);
      deepEqual(error.message.match(link), null);
      return true;
    });
  });

  it('has no link if a document cannot be read or saved', () => {
    const { message } = unavailable(hostile[0]!);
    ok(read(message).includes(hostile[0]!), message);
    deepEqual(message.match(link), null);
  });
});

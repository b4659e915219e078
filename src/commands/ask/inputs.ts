import * as vscode from 'vscode';
import { isAgreedTo, withoutLinks } from '../../client/notices';

/** The title of a question, and its place in a sequence of questions. */
export interface Position {
  title: string;
  step?: number;
  totalSteps?: number;
}

/** Thrown by a question when the user presses its Back button. */
class BackError extends Error {}

/** Asks questions one after another; the Back button returns to the previous one. */
export async function askInTurn(
  title: string,
  questions: readonly ((position: Position) => Promise<void>)[],
): Promise<void> {
  let index = 0;
  while (index < questions.length) {
    try {
      await questions[index]?.({ title, step: index + 1, totalSteps: questions.length });
      index++;
    } catch (error) {
      if (!(error instanceof BackError)) throw error;
      index--;
    }
  }
}

/** Options of a text input. */
export interface TextQuestion extends Position {
  prompt: string;
  value?: string;
  placeholder?: string;
  password?: boolean;
  /** An error message for an invalid text; undefined for a valid one. */
  errorOf?: (text: string) => string | undefined;
}

/** Asks for a text. Throws CancellationError if the user cancels. */
export function askText(question: TextQuestion): Promise<string> {
  const box = vscode.window.createInputBox();
  Object.assign(box, {
    title: question.title,
    step: question.step,
    totalSteps: question.totalSteps,
    prompt: withoutLinks(question.prompt),
    value: question.value ?? '',
    placeholder: question.placeholder,
    password: question.password ?? false,
    ignoreFocusOut: true,
    buttons: backButtons(question),
  });
  box.onDidChangeValue(() => {
    // Setting it clears the prompt as well, so only if there is a message to clear.
    if (box.validationMessage !== undefined) box.validationMessage = undefined;
  });
  return settle(box, (resolve) => {
    box.onDidAccept(() => {
      const error = question.errorOf?.(box.value);
      if (error === undefined) resolve(box.value);
      else box.validationMessage = withoutLinks(error);
    });
  });
}

/** An item with a value; an item without one cannot be chosen. */
export interface Choice<T> extends vscode.QuickPickItem {
  value?: T;
}

/** Options of a list. */
export interface ChoiceQuestion<T> extends Position {
  placeholder: string;
  items: readonly Choice<T>[] | Promise<readonly Choice<T>[]>;
  /** An item for typed text, beside those of the list. */
  typed?: (text: string) => Choice<T> | undefined;
}

/** Asks for one item of a list. Throws CancellationError if the user cancels. */
export function askChoice<T>(question: ChoiceQuestion<T>): Promise<T> {
  const pick = vscode.window.createQuickPick<Choice<T>>();
  Object.assign(pick, {
    title: question.title,
    step: question.step,
    totalSteps: question.totalSteps,
    placeholder: question.placeholder,
    matchOnDescription: true,
    matchOnDetail: true,
    ignoreFocusOut: true,
    busy: true,
    buttons: backButtons(question),
  });
  let listed: readonly Choice<T>[] = [];
  const showItems = (): void => {
    const typed = question.typed?.(pick.value.trim());
    // VS Code identifies the chosen item by its index, and the list may arrive between Enter and its
    // event: the typed item, or a placeholder for it, always stays first.
    pick.items = [typed ?? { label: '', kind: vscode.QuickPickItemKind.Separator }, ...listed];
  };
  if (question.typed) pick.onDidChangeValue(showItems);
  return settle(pick, (resolve, reject) => {
    Promise.resolve(question.items).then((items) => {
      listed = items;
      pick.busy = false;
      showItems();
    }, reject);
    pick.onDidAccept(() => {
      // Enter may come while the list is being filled and no item is selected yet.
      const chosen = pick.selectedItems[0] ?? question.typed?.(pick.value.trim());
      if (chosen && 'value' in chosen) resolve(chosen.value as T);
    });
  });
}

/** Asks for any number of items of a list. Throws CancellationError if the user cancels. */
export function askChoices<T>(
  question: Position & { placeholder: string; items: readonly Choice<T>[] },
): Promise<T[]> {
  const pick = vscode.window.createQuickPick<Choice<T>>();
  Object.assign(pick, {
    title: question.title,
    step: question.step,
    totalSteps: question.totalSteps,
    placeholder: question.placeholder,
    canSelectMany: true,
    matchOnDescription: true,
    matchOnDetail: true,
    ignoreFocusOut: true,
    items: question.items,
    selectedItems: question.items.filter(({ picked }) => picked),
    buttons: backButtons(question),
  });
  return settle(pick, (resolve) => {
    pick.onDidAccept(() => resolve(pick.selectedItems.map(({ value }) => value as T)));
  });
}

/** Asks for confirmation in a modal dialog. Throws CancellationError unless the user agrees. */
export async function confirm(question: string, detail: string, agreement: string): Promise<void> {
  if (!(await isAgreedTo(question, detail, agreement))) throw new vscode.CancellationError();
}

function backButtons({ step }: Position): vscode.QuickInputButton[] {
  return step !== undefined && step > 1 ? [vscode.QuickInputButtons.Back] : [];
}

/** Shows an input until it is answered, cancelled or left by its Back button. */
function settle<T>(
  input: vscode.InputBox | vscode.QuickPick<vscode.QuickPickItem>,
  listen: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    input.onDidHide(() => reject(new vscode.CancellationError()));
    input.onDidTriggerButton(() => reject(new BackError()));
    listen(resolve, reject);
    input.show();
  }).finally(() => input.dispose());
}

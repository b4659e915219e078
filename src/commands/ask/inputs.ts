import * as vscode from 'vscode';
import { isAgreedTo, withoutLinks } from '../../client/notices';

/** Where a question stands in a sequence of them. */
export interface Position {
  title: string;
  step?: number;
  totalSteps?: number;
}

/** Thrown by a question when the user goes back to the one before. */
class BackError extends Error {}

/** Asks one question after the other; a question's Back button leads to the one before. */
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

/** What a text is asked for with. */
export interface TextQuestion extends Position {
  prompt: string;
  value?: string;
  placeholder?: string;
  password?: boolean;
  /** What is wrong with a text; undefined when nothing is. */
  faultOf?: (text: string) => string | undefined;
}

/** Asks for a text; throws CancellationError when the user gives up. */
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
    // Setting it clears the prompt as well, so only where there is something to take away.
    if (box.validationMessage !== undefined) box.validationMessage = undefined;
  });
  return settle(box, (resolve) => {
    box.onDidAccept(() => {
      const fault = question.faultOf?.(box.value);
      if (fault === undefined) resolve(box.value);
      else box.validationMessage = withoutLinks(fault);
    });
  });
}

/** An item that stands for a value. */
export interface Choice<T> extends vscode.QuickPickItem {
  value?: T;
}

/** What is chosen from. */
export interface ChoiceQuestion<T> extends Position {
  placeholder: string;
  items: readonly Choice<T>[] | Promise<readonly Choice<T>[]>;
  /** The item for what was typed and is in no list. */
  typed?: (text: string) => Choice<T> | undefined;
}

/** Asks for one of several things; throws CancellationError when the user gives up. */
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
    // VS Code tells a chosen item by its place: the list may come between Enter and its event, so
    // what is typed, or nothing in its stead, stays first.
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
      // Enter may come while the list is filled and nothing of it is selected yet.
      const chosen = pick.selectedItems[0] ?? question.typed?.(pick.value.trim());
      if (chosen && 'value' in chosen) resolve(chosen.value as T);
    });
  });
}

/** Asks which of some things are wanted: none, some or all; throws CancellationError when the user gives up. */
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

/** Asks before something that cannot be undone; throws CancellationError unless the user agrees. */
export async function confirm(question: string, detail: string, agreement: string): Promise<void> {
  if (!(await isAgreedTo(question, detail, agreement))) throw new vscode.CancellationError();
}

function backButtons({ step }: Position): vscode.QuickInputButton[] {
  return step !== undefined && step > 1 ? [vscode.QuickInputButtons.Back] : [];
}

/** Shows a question until it is answered, given up or left by its Back button. */
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

import * as vscode from 'vscode';
import { describeError, isCancellation } from '../../client/errors';
import { isAgreedTo, showError, withoutLinks } from '../../client/notices';

/** The title of a question, and its place in a sequence of questions. */
export interface Position {
  title: string;
  step?: number;
  totalSteps?: number;
  /** The text that was last typed into this question. */
  draft?: { text?: string };
  /** Why the answers were not accepted; the question is asked again. */
  error?: string;
}

/** Thrown by a question when the user presses its Back button. */
class BackError extends Error {}

/** Asks one question of several, and stores the answer. */
export type Question = (position: Position) => Promise<void>;

/**
 * Asks questions one after another, then calls `finish`, whose result it returns. The Back button returns
 * to the previous question. After an error, the last question that was answered is asked again and shows
 * the error; nothing that was typed is lost.
 */
export async function askInTurn<T = void>(
  title: string,
  questions: readonly Question[],
  finish: () => Promise<T>,
): Promise<T> {
  const totalSteps = questions.length > 1 ? questions.length : undefined;
  const drafts = questions.map((): NonNullable<Position['draft']> => ({}));
  let index = 0;
  let problem: string | undefined;
  for (;;) {
    try {
      const question = questions[index];
      if (!question) return await finish();
      const step = totalSteps && index + 1;
      await question({ title, step, totalSteps, draft: drafts[index], error: problem });
      problem = undefined;
      index++;
    } catch (error) {
      problem = error instanceof BackError ? undefined : describeError(error);
      if (isCancellation(error) || index === 0) throw error;
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
  /** In UTF-16 code units; a longer text is reported while it is typed. */
  maxLength?: number;
  /** An error message for an invalid text; undefined for a valid one. */
  errorOf?: (text: string) => string | undefined;
}

/** Asks for a text. Throws CancellationError if the user cancels. */
export function askText(question: TextQuestion): Promise<string> {
  const box = vscode.window.createInputBox();
  const errorOf = (text: string): string | undefined => lengthError(text, question.maxLength);
  Object.assign(box, {
    title: question.title,
    step: question.step,
    totalSteps: question.totalSteps,
    prompt: withoutLinks(question.prompt),
    value: question.draft?.text ?? question.value ?? '',
    placeholder: question.placeholder,
    password: question.password ?? false,
    ignoreFocusOut: true,
    buttons: backButtons(question),
  });
  const showError = (error: string | undefined): void => {
    const message = error === undefined ? undefined : withoutLinks(error);
    // Setting it clears the prompt as well, so only if it changes.
    if (box.validationMessage !== message) box.validationMessage = message;
  };
  showError(question.error ?? errorOf(box.value));
  box.onDidChangeValue((text) => {
    showError(errorOf(text));
  });
  return settle(box, question, (resolve) => {
    box.onDidAccept(() => {
      const error = errorOf(box.value) ?? question.errorOf?.(box.value);
      if (error !== undefined) return showError(error);
      if (question.draft) question.draft.text = box.value;
      resolve(box.value);
    });
  });
}

function lengthError(text: string, maxLength: number | undefined): string | undefined {
  if (maxLength === undefined || text.length <= maxLength) return undefined;
  return vscode.l10n.t(
    'Too long: {0} characters. {1} are allowed.',
    text.length.toLocaleString(vscode.env.language),
    maxLength.toLocaleString(vscode.env.language),
  );
}

/** An item with a value; an item without one cannot be chosen. */
export interface Choice<T> extends vscode.QuickPickItem {
  value?: T;
}

/** Options of a list. */
export interface ChoiceQuestion<T> extends Position {
  placeholder: string;
  /** The `picked` one is preselected. */
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
    value: question.draft?.text ?? '',
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
  showAgain(question);
  return settle(pick, question, (resolve, reject) => {
    Promise.resolve(question.items).then((items) => {
      listed = items;
      pick.busy = false;
      showItems();
      const picked = items.filter((item) => item.picked);
      if (picked.length > 0 && pick.value === '') pick.activeItems = picked.slice(0, 1);
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
  showAgain(question);
  return settle(pick, question, (resolve) => {
    pick.onDidAccept(() => resolve(pick.selectedItems.map(({ value }) => value as T)));
  });
}

/** Asks for confirmation in a modal dialog. Throws CancellationError unless the user agrees. */
export async function confirm(question: string, detail: string, agreement: string): Promise<void> {
  if (!(await isAgreedTo(question, detail, agreement))) throw new vscode.CancellationError();
}

/**
 * Asks before a value is replaced that was changed elsewhere while the user was asked for another. Throws
 * CancellationError unless the user agrees.
 */
export async function confirmOverwriting(values: {
  /** The value when the question was asked. */
  asked: string;
  current: string;
  wanted: string;
}): Promise<void> {
  const { asked, current, wanted } = values;
  if (current === asked || current === wanted) return;
  await confirm(
    vscode.l10n.t('Replace “{0}” with “{1}”?', current, wanted),
    vscode.l10n.t('It was “{0}” when you were asked, and was changed elsewhere since.', asked),
    vscode.l10n.t('Replace'),
  );
}

/** Shows why a list is shown again: a list has no place for an error. */
function showAgain({ error }: Position): void {
  if (error !== undefined) showError(error).then(undefined, () => undefined);
}

function backButtons({ step }: Position): vscode.QuickInputButton[] {
  return step !== undefined && step > 1 ? [vscode.QuickInputButtons.Back] : [];
}

/** Shows an input until it is answered, cancelled or left by its Back button. */
function settle<T>(
  input: vscode.InputBox | vscode.QuickPick<vscode.QuickPickItem>,
  { draft }: Position,
  listen: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    input.onDidHide(() => reject(new vscode.CancellationError()));
    input.onDidTriggerButton(() => {
      if (draft) draft.text = input.value;
      reject(new BackError());
    });
    listen(resolve, reject);
    input.show();
  }).finally(() => input.dispose());
}

import * as vscode from 'vscode';
import { isCancellation } from '../../client/errors/errors';
import { displayError } from '../../client/errors/translatedError';
import { openInputs } from '../../client/openInputs';
import { isAgreedTo, showError, withoutLinks } from '../../client/errors/notices';

/** The last answer to a question, so that it can be shown again. */
export interface Draft {
  /** The text that was last typed. */
  text?: string;
  /** The value that was last chosen, or the values. */
  chosen?: unknown;
  /** The text is a password: it is not kept after a cancellation. */
  isSecret?: boolean;
}

/** The title of a question, and its place in a sequence of questions. */
export interface Position {
  title: string;
  step?: number;
  totalSteps?: number;
  draft?: Draft;
  /** Why the answers were not accepted; the question is asked again. */
  error?: string;
}

/** Thrown by a question when the user presses its Back button. */
class BackError extends Error {}

/** Asks one question of several, and stores the answer. */
export type Question = (position: Position) => Promise<void>;

/** The answers to questions that are asked in turn, by their place. */
export type Drafts = Map<number, Draft>;

/**
 * Asks questions one after another, then calls `finish`, whose result it returns. The Back button returns
 * to the previous question. After an error, the last question that was answered is asked again and shows
 * the error; nothing that was typed or chosen is lost. `drafts` outlive a cancellation: the next call with
 * the same ones shows the answers again; they are cleared once `finish` succeeds.
 */
export async function askInTurn<T = void>(
  title: string,
  questions: readonly Question[],
  finish: () => Promise<T>,
  drafts: Drafts = new Map(),
): Promise<T> {
  const totalSteps = questions.length > 1 ? questions.length : undefined;
  let index = 0;
  let problem: string | undefined;
  for (;;) {
    try {
      const question = questions[index];
      if (!question) {
        const result = await finish();
        drafts.clear();
        return result;
      }
      const step = totalSteps && index + 1;
      const draft = drafts.get(index) ?? {};
      drafts.set(index, draft);
      await question({ title, step, totalSteps, draft, error: problem });
      problem = undefined;
      index++;
    } catch (error) {
      problem = error instanceof BackError ? undefined : displayError(error);
      if (isCancellation(error) || index === 0) {
        for (const [at, { isSecret }] of drafts) if (isSecret) drafts.delete(at);
        throw error;
      }
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
  /** A page about the answer, opened by a button. */
  link?: { title: string; url: string };
  /** In UTF-16 code units; a longer text is reported while it is typed. */
  maxLength?: number;
  /** An error message for an invalid text; undefined for a valid one. */
  errorOf?: (text: string) => string | undefined;
}

/** Asks for a text. Throws CancellationError if the user cancels. */
export function askText(question: TextQuestion): Promise<string> {
  const box = vscode.window.createInputBox();
  const errorOf = (text: string): string | undefined => lengthError(text, question.maxLength);
  const link = question.link && {
    iconPath: new vscode.ThemeIcon('link-external'),
    tooltip: question.link.title,
  };
  if (question.draft && question.password) question.draft.isSecret = true;
  Object.assign(box, {
    title: question.title,
    step: question.step,
    totalSteps: question.totalSteps,
    prompt: withoutLinks(question.prompt),
    value: question.draft?.text ?? question.value ?? '',
    placeholder: question.placeholder,
    password: question.password ?? false,
    ignoreFocusOut: true,
    buttons: [...backButtons(question), ...(link ? [link] : [])],
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
    box.onDidTriggerButton((button) => {
      if (button === link)
        vscode.env.openExternal(vscode.Uri.parse(question.link!.url)).then(undefined, () => {});
    });
    box.onDidAccept(() => {
      const error = errorOf(box.value) ?? question.errorOf?.(box.value);
      if (error !== undefined) return showError(error);
      if (question.draft) question.draft.text = box.value;
      resolve(box.value);
    });
  });
}

function lengthError(text: string, maxLength: number | undefined): string | undefined {
  // As the API counts them.
  const length = [...text].length;
  if (maxLength === undefined || length <= maxLength) return undefined;
  return vscode.l10n.t(
    'Too long: {0} characters. {1} are allowed.',
    length.toLocaleString(vscode.env.language),
    maxLength.toLocaleString(vscode.env.language),
  );
}

/** An item with a value, or with an action; an item without either cannot be chosen. */
export interface Choice<T> extends vscode.QuickPickItem {
  value?: T;
  /** Called when the item is chosen; the list stays open. */
  act?: () => void;
}

/** A list that is filled in parts: calls `show` with all items so far, and resolves when it is complete. */
export type GrowingList<T> = (show: (items: readonly Choice<T>[]) => void) => Promise<void>;

/** Options of a list. */
export interface ChoiceQuestion<T> extends Position {
  placeholder: string;
  /** The `picked` one has the focus at first. */
  items: readonly Choice<T>[] | Promise<readonly Choice<T>[]> | GrowingList<T>;
  /** Items for typed text, after those of the list. */
  typed?: (text: string) => Choice<T> | readonly Choice<T>[] | undefined;
  /** How the items of the list are shown while text is typed: VS Code then hides the separators. */
  whileTyping?: (item: Choice<T>) => Choice<T>;
  /** The value whose item has the focus at first; undefined for the one that is `picked`. */
  current?: T;
}

/** Milliseconds between two parts of a growing list. */
const listInterval = 100;

/** Asks for one item of a list. Throws CancellationError if the user cancels. */
export function askChoice<T>(question: ChoiceQuestion<T>): Promise<T> {
  const { draft, whileTyping } = question;
  const pick = vscode.window.createQuickPick<Choice<T>>();
  Object.assign(pick, {
    title: question.title,
    step: question.step,
    totalSteps: question.totalSteps,
    placeholder: question.placeholder,
    value: draft?.text ?? '',
    matchOnDescription: true,
    matchOnDetail: true,
    ignoreFocusOut: true,
    busy: true,
    buttons: backButtons(question),
  });
  let listed: readonly Choice<T>[] = [];
  let wanted = (draft?.chosen as T | undefined) ?? question.current;
  /** The value of the item that has the focus until the user moves it. */
  let automatic: T | undefined;
  const typedItems = (): readonly Choice<T>[] => {
    const items = question.typed?.(pick.value.trim()) ?? [];
    // With an icon alone as its label, VS Code sorts it behind the matches in spite of its text.
    return [items].flat().map((item) => ({ ...item, alwaysShow: true }));
  };
  const showItems = (): void => {
    const focused = pick.activeItems?.[0];
    const wasShown = focused && pick.items.includes(focused);
    const items = pick.value.trim() && whileTyping ? listed.map(whileTyping) : listed;
    // Always other objects than before, see `chosenItem`.
    pick.items = [...items, ...typedItems()].map((item) => ({ ...item }));
    if (pick.value) return;
    if (wasShown && focused?.value !== undefined && focused.value !== automatic) wanted = focused.value;
    const active = pick.items.find(({ value, picked }) => (wanted === undefined ? picked : value === wanted));
    if (active) pick.activeItems = [active];
    automatic = (active ?? pick.items.find(({ value }) => value !== undefined))?.value;
  };
  let pause: NodeJS.Timeout | undefined;
  const showAllItems = (items: readonly Choice<T>[]): void => {
    listed = items;
    if (pause) return;
    showItems();
    // VS Code has to report the focus in one list before it gets the next.
    pause = setTimeout(() => {
      pause = undefined;
      if (listed !== items) showAllItems(listed);
    }, listInterval);
  };
  if (question.typed || whileTyping) pick.onDidChangeValue(showItems);
  showAgain(question);
  return settle(pick, question, (resolve, reject) => {
    fill(question.items, showAllItems).then(() => (pick.busy = false), reject);
    pick.onDidHide(() => clearTimeout(pause));
    pick.onDidAccept(() => {
      // Enter may come while the list is being filled and no item is selected yet.
      const chosen = chosenItem(pick) ?? typedItems()[0];
      if (chosen?.act) return chosen.act();
      if (!chosen || !('value' in chosen)) return;
      const isListed = listed.some(({ value }) => value === chosen.value);
      if (draft) Object.assign(draft, { text: isListed ? undefined : pick.value, chosen: chosen.value });
      resolve(chosen.value as T);
    });
  });
}

async function fill<T>(
  items: ChoiceQuestion<T>['items'],
  show: (items: readonly Choice<T>[]) => void,
): Promise<void> {
  if (typeof items === 'function') await items(show);
  else show(await items);
}

/**
 * The item that the user chose. VS Code identifies it by its index, and the list may change between Enter and
 * its event: until VS Code has reported the focus in the new list, what had the focus in the old one is meant.
 */
function chosenItem<T>(pick: vscode.QuickPick<Choice<T>>): Choice<T> | undefined {
  const focused = pick.activeItems?.[0];
  return focused && !pick.items.includes(focused) ? focused : pick.selectedItems[0];
}

/** Asks for any number of items of a list. Throws CancellationError if the user cancels. */
export function askChoices<T>(
  question: Position & { placeholder: string; items: readonly Choice<T>[] },
): Promise<T[]> {
  const pick = vscode.window.createQuickPick<Choice<T>>();
  const { draft } = question;
  const before = draft?.chosen as readonly unknown[] | undefined;
  const chosen = (): T[] => pick.selectedItems.map(({ value }) => value as T);
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
    selectedItems: question.items.filter(({ value, picked }) => before?.includes(value) ?? picked),
    buttons: backButtons(question),
  });
  showAgain(question);
  return settle(pick, question, (resolve) => {
    pick.onDidChangeSelection(() => {
      if (draft) draft.chosen = chosen();
    });
    pick.onDidAccept(() => resolve(chosen()));
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
  const close = openInputs.open();
  return new Promise<T>((resolve, reject) => {
    let isAnswered = false;
    const leave = (reason: Error): void => {
      if (draft && !isAnswered) draft.text = input.value;
      reject(reason);
    };
    input.onDidHide(() => leave(new vscode.CancellationError()));
    input.onDidTriggerButton((button) => {
      if (button === vscode.QuickInputButtons.Back) leave(new BackError());
    });
    const answer = (value: T): void => {
      isAnswered = true;
      resolve(value);
    };
    listen(answer, reject);
    input.show();
  }).finally(() => {
    close();
    input.dispose();
  });
}

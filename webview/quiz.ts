/** The function `display_quiz`: what is asked, and how answers become its output. */

/** The function that is shown as a quiz. */
export const quizFunction = 'display_quiz';

export interface QuizQuestion {
  /** Markdown. */
  text: string;
  /** Markdown; none: the answer is written. */
  choices: string[];
}

export interface Quiz {
  title: string;
  questions: QuizQuestion[];
}

/** What the user has given for a question so far; either of both stays when the question is skipped. */
export interface Answer {
  text: string;
  /** The place of a choice: two may read the same. */
  choice: number | undefined;
  skipped: boolean;
}

export const noAnswer: Answer = { text: '', choice: undefined, skipped: false };

/** Questions and choices together that are drawn as a form; a quiz of more is shown as its JSON. */
const mostParts = 500;

/** The quiz in a call's arguments; undefined where they are none. */
export function readQuiz(json: string): Quiz | undefined {
  const value = parse(json);
  if (!isObject(value) || !Array.isArray(value['questions'])) return undefined;
  const questions = value['questions'].map(readQuestion);
  if (!questions.every((question) => question !== undefined)) return undefined;
  const parts = questions.reduce((sum, { choices }) => sum + 1 + choices.length, 0);
  return parts > mostParts ? undefined : { title: words(value['title']).trim(), questions };
}

function readQuestion(value: unknown): QuizQuestion | undefined {
  if (!isObject(value)) return undefined;
  const { question_text: text, question_type: type, choices } = value;
  if (typeof text !== 'string' && typeof text !== 'number') return undefined;
  const isFree = type === 'FREE_RESPONSE' || !Array.isArray(choices);
  return { text: String(text), choices: isFree ? [] : choices.map(words) };
}

export function isSettled({ choices }: QuizQuestion, { text, choice, skipped }: Answer): boolean {
  return skipped || (choices.length > 0 ? choice !== undefined : text.trim() !== '');
}

/** The answers in the questions' order, null for one that was skipped. */
export function quizOutput({ questions }: Quiz, answers: readonly Answer[]): string {
  const given = questions.map(({ choices }, index) => {
    const { text, choice, skipped } = answers[index] ?? noAnswer;
    if (skipped) return null;
    return choices.length > 0 ? (choices[choice ?? -1] ?? null) : text.trim();
  });
  return JSON.stringify(given);
}

/** What was answered, by whomever. */
export type QuizResult =
  /** Null: skipped. An answer may be missing at the end. */
  | { kind: 'answers'; answers: (string | null)[] }
  /** The call came to nothing. */
  | { kind: 'error'; message: string }
  /** Something that is no answer to a quiz. */
  | { kind: 'other' };

/** Reads a call's output, which another program may have written. */
export function readResult(output: string): QuizResult {
  const value = parse(output);
  if (Array.isArray(value)) {
    return { kind: 'answers', answers: value.map((answer) => (answer === null ? null : words(answer))) };
  }
  if (isObject(value) && value['error'] !== undefined)
    return { kind: 'error', message: words(value['error']) };
  return { kind: 'other' };
}

/** A value as it is read aloud: a string as it is, all else as JSON. */
export function words(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of a JSON text; undefined where it is none. */
export function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}

/** A quiz's answers: what is filled in, and how it becomes the output of its call. */
import { isObject, parse, words } from '../../../../src/protocol/json';
import type { Quiz, QuizQuestion } from '../../../../src/protocol/quiz';

/** What the user has given for a question so far; either of both stays when the question is skipped. */
export interface Answer {
  text: string;
  /** The place of a choice: two may read the same. */
  choice: number | undefined;
  skipped: boolean;
}

export const noAnswer: Answer = { text: '', choice: undefined, skipped: false };

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

/** A quiz's answers, and how they become the output of its call. */
import type { Quiz, QuizQuestion } from '../../../../src/protocol/quiz';

/** The user's input for a question; `text` and `choice` are kept when the question is skipped. */
export interface Answer {
  text: string;
  /** The index of the choice: two choices may have the same text. */
  choice: number | undefined;
  skipped: boolean;
}

export const noAnswer: Answer = { text: '', choice: undefined, skipped: false };

export function isSettled({ choices }: QuizQuestion, { text, choice, skipped }: Answer): boolean {
  return skipped || (choices.length > 0 ? choice !== undefined : text.trim() !== '');
}

/** A JSON array of the answers in the questions' order; null if skipped. */
export function quizOutput({ questions }: Quiz, answers: readonly Answer[]): string {
  const given = questions.map(({ choices }, index) => {
    const { text, choice, skipped } = answers[index] ?? noAnswer;
    if (skipped) return null;
    return choices.length > 0 ? (choices[choice ?? -1] ?? null) : text.trim();
  });
  return JSON.stringify(given);
}

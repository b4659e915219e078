/** A question as far as it has to be there; the rest may be left out or odd. */
export interface QuizQuestion {
  question_text: string;
  choices: string[];
}

/** The questions of a quiz that a model asked for; undefined where there are none to be shown. */
export function readQuiz(args: unknown): QuizQuestion[] | undefined {
  const questions = (args as { questions?: unknown } | null)?.questions;
  if (!Array.isArray(questions)) return undefined;
  const read = questions.map(readQuestion);
  return read.every((question) => question !== undefined) ? read : undefined;
}

function readQuestion(value: unknown): QuizQuestion | undefined {
  const { question_text, question_type, choices } = (value ?? {}) as Record<string, unknown>;
  if (typeof question_text !== 'string' && typeof question_text !== 'number') return undefined;
  const isFree = question_type === 'FREE_RESPONSE' || !Array.isArray(choices);
  return { question_text: String(question_text), choices: isFree ? [] : choices.map(String) };
}

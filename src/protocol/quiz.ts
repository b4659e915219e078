/** Parses the quiz of a function call; shared, so that host and panel agree on what is a quiz. */
import { isObject, parse, words } from './json';

/** Calls of this function are shown as a quiz. */
export const quizName = 'display_quiz';

export interface QuizQuestion {
  /** Markdown. */
  text: string;
  /** Markdown; empty for a free response. */
  choices: string[];
}

export interface Quiz {
  title: string;
  questions: QuizQuestion[];
}

/** Maximum number of questions and choices together; a larger quiz is shown as JSON. */
const maxParts = 500;

/** The quiz in a call's arguments; undefined if they are not a quiz, or one that is too large. */
export function readQuiz(args: unknown): Quiz | undefined {
  if (!isObject(args) || !Array.isArray(args['questions'])) return undefined;
  const questions = args['questions'].map(readQuestion);
  if (!questions.every((question) => question !== undefined)) return undefined;
  const parts = questions.reduce((sum, { choices }) => sum + 1 + choices.length, 0);
  return parts > maxParts ? undefined : { title: words(args['title']).trim(), questions };
}

function readQuestion(value: unknown): QuizQuestion | undefined {
  if (!isObject(value)) return undefined;
  const { question_text: text, question_type: type, choices } = value;
  if (typeof text !== 'string' && typeof text !== 'number') return undefined;
  const isFree = type === 'FREE_RESPONSE' || !Array.isArray(choices);
  return { text: String(text), choices: isFree ? [] : choices.map(words) };
}

/** A parsed output of a quiz call. */
export type QuizResult =
  /** Null if skipped; may be shorter than the list of questions. */
  | { kind: 'answers'; answers: (string | null)[] }
  /** The call failed. */
  | { kind: 'error'; message: string }
  /** Any other output. */
  | { kind: 'other' };

/** Parses a call's output, which any program may have written. */
export function readQuizResult(output: string): QuizResult {
  const value = parse(output);
  if (Array.isArray(value)) {
    return { kind: 'answers', answers: value.map((answer) => (answer === null ? null : words(answer))) };
  }
  if (isObject(value) && value['error'] !== undefined)
    return { kind: 'error', message: words(value['error']) };
  return { kind: 'other' };
}

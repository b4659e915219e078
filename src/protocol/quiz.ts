/** The quiz that a model asks for: one reading of it, so that host and panel agree on what is one. */
import { isObject, words } from './json';

/** The function that is shown as a quiz. */
export const quizName = 'display_quiz';

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

/** Questions and choices together that are drawn as a form; a quiz of more is shown as its JSON. */
const maxParts = 500;

/** The quiz in a call's arguments; undefined where they are none, or none that can be shown. */
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

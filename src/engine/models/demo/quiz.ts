import type { Language } from './lesson';

/** The name of the tutorial's function that shows a quiz. */
export const quizTool = 'display_quiz';

interface Question {
  question_text: string;
  question_type: 'FREE_RESPONSE' | 'MULTIPLE_CHOICE';
  choices?: string[];
}

interface Quiz {
  title: string;
  questions: Question[];
}

/** Null or empty if the question was skipped. */
type Answer = string | null;

/** Fields of an output object that may contain the answers. */
const answerFields = ['answers', 'responses'];

interface KnownQuestion extends Question {
  /** The correct choice, or a good free answer. */
  key: string;
}

const quizzes: Record<Language, { title: string; questions: KnownQuestion[] }> = {
  en: {
    title: 'Linear equations',
    questions: [
      {
        question_text: 'What does it mean to solve an equation?',
        question_type: 'FREE_RESPONSE',
        key: 'to find every number that makes both sides equal',
      },
      {
        question_text: 'Which number solves 2x + 3 = 11?',
        question_type: 'MULTIPLE_CHOICE',
        choices: ['2', '3', '4', '7'],
        key: '4',
      },
    ],
  },
  zh: {
    title: '一次方程',
    questions: [
      {
        question_text: '解一个方程是什么意思？',
        question_type: 'FREE_RESPONSE',
        key: '找出使等号两边相等的所有数',
      },
      {
        question_text: '哪个数是 2x + 3 = 11 的解？',
        question_type: 'MULTIPLE_CHOICE',
        choices: ['2', '3', '4', '7'],
        key: '4',
      },
    ],
  },
};

export function asksForQuiz(text: string): boolean {
  return /\bquiz+(es)?\b|测验|测试题|小测|出题/i.test(text);
}

/** The quiz as arguments of the function, without the answer keys. */
export function quizFor(language: Language): Quiz {
  const { title, questions } = quizzes[language];
  return { title, questions: questions.map(({ key: _key, ...question }) => question) };
}

/** Feedback on the answers, one line per question. `quiz` and `output` are JSON that may be invalid. */
export function feedbackFor(quiz: string, output: string, language: Language): string {
  const error = readError(output);
  if (error !== undefined) return unansweredText(error, language);
  const questions = readQuestions(quiz);
  const answers = readAnswers(output, questions);
  const lines = questions.map(
    (question, index) => `${index + 1}. ${feedback(question, answers[index], language)}`,
  );
  const thanks = language === 'zh' ? '谢谢你的回答！' : 'Thank you for your answers!';
  return [thanks, ...lines].join('\n');
}

/** The reply to an error in place of answers. */
function unansweredText(error: string, language: Language): string {
  return language === 'zh' ? `测验没有作答：“${error}”` : `The quiz was not answered: “${error}”`;
}

function feedback(question: string, answer: Answer | undefined, language: Language): string {
  const zh = language === 'zh';
  const about = `**${question}** –`;
  if (answer === undefined) return zh ? `${about} 没有回答。` : `${about} you gave no answer.`;
  if (!answer?.trim()) return zh ? `${about} 你跳过了这道题。` : `${about} you skipped it.`;
  const entry = Object.values(quizzes)
    .flatMap(({ questions }) => questions)
    .find(({ question_text }) => question_text === question);
  if (!entry) {
    return zh
      ? `${about} 你的回答：“${answer}”。演示模型没有这道题的答案。`
      : `${about} you answered “${answer}”; the demo model has no key to this question.`;
  }
  if (entry.question_type === 'FREE_RESPONSE') {
    return zh
      ? `${about} 你写道：“${answer}”。演示模型不能评判自由回答；好的回答会说：${entry.key}。`
      : `${about} you wrote “${answer}”. The demo model cannot judge free answers; a good one says: ${entry.key}.`;
  }
  if (answer.trim() === entry.key)
    return zh ? `${about} “${answer}” 正确！` : `${about} “${answer}” is right!`;
  return zh
    ? `${about} “${answer}” 错误，正确答案是 “${entry.key}”。`
    : `${about} “${answer}” is wrong; the right answer is “${entry.key}”.`;
}

function readQuestions(quiz: string): string[] {
  const questions = fieldOf(parse(quiz), ['questions']);
  if (!Array.isArray(questions)) return [];
  return questions.map((question: unknown) => textOf(fieldOf(question, ['question_text'])));
}

/** The error message in an output that has no answers. */
function readError(output: string): string | undefined {
  const value = parse(output);
  const error = fieldOf(value, ['error']) ?? undefined;
  if (error === undefined || fieldOf(value, answerFields) !== undefined) return undefined;
  return textOf(fieldOf(error, ['message']) ?? error);
}

/**
 * Reads the known forms of outputs: a list of answers in order, as in the tutorial; a list of objects; an
 * object keyed by question; a single answer.
 */
function readAnswers(output: string, questions: string[]): (Answer | undefined)[] {
  const value = parse(output) ?? output;
  const list = Array.isArray(value) ? (value as unknown[]) : fieldOf(value, answerFields);
  if (Array.isArray(list)) {
    return list.map((answer: unknown) => {
      const inner = fieldOf(answer, ['answer', 'response', 'value']);
      return answerOf(inner === undefined ? answer : inner);
    });
  }
  if (typeof value === 'object' && value !== null) {
    return questions.map((question) => answerOf(fieldOf(value, [question])));
  }
  return [answerOf(value)];
}

function answerOf(value: unknown): Answer | undefined {
  return value === undefined || value === null ? value : textOf(value);
}

function fieldOf(value: unknown, names: string[]): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const name = names.find((candidate) => Object.hasOwn(value, candidate));
  return name === undefined ? undefined : (value as Record<string, unknown>)[name];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

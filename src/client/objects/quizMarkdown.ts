/** A quiz as Markdown. */
import * as vscode from 'vscode';
import { prettyJson } from '../../protocol/json';
import { readQuizResult, type Quiz, type QuizQuestion } from '../../protocol/quiz';
import { bold, fenced, indented, line } from './markdown';

/** A quiz with the answers that were given; `output`: that of its call. */
export function quizParts(quiz: Quiz, output: string | undefined): string[] {
  const result = output === undefined ? undefined : readQuizResult(output);
  const answers = result?.kind === 'answers' ? result.answers : undefined;
  const note =
    result === undefined
      ? `*${vscode.l10n.t('Not answered')}*`
      : result.kind === 'answers'
        ? ''
        : fenced(prettyJson(output ?? ''), 'text');
  return [
    bold(quiz.title === '' ? vscode.l10n.t('Quiz') : vscode.l10n.t('Quiz: {0}', line(quiz.title))),
    ...quiz.questions.map((question, index) =>
      questionText(question, index + 1, answers && (answers[index] ?? null)),
    ),
    note,
  ];
}

function questionText(
  { text, choices }: QuizQuestion,
  number: number,
  answer: string | null | undefined,
): string {
  const isFree = choices.length === 0 || (answer != null && !choices.includes(answer));
  const lines = [
    `${number}. ${indented(text)}`,
    ...choices.map((choice) => `   - [${choice === answer ? 'x' : ' '}] ${indented(choice, '     ')}`),
  ];
  if (answer === null) lines.push('', `   *${vscode.l10n.t('Skipped')}*`);
  else if (answer !== undefined && isFree) {
    lines.push('', `   ${vscode.l10n.t('Answer:')} ${indented(answer)}`);
  }
  return lines.join('\n');
}

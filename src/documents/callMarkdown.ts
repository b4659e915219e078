/** Tool calls of a conversation as Markdown. */
import type { ToolCall } from 'openai/resources/beta/threads/runs/steps';
import * as vscode from 'vscode';
import { parse } from '../protocol/json';
import { quizName, readQuiz, readQuizResult, type Quiz, type QuizQuestion } from '../protocol/quiz';
import { imagesOf, prettyJson } from './stepText';

/** A tool call as Markdown, and the ids of the pictures that it made. */
export interface CallMarkdown {
  text: string;
  pictures: string[];
}

/** A call with its input and output; calls are made by servers, and may lack what their type says. */
export function callMarkdown(call: ToolCall): CallMarkdown {
  try {
    return { text: partsOf(call).filter(Boolean).join('\n\n'), pictures: imagesOf(call) };
  } catch {
    return { text: `*${vscode.l10n.t('This tool call cannot be shown.')}*`, pictures: [] };
  }
}

function partsOf(call: ToolCall): string[] {
  switch (call.type) {
    case 'code_interpreter': {
      const { input, outputs } = call.code_interpreter;
      const logs = outputs.map((output) => (output.type === 'logs' ? output.logs : '')).join('');
      return [
        bold(vscode.l10n.t('Ran Python')),
        fenced(input, 'python'),
        ...(logs.trim() === '' ? [] : [`${vscode.l10n.t('Output')}:`, fenced(logs, 'text')]),
      ];
    }
    case 'file_search': {
      const results = call.file_search.results ?? [];
      const found = results.map(({ file_name, score }) => `- ${line(file_name)} (${score.toFixed(2)})`);
      return [bold(vscode.l10n.t('Searched the files')), found.join('\n')];
    }
    case 'function':
      return functionParts(call.function);
    default:
      return [bold(line((call as { type: string }).type))];
  }
}

function functionParts({ name, arguments: args, output }: FunctionCall): string[] {
  const quiz = name === quizName ? readQuiz(parse(args)) : undefined;
  if (quiz) return quizParts(quiz, output ?? undefined);
  return [
    bold(vscode.l10n.t('Called {0}', line(name))),
    fenced(prettyJson(args), 'json'),
    ...(output ? [`${vscode.l10n.t('Output')}:`, fenced(prettyJson(output), 'text')] : []),
  ];
}

interface FunctionCall {
  name: string;
  arguments: string;
  output: string | null;
}

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
    bold(vscode.l10n.t('Quiz: {0}', line(quiz.title))),
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

/** Text in a list item: its further lines belong to the item. */
function indented(text: string, indentation = '   '): string {
  return text.trim().replace(/\r?\n/g, `\n${indentation}`);
}

function fenced(code: string, language: string): string {
  const runs = code.match(/`{3,}/g) ?? [];
  const fence = '`'.repeat(Math.max(3, ...runs.map(({ length }) => length + 1)));
  return `${fence}${language}\n${code.replace(/\n$/, '')}\n${fence}`;
}

function bold(text: string): string {
  return `**${text}**`;
}

/** A name within a line. */
function line(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_[\]]/g, '\\$&');
}

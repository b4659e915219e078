/** Tool calls of a conversation as Markdown. */
import type { ToolCall } from 'openai/resources/beta/threads/runs/steps';
import * as vscode from 'vscode';
import { bold, fenced, line } from '../../client/objects/markdown';
import { quizParts } from '../../client/objects/quizMarkdown';
import { parse, prettyJson } from '../../protocol/json';
import { quizName, readQuiz } from '../../protocol/quiz';
import { imagesOf } from './stepText';

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

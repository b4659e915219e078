import type { RunStep, ToolCall } from 'openai/resources/beta/threads/runs/steps';
import * as vscode from 'vscode';
import { prettyJson } from '../../protocol/json';

/** Maximum number of characters of a thread's title in a document's name. */
const maxSubjectLength = 32;

/** The tool calls of a step. */
export function callsOf({ step_details: details }: RunStep): ToolCall[] {
  // What a server sends has not always the shape that its type says.
  const calls: unknown = details?.type === 'tool_calls' ? details.tool_calls : [];
  return Array.isArray(calls) ? (calls as ToolCall[]) : [];
}

/** The input of a tool call as text. */
export function inputText(call: ToolCall): string {
  switch (call.type) {
    case 'code_interpreter':
      return call.code_interpreter.input;
    case 'function':
      return prettyJson(call.function.arguments);
    case 'file_search':
      return '';
  }
}

/** The output of a tool call as text; images are shown by their file ids. */
export function outputText(call: ToolCall): string {
  switch (call.type) {
    case 'code_interpreter':
      return call.code_interpreter.outputs
        .map((output) =>
          output.type === 'logs' ? output.logs : `[${vscode.l10n.t('Image {0}', output.image.file_id)}]\n`,
        )
        .join('');
    case 'function':
      return prettyJson(call.function.output ?? '');
    case 'file_search':
      return (call.file_search.results ?? [])
        .map(({ file_name, score, content }) =>
          [`${file_name} (${score})`, ...(content ?? []).map(({ text }) => text ?? '')].join('\n\n'),
        )
        .join('\n\n');
    default:
      // A tool that this version does not know.
      return '';
  }
}

/** The file ids of the images that a code interpreter call output. */
export function imagesOf(call: ToolCall): string[] {
  if (call.type !== 'code_interpreter') return [];
  return call.code_interpreter.outputs.flatMap((output) =>
    output.type === 'image' ? [output.image.file_id] : [],
  );
}

/** The names of a call's documents, from its thread's title and its number among the calls of the run. */
export function documentNames(
  title: string,
  call: ToolCall,
  number: number,
): { stepInput: string; stepOutput: string } {
  const name = `${subject(title)}-step-${number}`;
  const input = { code_interpreter: 'py', function: 'json', file_search: 'txt' }[call.type] ?? 'txt';
  return { stepInput: `${name}.${input}`, stepOutput: `${name}-output.txt` };
}

/** The first words of a title as part of a file name: `generate-the-first-20`. */
export function subject(title: string): string {
  const words = title.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  let name = '';
  for (const word of words) {
    const longer = name ? `${name}-${word}` : word;
    if (longer.length > maxSubjectLength) break;
    name = longer;
  }
  return name || (words[0] ? Array.from(words[0]).slice(0, maxSubjectLength).join('') : 'run');
}

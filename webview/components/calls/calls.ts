/** A tool call's state, title and times, apart from how it is rendered. */
import type {
  CodeInterpreterToolCall,
  FileSearchToolCall,
  RunStep,
  ToolCall,
} from 'openai/resources/beta/threads/runs/steps';
import type { ChatStrings } from '../../../src/protocol/strings';
import { visible } from '../../hiddenCharacters';
import { fill } from '../../context';

export type CallState = 'running' | 'done' | 'error' | 'stopped';

/** A call's state, from its step and its output. */
export function callState(step: RunStep, call: ToolCall): CallState {
  if (call.type === 'code_interpreter' && hasError(call)) return 'error';
  switch (step.status) {
    case 'in_progress':
      return isOver(step, call) ? 'done' : 'running';
    case 'completed':
      return 'done';
    case 'failed':
      return 'error';
    default:
      return 'stopped';
  }
}

/** Whether a call of an active step has ended: the calls of a step run one after the other. */
function isOver({ step_details }: RunStep, call: ToolCall): boolean {
  if (call.type === 'function') return hasOutput(call);
  const calls = step_details.type === 'tool_calls' ? step_details.tool_calls : [];
  return calls.slice(calls.indexOf(call) + 1).some(hasOutput);
}

/** A call's title, depending on its state: “Running Python…”, “Ran Python”. */
export function callTitle(call: ToolCall, state: CallState, strings: ChatStrings): string {
  const words = {
    code_interpreter: {
      running: strings.codeRunning,
      done: strings.codeDone,
      error: strings.codeError,
      stopped: strings.codeStopped,
    },
    file_search: {
      running: strings.searchRunning,
      done: strings.searchDone,
      error: strings.searchError,
      stopped: strings.searchStopped,
    },
    function: {
      running: strings.functionRunning,
      done: strings.functionDone,
      error: strings.functionError,
      stopped: strings.functionStopped,
    },
  }[call.type] as Record<CallState, string> | undefined;
  // A tool that this version does not know.
  if (!words) return visible(call.type);
  const files = call.type === 'file_search' && state === 'done' ? foundFiles(call) : 0;
  if (files > 0) return files === 1 ? strings.searchedFile : fill(strings.searchedFiles, String(files));
  return fill(words[state], call.type === 'function' ? visible(call.function.name) : '');
}

/** How many files the passages are from that a search found. */
function foundFiles({ file_search: { results } }: FileSearchToolCall): number {
  return Array.isArray(results) ? new Set(results.map(({ file_id }) => file_id)).size : 0;
}

/** What a finished call did, in few words each: how many files it made, or passages it found. */
export function callSummary(
  call: ToolCall,
  strings: ChatStrings,
  number: (value: number) => string,
): string[] {
  const counted = (count: number, one: string, several: string) =>
    count === 0 ? [] : [count === 1 ? one : fill(several, number(count))];
  switch (call.type) {
    case 'code_interpreter': {
      const images = call.code_interpreter.outputs.filter((output) => output.type === 'image');
      const files = new Set(images.map((output) => output.image.file_id));
      return counted(files.size, strings.oneFile, strings.severalFiles);
    }
    case 'file_search': {
      const { results } = call.file_search;
      if (!Array.isArray(results)) return [];
      return counted(results.length, strings.onePassage, strings.severalPassages);
    }
    default:
      return [];
  }
}

/** Whether the call has any output so far. */
export function hasOutput(call: ToolCall): boolean {
  switch (call.type) {
    case 'code_interpreter':
      return call.code_interpreter.outputs.length > 0;
    case 'function':
      return call.function.output !== null;
    case 'file_search':
      return false;
  }
}

/** When a step ended, in milliseconds since the epoch. */
export function stepEndedAt(step: RunStep): number | undefined {
  const seconds = step.completed_at ?? step.failed_at ?? step.cancelled_at ?? step.expired_at;
  return Number.isFinite(seconds) ? seconds! * 1000 : undefined;
}

/** Only this many characters at the end of a call's logs are examined. */
const tailLength = 20_000;

/** The engine's notes, in the logs, on code that it had to stop. */
const stoppedByEngine =
  /^\[(?:The code was stopped|The code interpreter failed|The Python interpreter crashed)/;

/**
 * Whether Python ended with an error. The API has no field for that, but the logs then end with a
 * traceback: indented lines, then a line with the exception's name.
 */
function hasError({ code_interpreter: { outputs } }: CodeInterpreterToolCall): boolean {
  const logs = outputs.map((output) => (output.type === 'logs' ? output.logs : '')).join('');
  const lines = logs.slice(-tailLength).trimEnd().split('\n');
  const isNote = (line: string | undefined) => line !== undefined && /^\[.*\]$/.test(line);
  for (; isNote(lines.at(-1)); lines.pop()) if (stoppedByEngine.test(lines.at(-1) ?? '')) return true;
  const error = lines.pop() ?? '';
  if (error.startsWith('SystemExit: ')) return true;
  const trace = lines.slice(lines.findLastIndex((line) => !line.startsWith(' ')) + 1);
  return /^[A-Za-z_][\w.]*(?::|$)/.test(error) && trace.some((line) => line.startsWith('  File "'));
}

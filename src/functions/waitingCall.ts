import type { FunctionDefinition } from 'openai/resources/shared';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type * as Checking from './argumentCheck';
import { awaitedCalls } from '../client/runs/runStatus';
import type { CallHandler } from '../protocol/functionCalls';
import { quizName, readQuiz } from '../protocol/quiz';
import type { ToolHandler, FunctionCall, ToolBinding } from './toolHandler';

/** A call that waits for its output, and what can answer it. */
export interface WaitingCall extends FunctionCall {
  id: string;
  /** The function's definition in the run's tools. */
  definition: FunctionDefinition | undefined;
  /** The parsed arguments; undefined if they are not valid JSON. */
  value: unknown;
  /** Why the arguments are invalid, in words for the user. */
  argumentsError: string | undefined;
  /** How the chat presents what answers it. */
  handler: CallHandler;
  /** Answers it in the user's place; undefined if only the user can. */
  binding: ToolBinding | undefined;
}

/** The calls that a run waits for, in the model's order. */
export function waitingCalls(run: Run, handlers: readonly ToolHandler[]): WaitingCall[] {
  return awaitedCalls(run).map(({ id, function: { name, arguments: json } }) => {
    const definition = definitionOf(run, name);
    // Loaded lazily: its JSON Schema validator is large.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { checkArguments } = require('./argumentCheck') as typeof Checking;
    const { value, error: argumentsError } = checkArguments(json, definition?.parameters);
    const call = { id, name, arguments: json, definition, value, binding: undefined };
    // The quiz form is more lenient than the schema: a question may lack its type.
    if (name === quizName && readQuiz(value)) {
      return { ...call, argumentsError: undefined, handler: { kind: 'quiz' } };
    }
    const binding = firstBinding(handlers, call, run);
    return { ...call, argumentsError, binding, handler: binding?.describe ?? { kind: 'user' } };
  });
}

function firstBinding(
  handlers: readonly ToolHandler[],
  call: FunctionCall,
  run: Run,
): ToolBinding | undefined {
  for (const handler of handlers) {
    const binding = handler.find(call, run);
    if (binding) return binding;
  }
  return undefined;
}

function definitionOf(run: Run, name: string): FunctionDefinition | undefined {
  for (const tool of run.tools) {
    if (tool.type === 'function' && tool.function.name === name) return tool.function;
  }
  return undefined;
}

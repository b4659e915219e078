import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { CancellationToken } from 'vscode';
import type { CallHandler } from '../protocol/functionCalls';

/** The part of a function call that handlers decide by. */
export interface FunctionCall {
  name: string;
  /** JSON as the model wrote it; may be invalid. */
  arguments: string;
}

/** A tool or program, bound to one call that it can answer. */
export interface ToolBinding {
  /** How the chat presents it. */
  describe: CallHandler;
  /** Runs with the parsed arguments and returns the output; throws a `UserError` if it fails. */
  run(args: unknown, token: CancellationToken): Promise<string>;
  /** Lets the run's assistant use it without asking from now on. */
  alwaysAllow?(): Promise<void>;
  isAlwaysAllowed?(): boolean;
}

/** Answers function calls in the user's place, for one kind of tool. */
export interface ToolHandler {
  /** The binding for a call of a run; undefined if this handler has no such tool. */
  find(call: FunctionCall, run: Run): ToolBinding | undefined;
}

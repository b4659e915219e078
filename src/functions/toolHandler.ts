import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { CancellationToken } from 'vscode';
import type { CallHandler } from '../protocol/functionCalls';

/** A function call, as far as it decides who answers it. */
export interface FunctionCall {
  name: string;
  /** JSON as the model wrote it, which may not parse. */
  arguments: string;
}

/** Somebody other than the user who can answer a call. */
export interface ToolBinding {
  /** How the chat presents it. */
  describe: CallHandler;
  /**
   * Answers the call with the parsed arguments. A `UserError` says, in words for the user, why that
   * came to nothing.
   */
  run(args: unknown, token: CancellationToken): Promise<string>;
  /** Lets it run from now on, for the run's assistant, without a question. */
  alwaysAllow?(): Promise<void>;
  isAlwaysAllowed?(): boolean;
}

/** A kind of function that is answered without the user's typing. */
export interface ToolHandler {
  /** What there is for a call of a run; nothing where it is not this answerer's. */
  find(call: FunctionCall, run: Run): ToolBinding | undefined;
}

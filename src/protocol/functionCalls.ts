/** Function calls that are waiting for their outputs, as the chat shows them. */

/** Who answers a call. */
export type CallHandler =
  /** The user, in the form of a quiz. */
  | { kind: 'quiz' }
  /** The user, in a form generated from the function's schema. */
  | { kind: 'user' }
  /** A tool of VS Code, after the user has confirmed. */
  | { kind: 'editorTool'; label: string; canAlwaysAllow: boolean }
  /** A program of the workspace, after the user has confirmed: its file and the command line to run. */
  | { kind: 'workspaceFunction'; file: string; command: string }
  /** A program or a tool that is not allowed to run here, and why. The user can still answer. */
  | { kind: 'refused'; reason: string };

/** A function call that is waiting for its output. */
export interface PendingCall {
  callId: string;
  name: string;
  /** JSON as the model wrote it; may be invalid. */
  arguments: string;
  /** Description and JSON Schema of the function, as given to the run. */
  description?: string;
  parameters?: Record<string, unknown>;
  /** Why the arguments are invalid: not JSON, or not valid against the schema. */
  argumentsError?: string;
  handler: CallHandler;
  /** `running`: a tool or a program is answering it. `answered`: other calls of the run are still open. */
  state: 'waiting' | 'running' | 'answered' | 'sending';
  /** Set if `answered` or `sending`. */
  output?: string;
  /** Why the tool or program failed; the user can run it again or answer. */
  error?: string;
  /** What the user has filled in so far, in the format of the panel's form. */
  draft?: string;
}

/** The open calls of a run, in the model's order. */
export interface PendingCalls {
  threadId: string;
  runId: string;
  calls: PendingCall[];
}

/** The output that reports to the model that a call failed. */
export function errorOutput(message: string): string {
  return JSON.stringify({ error: message });
}

/** The function calls that wait for outputs, as the chat shows them. */

/** Who answers a call. */
export type CallHandler =
  /** The user, in the form of a quiz. */
  | { kind: 'quiz' }
  /** The user, in a form made from the function's schema. */
  | { kind: 'user' }
  /** A tool of VS Code, once the user agrees. */
  | { kind: 'editorTool'; label: string; canAlwaysAllow: boolean }
  /** A program of the workspace, once the user agrees: its file and the command line that will run. */
  | { kind: 'workspaceFunction'; file: string; command: string }
  /** A program or a tool that must not run here, and why. The user may still answer. */
  | { kind: 'refused'; reason: string };

/** A function call of a run that waits for its outputs. */
export interface PendingCall {
  callId: string;
  name: string;
  /** JSON as the model wrote it, which may not parse. */
  arguments: string;
  /** The function's own description and JSON Schema, as the run was given them. */
  description?: string;
  parameters?: Record<string, unknown>;
  /** What is wrong with the arguments: no JSON, or not what the schema asks for. */
  problem?: string;
  handler: CallHandler;
  /** `running`: VS Code or a program works on it. `answered`: the other calls of the run are waited for. */
  state: 'waiting' | 'running' | 'answered' | 'sending';
  /** The output given; with `answered` and `sending`. */
  output?: string;
  /** Why running it came to nothing: the user may try again or answer otherwise. */
  fault?: string;
  /** What the user has filled in so far: whatever the form last gave to be kept. */
  draft?: string;
}

/** The calls of the run shown that wait for outputs, in the model's order. */
export interface PendingCalls {
  threadId: string;
  runId: string;
  calls: PendingCall[];
}

/** The text that tells the model that a call came to nothing. */
export function errorOutput(message: string): string {
  return JSON.stringify({ error: message });
}

import type { CodeOutput } from './outputs';
import type { DataFile } from './threadFolder';

export interface CodeLimits {
  /** For one call, waiting for packages not counted. */
  timeMs: number;
  /** For Python itself; its process may take some more. */
  memoryMb: number;
  /** For what one call prints. */
  outputBytes: number;
  /** For all of a thread's `/mnt/data`. */
  diskBytes: number;
}

/** A file of the host, and what it is called in `/mnt/data`. */
export interface CodeInput {
  name: string;
  path: string;
}

export interface RunOptions {
  /**
   * Files that Python finds in `/mnt/data`. One that came in before under the same name and from the
   * same path is left as Python left it.
   */
  inputs: readonly CodeInput[];
  /** Ends the call at once, its interpreter with it. */
  signal: AbortSignal;
  /** Called with each output as it comes; logs in pieces. */
  onOutput?: (output: CodeOutput) => void;
}

export interface CodeResult {
  outputs: CodeOutput[];
  /** What is new or changed in `/mnt/data`. */
  files: DataFile[];
  /** Whether the code ended without an error. */
  ok: boolean;
}

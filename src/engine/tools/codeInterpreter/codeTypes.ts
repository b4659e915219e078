import type { CodeOutput } from './outputs';
import type { DataFile } from './threadFolder';

export interface CodeLimits {
  /** Time limit of one call in milliseconds, without the time it waits for packages. */
  timeMs: number;
  /** Maximum total time that one call may wait for packages, not part of `timeMs`. */
  packagesMs: number;
  /** Memory of Python itself in megabytes; its process may take more. */
  memoryMb: number;
  /** Maximum output of one call. */
  outputBytes: number;
  /** Maximum size of a thread's `/mnt/data`. */
  diskBytes: number;
}

/** A file of the host and its name in `/mnt/data`. */
export interface CodeInput {
  name: string;
  path: string;
  /** Throws if the file is not as it should be: it is then not copied. */
  check?: () => void;
}

export interface RunOptions {
  /**
   * Files to copy into `/mnt/data`, each once and again when it changes: Python's changes to it stay. Names that are
   * not valid there, or taken, are replaced, which the outputs say.
   */
  inputs: readonly CodeInput[];
  /** What the call is a part of: a figure is shown once in it. Default: calls without a turn have one together. */
  turn?: string;
  /** Aborting ends the call and its interpreter immediately. */
  signal: AbortSignal;
  /** Called with each output as it arrives; logs come in pieces. */
  onOutput?: (output: CodeOutput) => void;
}

export interface CodeResult {
  outputs: CodeOutput[];
  /** New and changed files in `/mnt/data`. */
  files: DataFile[];
  /** Whether the code ended without an error. */
  ok: boolean;
}

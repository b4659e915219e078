import type { ModelConnection } from './models/types';

export interface EngineOptions {
  /** Folder of the database and the files; made if missing. Several processes may share it. */
  dataDir: string;
  /** The connections as they are now; asked anew at every use. The first one owns bare model ids. */
  models: () => readonly ModelConnection[];
  /** Seconds a run may take before it expires, waiting for function outputs included. Default 24 hours. */
  runExpirySeconds?: number;
  /** Where faults that no caller sees are reported. */
  log?: (message: string) => void;
}

/** The Assistants service: the `fetch` of an `openai` client, with no server behind it. */
export interface Engine {
  fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /**
   * Stops the work of this process. Runs under way are handed over: the next engine on the same
   * folder takes them up again.
   */
  close(): Promise<void>;
}

export function createEngine(_options: EngineOptions): Engine {
  throw new Error('not built yet');
}

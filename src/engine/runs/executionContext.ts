import type { HostedRun } from '../hosted/hostedRun';
import type { HostedTools } from '../hosted/hostedTools';
import type { ModelConnection } from '../models/modelProvider';
import type { Store } from '../store/store';
import type { EngineTools } from '../tools/engineTool';
import type { RunEvents } from './events';
import type { ThreadHistories } from './prompt/threadHistory';
import type { RunStore } from './runStore';

/** Why an executing run is stopped from outside. */
export type StopReason = 'cancelled' | 'expired' | 'closed';

/** What the execution of runs needs. */
export interface ExecutionContext {
  store: Store;
  events: RunEvents;
  runStore: RunStore;
  models: () => readonly ModelConnection[];
  tools: EngineTools;
  histories: ThreadHistories;
  /** Undefined if no tools are left to providers. */
  hosted?: HostedTools;
  /** How many of the newest requests to models are kept; re-read for each. */
  keptRequests: () => number;
  log: (message: string) => void;
}

/** What the execution of one run needs. */
export interface RunContext extends ExecutionContext {
  /** Undefined if the model's provider answers none of the run's tools. */
  hostedRun?: HostedRun;
}

/** Controls an executing run. */
export interface RunControl {
  /** Stops it; the reason is a StopReason. */
  signal: AbortSignal;
  /** Stores what the model has written so far. */
  checkpoint: () => void;
}

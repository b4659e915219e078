import type { Memento } from 'vscode';

/** Maximum number of runs; those written longest ago are evicted. */
const maxRuns = 50;

/**
 * Maximum number of characters of a draft in VS Code's state; a longer one is not saved, the last
 * shorter one is kept.
 */
const maxDraftLength = 100_000;

const prefix = 'functionCalls.';

/** The stored state of a call that was not submitted yet. */
export interface KeptCall {
  output?: string;
  draft?: string;
  /** Whether a tool or program was started for it and has not returned an output. */
  begun?: boolean;
}

interface KeptRun {
  /** Milliseconds since the epoch. */
  at: number;
  calls: Record<string, KeptCall>;
}

/** Stores the answers and drafts of waiting calls, one state entry per run, so that they survive a reload. */
export class KeptAnswers {
  constructor(private readonly state: Memento) {}

  get(runId: string, callId: string): KeptCall {
    const calls = this.read(runId)?.calls ?? {};
    return (Object.hasOwn(calls, callId) ? calls[callId] : undefined) ?? {};
  }

  /** Updates the stored state of a call; a field set to undefined is removed. */
  async set(runId: string, callId: string, change: KeptCall): Promise<void> {
    const before = this.get(runId, callId);
    const isTooLong = (change.draft?.length ?? 0) > maxDraftLength;
    const call = { ...before, ...change, ...(isTooLong && { draft: before.draft }) };
    const calls = { ...this.read(runId)?.calls, [callId]: call };
    await this.state.update(prefix + runId, { at: Date.now(), calls } satisfies KeptRun);
    await this.evictOldest();
  }

  /** Removes a run that no longer waits. */
  async remove(runId: string): Promise<void> {
    if (this.read(runId)) await this.state.update(prefix + runId, undefined);
  }

  private async evictOldest(): Promise<void> {
    const kept = this.state.keys().filter((key) => key.startsWith(prefix));
    if (kept.length <= maxRuns) return;
    const at = (key: string): number => this.state.get<KeptRun>(key)?.at ?? 0;
    const oldest = kept.sort((one, other) => at(one) - at(other)).slice(0, kept.length - maxRuns);
    await Promise.all(oldest.map((key) => this.state.update(key, undefined)));
  }

  private read(runId: string): KeptRun | undefined {
    return this.state.get<KeptRun>(prefix + runId);
  }
}

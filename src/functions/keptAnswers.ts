import type { Memento } from 'vscode';

/** Runs remembered; the ones written to longest ago go first. */
const maxRuns = 50;

/** Characters of a draft that has a place in VS Code's state; of a longer one, what fitted last. */
const maxDraftLength = 100_000;

const prefix = 'functionCalls.';

/** What is known of a call that was not submitted yet. */
export interface KeptCall {
  output?: string;
  draft?: string;
  /** Whether a tool or a program was begun for it, which gave nothing so far. */
  begun?: boolean;
}

interface KeptRun {
  /** Milliseconds since the epoch. */
  at: number;
  calls: Record<string, KeptCall>;
}

/** The answers and drafts of calls that wait, a run each, in a state that survives a reload. */
export class KeptAnswers {
  constructor(private readonly state: Memento) {}

  get(runId: string, callId: string): KeptCall {
    const calls = this.read(runId)?.calls ?? {};
    return (Object.hasOwn(calls, callId) ? calls[callId] : undefined) ?? {};
  }

  /** Changes what is known of a call; a field set to undefined is forgotten. */
  async set(runId: string, callId: string, change: KeptCall): Promise<void> {
    const before = this.get(runId, callId);
    const isTooLong = (change.draft?.length ?? 0) > maxDraftLength;
    const call = { ...before, ...change, ...(isTooLong && { draft: before.draft }) };
    const calls = { ...this.read(runId)?.calls, [callId]: call };
    await this.state.update(prefix + runId, { at: Date.now(), calls } satisfies KeptRun);
    await this.evictOldest();
  }

  /** Forgets a run that has moved on. */
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

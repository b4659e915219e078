import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { RunStatus } from 'openai/resources/beta/threads/runs/runs';
import { unixTime } from '../ids';

const terminal: ReadonlySet<RunStatus> = new Set([
  'completed',
  'incomplete',
  'failed',
  'cancelled',
  'expired',
]);

/** Whether a run's status is final. */
export function hasEnded(run: Run): boolean {
  return terminal.has(run.status);
}

/** How a run ends, with the details that its object shows. */
export type RunEnd =
  | { status: 'completed' }
  | { status: 'incomplete'; reason: 'max_completion_tokens' | 'max_prompt_tokens' }
  | { status: 'failed'; error: Run.LastError }
  | { status: 'cancelled' }
  | { status: 'expired' };

/** The run after this end. */
export function endedRun(run: Run, end: RunEnd, usage: Run.Usage | null): Run {
  const now = unixTime();
  return {
    ...run,
    status: end.status,
    required_action: null,
    expires_at: null,
    usage,
    completed_at: end.status === 'completed' ? now : null,
    failed_at: end.status === 'failed' ? now : null,
    cancelled_at: end.status === 'cancelled' ? now : null,
    incomplete_details: end.status === 'incomplete' ? { reason: end.reason } : null,
    last_error: end.status === 'failed' ? end.error : null,
  };
}

/** The sum of the steps' usages; null if none is known. */
export function totalUsage(usages: readonly (RunStep.Usage | null | undefined)[]): RunStep.Usage | null {
  const known = usages.filter((usage) => usage != null);
  if (known.length === 0) return null;
  return known.reduce((sum, usage) => ({
    prompt_tokens: sum.prompt_tokens + usage.prompt_tokens,
    completion_tokens: sum.completion_tokens + usage.completion_tokens,
    total_tokens: sum.total_tokens + usage.total_tokens,
  }));
}

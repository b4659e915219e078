import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { Imported } from './importedObjects';

/** The status and times of an imported run. One that was under way where it comes from has expired: it is never started. */
export function runEnd(run: Imported<'thread.run'>, createdAt: number) {
  const last = run.completed_at ?? run.failed_at ?? run.cancelled_at ?? run.started_at ?? createdAt;
  const status = endedStatus(run.status);
  return {
    status,
    required_action: null,
    last_error:
      status === 'failed'
        ? (run.last_error ?? { code: 'server_error' as const, message: 'The run failed.' })
        : null,
    expires_at: run.expires_at,
    started_at: run.started_at,
    cancelled_at: status === 'cancelled' ? (run.cancelled_at ?? last) : null,
    failed_at: status === 'failed' ? (run.failed_at ?? last) : null,
    completed_at: status === 'completed' ? (run.completed_at ?? last) : null,
    incomplete_details:
      status === 'incomplete'
        ? (run.incomplete_details ?? { reason: 'max_completion_tokens' as const })
        : null,
  } satisfies Partial<Run>;
}

function endedStatus(status: Imported<'thread.run'>['status']): Run['status'] {
  if (status === 'cancelling') return 'cancelled';
  return ['queued', 'in_progress', 'requires_action'].includes(status) ? 'expired' : status;
}

/** The status and times of an imported step. */
export function stepEnd(step: Imported<'thread.run.step'>, createdAt: number) {
  const status = step.status === 'in_progress' ? ('expired' as const) : step.status;
  const { code = 'server_error', message = 'The step failed.' } = step.last_error ?? {};
  return {
    status,
    last_error:
      status === 'failed'
        ? { code: code === 'invalid_prompt' ? ('server_error' as const) : code, message }
        : null,
    expires_at: step.expires_at,
    expired_at: step.expired_at ?? (step.status === 'in_progress' ? createdAt : null),
    cancelled_at: step.cancelled_at,
    failed_at: step.failed_at,
    completed_at: step.completed_at,
  } satisfies Partial<RunStep> & { expires_at: number | null };
}

/** The status and times of an imported message. One that was being written is incomplete. */
export function messageEnd(message: Imported<'thread.message'>, createdAt: number) {
  if (message.status === 'completed') {
    return {
      status: message.status,
      incomplete_details: null,
      completed_at: message.completed_at,
      incomplete_at: null,
    };
  }
  return {
    status: 'incomplete',
    incomplete_details: message.incomplete_details ?? { reason: 'run_expired' },
    completed_at: null,
    incomplete_at: message.incomplete_at ?? createdAt,
  } satisfies Partial<Message>;
}

import type { RequiredActionFunctionToolCall, Run, RunStatus } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';

const ended: readonly RunStatus[] = ['completed', 'incomplete', 'failed', 'cancelled', 'expired'];

/** Whether a run is in progress or requires action. */
export function isActive(run: Pick<Run, 'status'> | undefined): boolean {
  return run !== undefined && !ended.includes(run.status);
}

/** The function calls whose outputs a run waits for, in the model's order. */
export function awaitedCalls(run: Run | undefined): RequiredActionFunctionToolCall[] {
  if (run?.status !== 'requires_action') return [];
  return run.required_action?.submit_tool_outputs.tool_calls ?? [];
}

/** When a run ended, in milliseconds since the epoch. */
export function endedAt(run: Run): number | undefined {
  if (isActive(run)) return undefined;
  const expired = run.status === 'expired' ? run.expires_at : null;
  const seconds = run.completed_at ?? run.failed_at ?? run.cancelled_at ?? expired;
  return seconds === null ? undefined : seconds * 1000;
}

/** A run's status, for display. */
export function statusWords(status: RunStatus): string {
  switch (status) {
    case 'queued':
      return vscode.l10n.t('Queued');
    case 'in_progress':
      return vscode.l10n.t('Answering');
    case 'requires_action':
      return vscode.l10n.t('Waiting for you');
    case 'cancelling':
      return vscode.l10n.t('Stopping');
    case 'cancelled':
      return vscode.l10n.t('Stopped');
    case 'failed':
      return vscode.l10n.t('Failed');
    case 'completed':
      return vscode.l10n.t('Answered');
    case 'incomplete':
      return vscode.l10n.t('Cut short');
    case 'expired':
      return vscode.l10n.t('Expired');
  }
}

/** Why a run gave no complete answer, for display; undefined if it did, or is still active. */
export function errorWords(run: Run): string | undefined {
  switch (run.status) {
    case 'failed':
      return run.last_error?.message ?? vscode.l10n.t('The run failed without giving a reason.');
    case 'expired':
      return run.last_error?.message ?? vscode.l10n.t('The run took too long and expired.');
    case 'incomplete':
      return incompleteWords(run);
    default:
      return undefined;
  }
}

function incompleteWords(run: Run): string {
  switch (run.incomplete_details?.reason) {
    case 'max_completion_tokens':
      return vscode.l10n.t('The answer reached its token limit.');
    case 'max_prompt_tokens':
      return vscode.l10n.t('The conversation exceeds the prompt token limit of this run.');
    default:
      return vscode.l10n.t('The model ended its answer early.');
  }
}

import type { RunStep, ToolCall } from 'openai/resources/beta/threads/runs/steps';
import * as vscode from 'vscode';

/** A step's status, for display. */
export function stepStatusWords({ status }: RunStep): string {
  switch (status) {
    case 'in_progress':
      return vscode.l10n.t('In progress');
    case 'completed':
      return vscode.l10n.t('Done');
    case 'failed':
      return vscode.l10n.t('Failed');
    case 'cancelled':
      return vscode.l10n.t('Stopped');
    case 'expired':
      return vscode.l10n.t('Expired');
  }
}

/** When a step ended, in seconds since the epoch. */
export function stepEndedAt(step: RunStep): number | undefined {
  return step.completed_at ?? step.failed_at ?? step.cancelled_at ?? step.expired_at ?? undefined;
}

/** The display name of a tool call. */
export function callWords(call: ToolCall): string {
  switch (call.type) {
    case 'code_interpreter':
      return vscode.l10n.t('Python');
    case 'function':
      return vscode.l10n.t('Function {0}', call.function.name);
    case 'file_search':
      return vscode.l10n.t('File Search');
  }
}

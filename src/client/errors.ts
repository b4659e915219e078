// From where they are made: the whole client would be loaded with them.
import { APIConnectionError, APIError, APIUserAbortError } from 'openai/core/error';
import * as vscode from 'vscode';

export { isAuthenticationError } from '../engine/models/modelErrors';
export { orphanMessage } from '../engine/runs/orphan';

/** A failure in words for the user; it needs no further explanation and no stack. */
export class UserError extends Error {
  override readonly name: string = 'UserError';
}

/** The service could not be reached, or was lost: the same may go well a little later. */
export class UnreachableError extends UserError {
  override readonly name = 'UnreachableError';
}

/** Whether the person, and no fault, ended an operation. */
export function isCancellation(error: unknown): boolean {
  return (
    error instanceof APIUserAbortError ||
    error instanceof vscode.CancellationError ||
    (error instanceof Error && error.name === 'AbortError')
  );
}

/** Whether the API answered that there is no such object. */
export function isNotFound(error: unknown): boolean {
  return error instanceof APIError && error.status === 404;
}

/** Whether a server said that it does not know what was asked for: neither this object nor this kind of request. */
export function isUnsupported(error: unknown): boolean {
  return error instanceof APIError && [404, 405, 501].includes(Number(error.status));
}

/** Whether the network, and nothing that was asked, is at fault: before the answer, or in the middle of it. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof UnreachableError) return true;
  return error instanceof APIConnectionError && error.cause instanceof UnreachableError;
}

/** The one place that turns whatever was thrown into words for the user. */
export function describeError(error: unknown): string {
  if (error instanceof APIConnectionError) {
    if (error.cause instanceof UserError) return error.cause.message;
    const cause = error.cause instanceof Error ? error.cause.message : error.message;
    return vscode.l10n.t('The assistants could not be reached: {0}', cause);
  }
  if (error instanceof APIError) return describeApiError(error as APIError);
  if (error instanceof Error && error.message) return error.message;
  return vscode.l10n.t('Something went wrong: {0}', String(error));
}

/** The API's own sentence, without the status that the client puts before it, and the field it is about. */
function describeApiError(error: APIError): string {
  const body: { message?: unknown } | undefined = error.error;
  const message = typeof body?.message === 'string' ? body.message : error.message;
  if (!error.param || message.includes(error.param)) return message;
  return vscode.l10n.t('{0} (field: {1})', message, error.param);
}

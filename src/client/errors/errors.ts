// From this module, because the package's main module would load the whole client.
import { APIConnectionError, APIError, APIUserAbortError } from 'openai/core/error';
import * as vscode from 'vscode';

export { isNoConnectionError } from '../../engine/models/connections';
export { isAddressError, isAuthenticationError, isConnectionError } from '../../engine/models/modelErrors';
export { orphanMessage } from '../../engine/runs/orphan';

/** An error whose message can be shown to the user as it is. */
export class UserError extends Error {
  override readonly name: string = 'UserError';
}

/** The service could not be reached, or the connection was lost; a retry may succeed. */
export class UnreachableError extends UserError {
  override readonly name = 'UnreachableError';
}

/** Whether an operation was cancelled rather than failed. */
export function isCancellation(error: unknown): boolean {
  return (
    error instanceof APIUserAbortError ||
    error instanceof vscode.CancellationError ||
    (error instanceof Error && error.name === 'AbortError')
  );
}

/** Whether the API answered that the object does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof APIError && error.status === 404;
}

/** Whether a server does not know the object or does not support the request at all. */
export function isUnsupported(error: unknown): boolean {
  return error instanceof APIError && [404, 405, 501].includes(Number(error.status));
}

/** Whether the network failed, before the response or in the middle of it. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof UnreachableError) return true;
  return error instanceof APIConnectionError && error.cause instanceof UnreachableError;
}

/** The one place that turns a thrown value into a message for the user. */
export function describeError(error: unknown): string {
  if (error instanceof APIConnectionError) {
    if (error.cause instanceof UserError) return error.cause.message;
    const cause = error.cause instanceof Error ? error.cause.message : error.message;
    return vscode.l10n.t('The assistants service could not be reached: {0}', cause);
  }
  if (error instanceof APIError) return describeApiError(error as APIError);
  if (error instanceof Error && error.message) return error.message;
  return vscode.l10n.t('Something went wrong: {0}', String(error));
}

/** The API's own message, without the status code that the client prepends, plus the field it is about. */
function describeApiError(error: APIError): string {
  const body: { message?: unknown } | undefined = error.error;
  const message = typeof body?.message === 'string' ? body.message : error.message;
  if (!error.param || message.includes(error.param)) return message;
  return vscode.l10n.t('{0} (field: {1})', message, error.param);
}

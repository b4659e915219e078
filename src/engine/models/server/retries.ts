import { OpenAI } from 'openai';
import { APIConnectionError } from 'openai/error';
import { isUntrusted, type FailedAnswer } from '../modelErrors';
import { ModelError } from '../modelProvider';
import { readErrorBody } from './errors/errorBody';
import { isTransient } from './errors/errorCause';

/** The connection was lost before the first byte of an answer. */
export class LostConnectionError extends Error {
  override readonly name = 'LostConnectionError';
  constructor(cause: unknown) {
    super('The connection was lost.', { cause });
  }
}

/** Whether a request that failed before any of its answer was used may succeed if it is sent again. */
export function isRetryable(error: unknown, failed: FailedAnswer | undefined): boolean {
  if (error instanceof LostConnectionError) return true;
  if (error instanceof ModelError) return error.transient;
  if (error instanceof APIConnectionError) return !isUntrusted(error);
  if (!(error instanceof OpenAI.APIError) || !failed) return false;
  return isTransient(failed.status, readErrorBody(failed.body));
}

/** The wait that a server asks for in `Retry-After` (seconds or a date) or `retry-after-ms`, in seconds. */
export function retryAfterOf(headers: Headers): number | undefined {
  const milliseconds = numberOf(headers.get('retry-after-ms'));
  if (milliseconds !== undefined) return milliseconds / 1000;
  const value = headers.get('retry-after');
  const seconds = numberOf(value);
  if (seconds !== undefined || !value) return seconds;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}

/** Exponential back-off with jitter: milliseconds to wait after the failed attempt `attempt`, counted from 0. */
export function retryDelay(first: number, attempt: number): number {
  return first * 2 ** attempt * (1 - Math.random() / 4);
}

function numberOf(value: string | null): number | undefined {
  return value !== null && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : undefined;
}

import { OpenAI } from 'openai';
import { APIConnectionError } from 'openai/error';
import { isUntrusted, type FailedAnswer } from '../modelErrors';

/** The connection was lost before the first byte of an answer; the cause says how. */
export class LostConnectionError extends Error {
  override readonly name = 'LostConnectionError';
  constructor(cause: unknown) {
    super('The connection was lost.', { cause });
  }
}

/** Whether a request that failed so, before anything was answered, may do better a little later. */
export function isRetryable(error: unknown, failed: FailedAnswer | undefined): boolean {
  if (error instanceof LostConnectionError) return true;
  if (error instanceof APIConnectionError) return !isUntrusted(error);
  if (!(error instanceof OpenAI.APIError) || !failed) return false;
  // An account without money does not get any by waiting.
  if (failed.body.includes('insufficient_quota')) return false;
  return [408, 409, 429].includes(failed.status) || failed.status >= 500;
}

/** Seconds that a server asks to be left alone: a number, or a date. */
export function retryAfterOf(headers: Headers): number | undefined {
  const milliseconds = numberOf(headers.get('retry-after-ms'));
  if (milliseconds !== undefined) return milliseconds / 1000;
  const value = headers.get('retry-after');
  const seconds = numberOf(value);
  if (seconds !== undefined || !value) return seconds;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}

/** Milliseconds before the attempt after this one: doubled each time, a little less for some than for others. */
export function retryDelay(first: number, attempt: number): number {
  return first * 2 ** attempt * (1 - Math.random() / 4);
}

function numberOf(value: string | null): number | undefined {
  return value !== null && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : undefined;
}

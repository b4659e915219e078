/** An error that a service has answered, as the client throws it. Another bundle has that class. */
export interface ApiError extends Error {
  status: number;
  code?: string | null;
}

export function isApiError(error: unknown): error is ApiError {
  return error instanceof Error && 'status' in error && typeof error.status === 'number';
}

/** Statuses of a service that does not have an address. */
const unsupported: readonly number[] = [404, 405, 501];

export function isUnsupported(error: unknown): boolean {
  return isApiError(error) && unsupported.includes(error.status);
}

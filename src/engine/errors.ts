import type { ErrorObject } from 'openai/resources/shared';

/** An error that the API answers; `body` is its JSON envelope. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 413 | 429 | 431 | 500 | 502 | 503 | 507,
    message: string,
    readonly param: string | null = null,
    readonly code: string | null = null,
  ) {
    super(message);
  }

  get body(): { error: ErrorObject } {
    const type = this.status >= 500 ? 'server_error' : 'invalid_request_error';
    return { error: { message: this.message, type, param: this.param, code: this.code } };
  }
}

export function badRequest(
  message: string,
  param: string | null = null,
  code: string | null = null,
): ApiError {
  return new ApiError(400, message, param, code);
}

/** The hosted service's 404 for an unknown id. */
export function notFound(
  kind:
    | 'assistant'
    | 'assistant version'
    | 'thread'
    | 'message'
    | 'run'
    | 'run step'
    | 'file'
    | 'vector store'
    | 'vector store file'
    | 'file batch'
    | 'citation'
    | 'model request',
  id: string,
): ApiError {
  return new ApiError(404, `No ${kind} found with id '${id}'.`);
}

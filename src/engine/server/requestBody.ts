import { ApiError } from '../errors';

/** The body of a request, up to `limit` bytes. A larger one throws the API's 413, at once if `Content-Length` shows it. */
export function boundedBody(request: Request, limit: number): ReadableStream<Uint8Array> | null {
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge(limit);
  const { body } = request;
  if (!body) return null;
  let bytes = 0;
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.length;
      if (bytes > limit) throw tooLarge(limit);
      controller.enqueue(chunk);
    },
  });
  return body.pipeThrough(count);
}

function tooLarge(limit: number): ApiError {
  const message = `The body of the request is larger than ${Math.floor(limit / 1024 / 1024)} MB.`;
  return new ApiError(413, message, null, 'request_too_large');
}

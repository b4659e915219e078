import type { ModelConnection, ModelEvent } from '../../models/modelProvider';
import { ModelError } from '../../models/modelProvider';
import { chatCompletion, chatCompletionChunks } from './chatAnswer';
import { readChatRequest } from './chatRequest';

/** A request for a model of a connection that has no server of OpenAI's API. */
export interface ModelCall {
  connection: ModelConnection;
  /** The provider's own id. */
  model: string;
  /** The id that the client sent. */
  id: string;
  /** JSON, unchecked. */
  body: unknown;
  /** Aborted when the client leaves. */
  signal: AbortSignal;
}

/** Answers `POST /chat/completions`. Throws ApiError, or ModelError if the model fails before its answer begins. */
export async function answerChat({ connection, model, id, body, signal }: ModelCall): Promise<Response> {
  const { request, stream, includeUsage } = readChatRequest(body, model, connection.label);
  const left = new AbortController();
  const events = connection.provider.generate(request, AbortSignal.any([signal, left.signal]));
  if (!stream) return Response.json(await chatCompletion(id, events));
  const iterator = events[Symbol.asyncIterator]();
  // An error before the first event is an error of the request.
  const first = await iterator.next();
  const chunks = chatCompletionChunks(id, resumed(first, iterator), includeUsage);
  return new Response(
    eventsOf(chunks, () => left.abort()),
    {
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
    },
  );
}

async function* resumed(
  first: IteratorResult<ModelEvent>,
  rest: AsyncIterator<ModelEvent>,
): AsyncGenerator<ModelEvent, void, undefined> {
  for (let next = first; !next.done; next = await rest.next()) yield next.value;
}

/** Server-sent events of these values, ended by `[DONE]` or an error. `leave` is called if the client leaves. */
function eventsOf(
  values: AsyncGenerator<unknown, void, undefined>,
  leave: () => void,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const send = (data: string): void => controller.enqueue(Buffer.from(`data: ${data}\n\n`));
      try {
        const next = await values.next();
        if (!next.done) return send(JSON.stringify(next.value));
        send('[DONE]');
      } catch (error) {
        if (!(error instanceof ModelError)) return controller.error(error);
        const { message, code } = error;
        send(JSON.stringify({ error: { message, type: 'server_error', param: null, code } }));
      }
      controller.close();
    },
    cancel: leave,
  });
}

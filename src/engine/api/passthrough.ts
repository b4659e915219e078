import type { Context, Hono } from 'hono';
import * as z from 'zod';
import { ApiError, badRequest } from '../errors';
import { resolveModel, type ResolvedModel } from '../models/connections';
import { type ForwardedPath, ModelError, type ModelConnection } from '../models/modelProvider';
import type { ApiContext } from './context';
import { readJsonText } from './input/jsonBody';
import { checkValue } from './input/validate';
import { withField } from './input/jsonFields';

/** Maximum number of values in a body: texts to embed may come as lists of tokens. */
const maxValues = 1_000_000;

const withModel = z.looseObject({ model: z.string().min(1) });
const withoutModel = z.looseObject({ model: z.unknown().optional() });

/** The answers of connections without a server, by path. */
const ownAnswers = {
  '/chat/completions': async () => (await import('./chatCompletions/answerChat')).answerChat,
  '/embeddings': async () => (await import('./embeddings')).answerEmbeddings,
};

/**
 * An extension: `POST /chat/completions` and `/embeddings` are passed on to the connection of their model, so that
 * a program needs one client. Azure's clients name the model in the path.
 */
export function passthroughRoutes(app: Hono, context: ApiContext): void {
  for (const path of ['/chat/completions', '/embeddings'] as const) {
    const answer = (c: Context, deployment?: string) => passOn(context, path, c.req.raw, deployment);
    app.post(path, (c) => answer(c));
    app.post(`/deployments/:model{.+}${path}`, (c) => answer(c, c.req.param('model')));
  }
}

async function passOn(
  { models }: ApiContext,
  path: ForwardedPath,
  request: Request,
  deployment: string | undefined,
): Promise<Response> {
  const { text, value } = await readJsonText(request, maxValues);
  const body = checkValue(deployment === undefined ? withModel : withoutModel, value ?? {});
  const id = deployment ?? String(body.model);
  const { connection, model } = resolve(models(), id);
  const { provider } = connection;
  const { signal } = request;
  try {
    if (provider.forward) {
      const forwarded = withField(value == null ? '{}' : text, 'model', model);
      return await provider.forward(path, forwarded, signal);
    }
    const answer = await ownAnswers[path]();
    return await answer({ connection, model, id, body, signal });
  } catch (error) {
    // The client is gone and does not read this.
    if (signal.aborted) return new Response(null, { status: 499 });
    throw error instanceof ModelError ? apiError(error) : error;
  }
}

function resolve(connections: readonly ModelConnection[], id: string): ResolvedModel {
  try {
    return resolveModel(connections, id);
  } catch (error) {
    throw error instanceof ModelError ? new ApiError(404, error.message, 'model', 'model_not_found') : error;
  }
}

/** The API error for a request that a model could not answer. */
function apiError(error: ModelError): ApiError {
  const { code, message, tooLong } = error;
  if (code === 'invalid_prompt') return badRequest(message, null, tooLong ? 'context_length_exceeded' : code);
  return new ApiError(code === 'rate_limit_exceeded' ? 429 : 502, message, null, code);
}

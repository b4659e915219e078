import type { Hono } from 'hono';
import { ModelError, type ModelConnection } from '../models/modelProvider';
import type { ApiContext } from './context';

/** How long a connection may take to list its models, in milliseconds. */
const listTimeout = 5000;

interface ModelList {
  data: { id: string; object: 'model'; created: number; owned_by: string; name: string }[];
  problems: { connection: string; message: string }[];
}

/**
 * An extension to `GET /v1/models`: the models of all connections, as `connection/model`. Connections that
 * fail are listed in `problems`, each with a message for the user.
 */
export function modelRoutes(app: Hono, context: ApiContext): void {
  app.get('/models', async (c) => {
    const lists = await Promise.all(context.models().map(listModels));
    return c.json({
      object: 'list',
      data: lists.flatMap((list) => list.data),
      problems: lists.flatMap((list) => list.problems),
    });
  });
}

async function listModels({ id, label, provider }: ModelConnection): Promise<ModelList> {
  try {
    const models = await provider.listModels(AbortSignal.timeout(listTimeout));
    const data = models.map((model) => ({
      id: `${id}/${model.id}`,
      object: 'model' as const,
      created: 0,
      owned_by: label,
      name: model.label ?? model.id,
    }));
    return { data, problems: [] };
  } catch (error) {
    const message =
      error instanceof ModelError ? error.message : `${label} did not answer: ${(error as Error).message}`;
    return { data: [], problems: [{ connection: id, message }] };
  }
}

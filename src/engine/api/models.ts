import type { Hono } from 'hono';
import { ApiError } from '../errors';
import { resolveModel } from '../models/connections';
import { ModelError, type ModelConnection } from '../models/modelProvider';
import type { ApiContext } from './context';

/** How long a connection may take to list its models, in milliseconds. */
const listTimeout = 5000;

interface Model {
  id: string;
  object: 'model';
  created: number;
  owned_by: string;
  name: string;
}

interface ModelList {
  data: Model[];
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

  // Ids have slashes, which some clients do not escape.
  app.get('/models/:id{.+}', async (c) => {
    const id = c.req.param('id');
    const model = await findModel(context.models(), id);
    if (!model) throw unknownModel(id);
    return c.json(model);
  });

  // Only fine-tuned models can be deleted, and there are none.
  app.delete('/models/:id{.+}', (c) => {
    throw unknownModel(c.req.param('id'));
  });
}

/**
 * The model that runs with this id use: `connection/model`, or a bare id, which belongs to the first connection.
 * Undefined if its connection does not exist or does not have it.
 */
async function findModel(connections: readonly ModelConnection[], id: string): Promise<Model | undefined> {
  let resolved: ReturnType<typeof resolveModel>;
  try {
    resolved = resolveModel(connections, id);
  } catch {
    return undefined;
  }
  const { connection, model } = resolved;
  const { data, problems } = await listModels(connection);
  const listed = data.find((one) => one.id === `${connection.id}/${model}`);
  if (listed) return { ...listed, id };
  // A server that does not list its models may have it.
  if (problems.length === 0 && !(await hasUnlisted(connection, model))) return undefined;
  return { id, object: 'model', created: 0, owned_by: connection.label, name: model };
}

async function hasUnlisted({ provider }: ModelConnection, model: string): Promise<boolean> {
  try {
    return (await provider.hasModel?.(model, AbortSignal.timeout(listTimeout))) ?? false;
  } catch {
    return false;
  }
}

function unknownModel(id: string): ApiError {
  return new ApiError(404, `The model '${id}' does not exist`, 'model', 'model_not_found');
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

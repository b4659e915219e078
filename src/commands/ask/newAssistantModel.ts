import type { Services } from '../../client/services';
import { pickModel } from './modelPicker';

/** The model of an assistant that is created by its name alone. */
const fallbackModel = 'demo/tutor';

/** Milliseconds for which a connection may list its models. */
const listTimeout = 3000;

/** The model used last: that of the chat's assistant, else of the newest one; else the first of a connection. */
export async function newAssistantModel(
  services: Services,
  { assistantId }: { assistantId?: string },
  title: string,
): Promise<string> {
  const all = await services.assistants.all();
  const used = all.find(({ id }) => id === assistantId) ?? all[0];
  if (used) return used.model;
  if (services.service.server) return (await firstOfServer(services)) ?? pickModel(services, { title });
  return firstOfConnections(services);
}

async function firstOfServer({ client }: Services): Promise<string | undefined> {
  try {
    return (await client.models.list()).data[0]?.id;
  } catch {
    // Not every server lists its models: the user is asked.
    return undefined;
  }
}

async function firstOfConnections({ connections, service }: Services): Promise<string> {
  for (const { id, provider } of connections.models()) {
    if (service.isDemo(`${id}/`)) continue;
    const models = await provider.listModels(AbortSignal.timeout(listTimeout)).catch(() => []);
    if (models[0]) return `${id}/${models[0].id}`;
  }
  return fallbackModel;
}

import { windowIn } from './server/contextWindow';
import { fieldsOf, textOf } from './server/json';
import type { ModelServer } from './server/modelServer';
import { ModelError, type ModelInfo } from './modelProvider';

// OpenAI's list also has models for other purposes and does not say which can chat.
const notForChat =
  /embedding|whisper|tts|dall-e|image|moderation|realtime|audio|transcribe|sora|babbage|davinci|instruct|computer-use/;

/** The models a server offers, in its own order. */
export async function listModels(server: ModelServer, signal: AbortSignal): Promise<ModelInfo[]> {
  const models = listIn(await server.listModels(signal)).flatMap(modelInfo);
  return /(^|\.)openai\.com$/.test(server.host) ? models.filter(({ id }) => !notForChat.test(id)) : models;
}

/** Whether a server has a model that is not in its list: other names of models, and those that are not for chat. */
export async function hasModel(server: ModelServer, model: string, signal: AbortSignal): Promise<boolean> {
  // Azure lists models, and is asked for deployments of them.
  if (/\.azure\.(com|us|cn)(:\d+)?$/i.test(server.host)) return true;
  try {
    const found = fieldsOf(
      await server.describe(signal, (client, options) => client.models.retrieve(model, options)),
    );
    return textOf(found['id']) !== '' || textOf(found['name']) !== '';
  } catch (error) {
    if (error instanceof ModelError) return false;
    throw error;
  }
}

/** The list in an answer: OpenAI's `data`, Ollama's `models`, Cloudflare's `result`, or the answer itself. */
function listIn(answer: unknown): readonly unknown[] {
  if (typeof answer !== 'object' || answer === null) return [];
  if (Array.isArray(answer)) return answer;
  const { data, models, result } = fieldsOf(answer);
  return [data, models, result].map(listIn).find((list) => list.length > 0) ?? [];
}

function modelInfo(value: unknown): ModelInfo[] {
  if (typeof value === 'string') return value ? [{ id: value }] : [];
  const model = fieldsOf(value);
  const id = textOf(model['id']) || textOf(model['model']) || textOf(model['name']);
  if (!id) return [];
  const contextWindow = windowIn(model);
  const label = textOf(model['name']) || textOf(model['display_name']);
  return [{ id, ...(label && label !== id ? { label } : {}), ...(contextWindow ? { contextWindow } : {}) }];
}

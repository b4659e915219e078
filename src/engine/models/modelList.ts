import { windowIn } from './server/contextWindow';
import { fieldsOf, textOf } from './server/json';
import type { ModelServer } from './server/modelServer';
import type { ModelInfo } from './modelProvider';

// OpenAI's list also has models for other purposes and does not say which can chat.
const notForChat =
  /embedding|whisper|tts|dall-e|image|moderation|realtime|audio|transcribe|sora|babbage|davinci|instruct|computer-use/;

/** The models a server offers, in its own order. */
export async function listModels(server: ModelServer, signal: AbortSignal): Promise<ModelInfo[]> {
  const models = listIn(await server.listModels(signal)).flatMap(modelInfo);
  return /(^|\.)openai\.com$/.test(server.host) ? models.filter(({ id }) => !notForChat.test(id)) : models;
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
  const label = textOf(model['name']);
  return [{ id, ...(label && label !== id ? { label } : {}), ...(contextWindow ? { contextWindow } : {}) }];
}

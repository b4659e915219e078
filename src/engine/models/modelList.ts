import { windowIn } from './server/contextWindow';
import { fieldsOf, listOf, textOf } from './server/json';
import type { ModelServer } from './server/modelServer';
import type { ModelInfo } from './modelProvider';

// OpenAI's list also has models for other purposes and does not say which can chat.
const notForChat =
  /embedding|whisper|tts|dall-e|image|moderation|realtime|audio|transcribe|sora|babbage|davinci|instruct|computer-use/;

/** The models a server offers, in its own order. */
export async function listModels(server: ModelServer, signal: AbortSignal): Promise<ModelInfo[]> {
  const answer = fieldsOf(await server.listModels(signal));
  const models = listOf(answer['data'] ?? answer['models']).flatMap(modelInfo);
  return /(^|\.)openai\.com$/.test(server.host) ? models.filter(({ id }) => !notForChat.test(id)) : models;
}

function modelInfo(value: unknown): ModelInfo[] {
  const model = fieldsOf(value);
  const id = textOf(model['id']);
  if (!id) return [];
  const contextWindow = windowIn(model);
  const label = textOf(model['name']);
  return [{ id, ...(label && label !== id ? { label } : {}), ...(contextWindow ? { contextWindow } : {}) }];
}

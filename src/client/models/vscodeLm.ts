import * as vscode from 'vscode';
import { argumentSchema } from '../../engine/models/argumentSchema';
import {
  accepted,
  Rejections,
  RequestParts,
  TransientMemories,
} from '../../engine/models/server/requestParts';
import {
  ModelError,
  type ModelErrorCode,
  type ModelContentPart,
  type ModelEvent,
  type ModelInfo,
  type ModelMessage,
  type ModelProvider,
  type ModelRequest,
  type ModelUsage,
  type ModelMemory,
} from '../../engine/models/modelProvider';
import { argumentsObject } from '../../engine/models/replay/callArguments';
import { imageNote } from '../../engine/models/replay/images';
import { Replay } from '../../engine/models/replay/replay';
import { ThinkTags } from '../../engine/models/reasoning/thinkTags';
import { readErrorBody } from '../../engine/models/server/errors/errorBody';
import { contextLimitIn, isTooLong } from '../../engine/models/server/errors/tooLong';

/** VS Code's language models (`vscode.lm`), which other extensions contribute; they need no key. */
export function createVSCodeModel(label: string): ModelProvider {
  const memories = new TransientMemories();
  return {
    server: 'vscode-lm',
    async listModels(): Promise<ModelInfo[]> {
      const models = await vscode.lm.selectChatModels();
      return models.map((model) => ({
        id: modelId(model),
        label: model.name,
        contextWindow: model.maxInputTokens,
      }));
    },
    // Its id without the vendor will do.
    hasModel: async (id) => (await vscode.lm.selectChatModels()).some((model) => model.id === id),
    contextWindow: async (id) => {
      const { maxInputTokens } = await findModel(label, id);
      return maxInputTokens > 0 ? { tokens: maxInputTokens } : undefined;
    },
    generate: (request, signal, context) =>
      generate(label, request, signal, context?.memory ?? memories.of(request.model)),
  };
}

/** Includes the vendor, because a model's own id is unique only within its vendor. */
function modelId(model: vscode.LanguageModelChat): string {
  return `${model.vendor}/${model.id}`;
}

async function* generate(
  label: string,
  request: ModelRequest,
  signal: AbortSignal,
  memory: ModelMemory,
): AsyncIterable<ModelEvent> {
  const cancellation = new vscode.CancellationTokenSource();
  const cancel = (): void => cancellation.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  const replay = new Replay(memory);
  const rejections = new Rejections(memory);
  try {
    for (;;) {
      const parts = new RequestParts(rejections);
      try {
        signal.throwIfAborted();
        const turn = { replay, parts, signal, token: cancellation.token };
        yield* readAnswer(label, replay.request(request), turn);
        return;
      } catch (error) {
        signal.throwIfAborted();
        const reason =
          error instanceof ModelError ? error : modelError(label, request.model, error, replay.begun);
        if (replay.begun || !(rejections.learn(reason, parts.sent) || replay.adapts(reason))) throw reason;
      }
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    cancellation.dispose();
  }
}

interface TurnParts {
  replay: Replay;
  parts: RequestParts;
  signal: AbortSignal;
  token: vscode.CancellationToken;
}

async function* readAnswer(
  label: string,
  request: ModelRequest,
  { replay, parts, signal, token }: TurnParts,
): AsyncIterable<ModelEvent> {
  const model = await findModel(label, request.model);
  const messages = chatMessages(request);
  const response = await model.sendRequest(messages, requestOptions(request, parts), token);
  let answer = '';
  let calls = 0;
  const tags = new ThinkTags();
  const passOn = (...events: ModelEvent[]) => replay.events(tags.through(events));
  for await (const part of untilAborted(response.stream, signal)) {
    const thought = thoughtOf(part);
    if (thought !== undefined) {
      answer += thought;
      yield* passOn({ type: 'reasoning', text: thought });
    } else if (part instanceof vscode.LanguageModelTextPart) {
      answer += part.value;
      yield* passOn({ type: 'text', text: part.value });
    } else if (part instanceof vscode.LanguageModelToolCallPart) {
      const json = JSON.stringify(part.input);
      answer += `\n${part.name} ${json}\n`;
      yield* passOn(
        { type: 'tool_call', index: calls, id: part.callId, name: part.name },
        { type: 'tool_call_arguments', index: calls, arguments: json },
      );
      calls++;
    }
  }
  if (request.messages.some(hasUnsendableImage)) parts.omit('images');
  yield* accepted(replay, parts);
  const usage = await countTokens(model, messages, answer, token);
  if (usage) yield { type: 'usage', usage };
  yield* passOn({ type: 'finish', reason: calls > 0 ? 'tool_calls' : 'stop' });
}

/** Undefined unless this version of VS Code has reasoning parts, which are a proposal. */
const { LanguageModelThinkingPart: ThinkingPart } = vscode as unknown as {
  LanguageModelThinkingPart?: new () => { value: string | string[] };
};

/** The reasoning of a part; undefined for other parts. */
function thoughtOf(part: unknown): string | undefined {
  if (!ThinkingPart || !(part instanceof ThinkingPart)) return undefined;
  return Array.isArray(part.value) ? part.value.join('') : part.value;
}

/** Ends when the signal aborts, because a model may ignore the cancellation token. */
async function* untilAborted<T>(parts: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  const iterator = parts[Symbol.asyncIterator]();
  let stop: () => void = () => undefined;
  const aborted = new Promise<undefined>((resolve) => (stop = () => resolve(undefined)));
  signal.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = iterator.next();
      // Not awaited after an abort, so its rejection must be handled here.
      next.catch(() => undefined);
      const result = await Promise.race([next, aborted]);
      signal.throwIfAborted();
      if (!result || result.done) return;
      yield result.value;
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function findModel(label: string, id: string): Promise<vscode.LanguageModelChat> {
  const models = await vscode.lm.selectChatModels();
  const model =
    models.find((candidate) => modelId(candidate) === id) ?? models.find((candidate) => candidate.id === id);
  if (model) return model;
  const offered =
    models.length > 0 ? `It offers ${models.map(modelId).join(', ')}.` : 'No extension currently offers one.';
  throw new ModelError(`${label} has no model '${id}'. ${offered}`, 'invalid_prompt');
}

function requestOptions(request: ModelRequest, parts: RequestParts): vscode.LanguageModelChatRequestOptions {
  const { tools, toolChoice, temperature, topP, maxOutputTokens } = request;
  const named = typeof toolChoice === 'object' ? toolChoice.name : undefined;
  const offered =
    toolChoice === 'none' ? [] : tools.filter((tool) => named === undefined || tool.name === named);
  const modelOptions = Object.fromEntries(
    Object.entries({
      temperature: parts.value('temperature', temperature),
      top_p: parts.value('top_p', topP),
      max_tokens: parts.value('max_tokens', maxOutputTokens),
    }).filter(([, value]) => value !== undefined),
  );
  return {
    justification: vscode.l10n.t('To answer as the assistant that you chose.'),
    modelOptions,
    tools: offered.map(({ name, description = '', parameters }) => ({
      name,
      description,
      inputSchema: argumentSchema(parameters),
    })),
    toolMode:
      offered.length > 0 && (toolChoice === 'required' || named !== undefined)
        ? vscode.LanguageModelChatToolMode.Required
        : vscode.LanguageModelChatToolMode.Auto,
  };
}

function chatMessages({ instructions, messages }: ModelRequest): vscode.LanguageModelChatMessage[] {
  // VS Code has no system messages: the instructions become the first user message.
  const first = instructions === '' ? [] : [vscode.LanguageModelChatMessage.User(instructions)];
  return [...first, ...messages.map(chatMessage)];
}

function chatMessage(message: ModelMessage): vscode.LanguageModelChatMessage {
  if (message.role === 'user') return vscode.LanguageModelChatMessage.User(message.content.map(inputPart));
  if (message.role === 'tool') {
    const output = new vscode.LanguageModelTextPart(message.output);
    return vscode.LanguageModelChatMessage.User([
      new vscode.LanguageModelToolResultPart(message.toolCallId, [output]),
    ]);
  }
  const text = message.content === '' ? [] : [new vscode.LanguageModelTextPart(message.content)];
  const calls = (message.toolCalls ?? []).map(
    (call) => new vscode.LanguageModelToolCallPart(call.id, call.name, argumentsObject(call.arguments)),
  );
  return vscode.LanguageModelChatMessage.Assistant([...text, ...calls]);
}

type InputPart = vscode.LanguageModelTextPart;

/** Undefined in the oldest supported versions of VS Code, whose stable API has no image parts. */
const { LanguageModelDataPart: DataPart } = vscode as unknown as {
  LanguageModelDataPart?: { image(data: Uint8Array, mime: string): InputPart };
};

/** A line of text stands for an image that cannot be sent. */
function inputPart(part: ModelContentPart): InputPart {
  if (part.type === 'text') return new vscode.LanguageModelTextPart(part.text);
  return imagePart(part.url) ?? new vscode.LanguageModelTextPart(imageNote(part));
}

/** Undefined if this version of VS Code cannot send images, or only the address of the image is known. */
function imagePart(url: string): InputPart | undefined {
  const [, mime, base64] = dataURL.exec(url) ?? [];
  if (!DataPart || mime === undefined || base64 === undefined) return undefined;
  return DataPart.image(Buffer.from(base64, 'base64'), mime);
}

const dataURL = /^data:(image\/[a-z]+);base64,(.*)$/s;

function hasUnsendableImage(message: ModelMessage): boolean {
  if (message.role !== 'user') return false;
  return message.content.some((part) => part.type === 'image' && !(DataPart && dataURL.test(part.url)));
}

/**
 * Counts the tokens with the model, because VS Code reports no usage. Undefined if counting fails,
 * which must not fail the run.
 */
async function countTokens(
  model: vscode.LanguageModelChat,
  messages: vscode.LanguageModelChatMessage[],
  answer: string,
  token: vscode.CancellationToken,
): Promise<ModelUsage | undefined> {
  try {
    const counts = await Promise.all(messages.map((message) => model.countTokens(message, token)));
    const promptTokens = counts.reduce((sum, count) => sum + count, 0);
    return { promptTokens, completionTokens: answer === '' ? 0 : await model.countTokens(answer, token) };
  } catch {
    return undefined;
  }
}

/** The run error codes for the error codes of VS Code. */
const errorCodes: Record<string, ModelErrorCode> = {
  // VS Code also uses this when a quota is used up.
  Blocked: 'rate_limit_exceeded',
  NoPermissions: 'invalid_prompt',
  NotFound: 'invalid_prompt',
};

/**
 * Wraps the error of a request that VS Code refused (no consent, quota used up, model gone) or the
 * model failed. `started` says that a part of its answer came before that.
 */
function modelError(label: string, model: string, error: unknown, started: boolean): ModelError {
  const cause = error instanceof Error ? error : new Error(String(error));
  const code = error instanceof vscode.LanguageModelError ? error.code : '';
  const knownCode = errorCodes[code];
  const isQuota = /quota|rate.?limit/i.test(`${code} ${cause.message}`);
  const reason = cause.message || code || cause.name;
  const tooLong = !started && isTooLong(readErrorBody(reason), 0);
  return new ModelError(
    `${label} ${knownCode ? 'refused the request to' : 'got no answer from'} '${model}': ${reason}`,
    isQuota ? 'rate_limit_exceeded' : (knownCode ?? (tooLong ? 'invalid_prompt' : 'server_error')),
    undefined,
    { cause, tooLong, contextWindow: tooLong ? contextLimitIn(reason) : undefined },
  );
}

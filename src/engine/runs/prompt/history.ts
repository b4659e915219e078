import { extname } from 'node:path';
import type { ImageFile, Message } from 'openai/resources/beta/threads/messages';
import type { RunStep, ToolCall } from 'openai/resources/beta/threads/runs/steps';
import type { ModelContentPart, ModelMessage, ModelToolCall } from '../../models/modelProvider';
import type { Store } from '../../store/store';
import type { StepTurn } from '../../store/tables/runTables';
import { shortenText } from '../../text/shortenText';
import { textTokens } from '../../text/tokens';
import type { EngineTools } from '../../tools/engineTool';

/** Tells the model how to get the rest of a function's output that was shortened. */
const functionAdvice = 'If you need them, call the function again and ask it for less.';

const imageTypes: Record<string, string> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
};

/** What is sent of a step: messages, or calls that join the text before them. */
export type Piece = MessagePiece | CallsPiece;

interface MessagePiece {
  messages: readonly ModelMessage[];
}

interface CallsPiece {
  /** Undefined if there are no calls to send. */
  made?: Pick<Extract<ModelMessage, { role: 'assistant' }>, 'toolCalls' | 'providerState'>;
  outputs: readonly ModelMessage[];
  /** The number of outputs that were shortened, or left out with their calls. */
  shortened: number;
}

/** The messages of pieces, in order. The messages are shared, not copied: do not change them. */
export function joinPieces(pieces: readonly Piece[]): ModelMessage[] {
  const messages: ModelMessage[] = [];
  for (const piece of pieces) {
    if ('messages' in piece) messages.push(...piece.messages);
    else if (piece.made) {
      const last = messages.at(-1);
      // Text and calls of one turn are one message to the model.
      if (last?.role === 'assistant' && !last.toolCalls)
        messages[messages.length - 1] = { ...last, ...piece.made };
      else messages.push({ role: 'assistant', content: '', ...piece.made });
      messages.push(...piece.outputs);
    }
  }
  return messages;
}

/** A message of a run, with the state of the turn that wrote it. */
export function messagePiece(
  store: Store,
  message: Message | undefined,
  { providerState }: StepTurn,
): MessagePiece {
  const messages = modelMessages(store, message);
  if (providerState === undefined) return { messages };
  return { messages: messages.map((one) => (one.role === 'assistant' ? { ...one, providerState } : one)) };
}

/** The calls of a step with their outputs; none if the step was not completed. */
export function callsPiece(
  tools: EngineTools,
  step: RunStep,
  turn: () => StepTurn,
  { tokens, isLeftOut }: { tokens: number; isLeftOut: boolean },
): CallsPiece {
  const { step_details: details } = step;
  if (step.status !== 'completed' || details.type !== 'tool_calls') return { outputs: [], shortened: 0 };
  if (isLeftOut) return { outputs: [], shortened: details.tool_calls.length };
  const { providerState, ...record } = turn();
  const answered = details.tool_calls.flatMap((call) => answeredCall(tools, call, record, tokens) ?? []);
  const shortened = answered.filter((one) => one.shortened).length;
  if (answered.length === 0) return { outputs: [], shortened };
  const toolCalls = answered.map(({ call }) => call);
  return {
    made: providerState === undefined ? { toolCalls } : { toolCalls, providerState },
    outputs: answered.map(({ call, output }) => ({
      role: 'tool',
      toolCallId: call.id,
      name: call.name,
      output,
    })),
    shortened,
  };
}

function answeredCall(
  tools: EngineTools,
  call: ToolCall,
  turn: StepTurn,
  outputTokens: number,
): { call: ModelToolCall; output: string; shortened: boolean } | undefined {
  const { id } = call;
  if (call.type === 'function') {
    const { name, arguments: json, output } = call.function;
    const providerState = turn.calls?.[id];
    const state = providerState === undefined ? {} : { providerState };
    const { text, shortened } = shortenText(output ?? '', outputTokens, functionAdvice);
    return { call: { id, name, arguments: json, ...state }, output: text, shortened };
  }
  const record = { answer: turn.answers?.[id], search: turn.searches?.[id] };
  const recalled = tools.get(call.type)?.recall(call, record, outputTokens);
  if (!recalled) return undefined;
  const { arguments: json, output, shortened = false } = recalled;
  // The state of a hosted call contains the whole output.
  const hosted = shortened ? undefined : turn.hosted?.[id];
  const providerState = hosted ?? turn.calls?.[id];
  const state = providerState === undefined ? {} : { providerState };
  return { call: { id, name: call.type, arguments: json, ...state }, output, shortened };
}

/** Whether what is sent of a message depends on more than the message: on files that can be deleted. */
export function showsFiles({ content }: Message): boolean {
  return content.some(({ type }) => type === 'image_file');
}

/** A stored message for the model; none if it is still written, or was deleted. */
export function modelMessages(store: Store, message: Message | undefined): ModelMessage[] {
  if (!message || message.status === 'in_progress') return [];
  const content = message.content.flatMap((part): ModelContentPart[] => {
    if (part.type === 'text') return [{ type: 'text', text: part.text.value }];
    if (part.type === 'refusal') return [{ type: 'text', text: part.refusal }];
    if (message.role === 'assistant') return message.run_id === null ? [imageLine(store, part)] : [];
    if (part.type === 'image_file') return imagePart(store, part.image_file);
    return [{ type: 'image', url: part.image_url.url, detail: part.image_url.detail }];
  });
  if (content.length === 0) return [];
  if (message.role === 'user') return [{ role: 'user', content }];
  const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  return text === '' ? [] : [{ role: 'assistant', content: text }];
}

/** A line for an image of an assistant's message. The tools of a run describe theirs in their outputs. */
function imageLine(
  store: Store,
  part: Exclude<Message['content'][number], { type: 'text' | 'refusal' }>,
): ModelContentPart {
  const name =
    part.type === 'image_url'
      ? part.image_url.url.slice(0, 200)
      : (store.files.get(part.image_file.file_id)?.filename ?? part.image_file.file_id);
  return { type: 'text', text: `\n[An image: ${name}]\n` };
}

/** An image file as a data URL; a note in its place if the file was deleted. */
function imagePart(store: Store, { file_id, detail }: ImageFile): ModelContentPart[] {
  const file = store.files.get(file_id);
  const type = file && imageTypes[extname(file.filename).toLowerCase()];
  if (!file || type === undefined)
    return [{ type: 'text', text: `[The image ${file_id} is not available.]` }];
  const url = `data:${type};base64,${store.contents.read(file).toString('base64')}`;
  return [{ type: 'image', url, detail, name: file.filename }];
}

/** Estimates tokens: `textTokens` of all text and provider state, 800 an image, 4 a message. */
export function estimateTokens(messages: readonly ModelMessage[]): number {
  return messages.reduce((sum, message) => sum + tokensOf(message), 0);
}

/** Messages are sent again with every turn. */
const known = new WeakMap<ModelMessage, number>();

function tokensOf(message: ModelMessage): number {
  const before = known.get(message);
  if (before !== undefined) return before;
  const tokens = 4 + contentTokens(message);
  known.set(message, tokens);
  return tokens;
}

function contentTokens(message: ModelMessage): number {
  if (message.role === 'tool') return textTokens(message.output);
  if (message.role === 'user')
    return message.content.reduce(
      (sum, part) => sum + (part.type === 'text' ? textTokens(part.text) : 800),
      0,
    );
  const { content, providerState, toolCalls = [] } = message;
  return toolCalls.reduce(
    (sum, call) => sum + textTokens(call.name) + textTokens(call.arguments),
    textTokens(content) + (providerState === undefined ? 0 : stateTokens(providerState)),
  );
}

/** Mostly encrypted reasoning in Base64. */
function stateTokens(state: unknown): number {
  return Math.ceil(JSON.stringify(state).length / 4);
}

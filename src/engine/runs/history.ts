import { extname } from 'node:path';
import type { ImageFile, Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep, ToolCall } from 'openai/resources/beta/threads/runs/steps';
import type { ModelContentPart, ModelMessage, ModelToolCall } from '../models/modelProvider';
import type { Store } from '../store/store';
import type { StepTurn } from '../store/runTables';
import { textTokens } from '../tokens';
import type { EngineTools } from '../tools/engineTool';

/** Tokens of history that are sent unless the run sets a limit; most of today's models accept that many. */
const defaultTokenBudget = 96_000;

const pageSize = 100;

const imageTypes: Record<string, string> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
};

/** What messages for the model are made of. */
interface Sources {
  store: Store;
  tools: EngineTools;
  /** Tokens that each output of an engine tool may have, if it can be shortened. */
  maxAnswerTokens: number;
}

/** A thread as it is sent to the model. */
export interface History {
  /** Oldest first. */
  messages: ModelMessage[];
  /** Their estimated tokens. */
  tokens: number;
  /** Whether older messages were left out. */
  truncated: boolean;
}

/**
 * The thread as it is sent to the model: its messages, the tool calls between them with their outputs,
 * and the steps of this run so far. The oldest turns are left out if the run's `truncation_strategy`
 * or `max_prompt_tokens` requires it, or if they exceed `budget` tokens. No tool call is sent without
 * its output.
 */
export function history(
  { store, tools }: { store: Store; tools: EngineTools },
  run: Run,
  budget = run.max_prompt_tokens ?? defaultTokenBudget,
): History {
  // Nothing else of a run's own steps can be shortened.
  const sources = { store, tools, maxAnswerTokens: Math.floor(budget / 2) };
  const current = runMessages(sources, run.id);
  const strategy = run.truncation_strategy;
  const maxMessages = strategy?.type === 'last_messages' ? (strategy.last_messages ?? Infinity) : Infinity;
  const turns: ModelMessage[][] = [];
  let tokens = estimateTokens(current);
  let count = 0;
  let truncated = false;
  for (const turn of turnsBackwards(sources, run)) {
    const cost = estimateTokens(turn.messages);
    // The newest turn is what the run answers: it is sent whatever its length.
    truncated = turns.length > 0 && (tokens + cost > budget || count + turn.count > maxMessages);
    if (truncated) break;
    turns.unshift(turn.messages);
    tokens += cost;
    count += turn.count;
  }
  // An answer makes no sense without its question, and some models reject histories that begin with one.
  while (truncated && maxMessages === Infinity && turns.length > 1 && turns[0]?.[0]?.role !== 'user') {
    tokens -= estimateTokens(turns.shift() ?? []);
  }
  return { messages: [...turns.flat(), ...current], tokens, truncated };
}

/** The turns of a thread before a run, newest first: a user's message, or all that one run added. */
function* turnsBackwards(sources: Sources, run: Run): Generator<{ messages: ModelMessage[]; count: number }> {
  const { store } = sources;
  let ofRun: { id: string; count: number } | undefined;
  for (const message of messagesBackwards(store, run.thread_id)) {
    if (message.run_id === run.id && message.role === 'assistant') continue;
    const madeBy = message.role === 'assistant' ? message.run_id : null;
    if (ofRun && ofRun.id !== madeBy) {
      yield { messages: runMessages(sources, ofRun.id), count: ofRun.count };
      ofRun = undefined;
    }
    if (madeBy !== null) ofRun = { id: madeBy, count: (ofRun?.count ?? 0) + 1 };
    else yield { messages: modelMessages(store, message), count: 1 };
  }
  if (ofRun) yield { messages: runMessages(sources, ofRun.id), count: ofRun.count };
}

function* messagesBackwards(store: Store, threadId: string): Generator<Message> {
  let after: string | undefined;
  for (;;) {
    const page = store.messages.page({ thread_id: threadId }, { limit: pageSize, order: 'desc', after });
    yield* page.data;
    if (!page.hasMore) return;
    after = page.data.at(-1)?.id;
  }
}

/** The messages and calls of a run, in the order of its steps. */
function runMessages(sources: Sources, runId: string): ModelMessage[] {
  const { store } = sources;
  const messages: ModelMessage[] = [];
  for (const step of store.steps.ofRun(runId)) {
    if (step.step_details.type === 'message_creation') {
      const message = store.messages.get(step.step_details.message_creation.message_id);
      if (message && message.status !== 'in_progress')
        messages.push(...withState(modelMessages(store, message), store.steps.turn(step.id)));
    } else {
      addCalls(messages, step, sources);
    }
  }
  return messages;
}

/** The messages of a step with the state of their turn. */
function withState(messages: ModelMessage[], { providerState }: StepTurn): ModelMessage[] {
  if (providerState === undefined) return messages;
  return messages.map((message) => (message.role === 'assistant' ? { ...message, providerState } : message));
}

/** Adds the calls of a step with their outputs; none if the step was not completed. */
function addCalls(messages: ModelMessage[], step: RunStep, sources: Sources): void {
  if (step.status !== 'completed' || step.step_details.type !== 'tool_calls') return;
  const turn = sources.store.steps.turn(step.id);
  const answered = step.step_details.tool_calls.flatMap((call) => answeredCall(sources, call, turn));
  if (answered.length === 0) return;
  const toolCalls = answered.map(({ call }) => call);
  const made =
    turn.providerState === undefined ? { toolCalls } : { toolCalls, providerState: turn.providerState };
  const last = messages.at(-1);
  // Text and calls of one turn are one message to the model.
  if (last?.role === 'assistant' && !last.toolCalls) Object.assign(last, made);
  else messages.push({ role: 'assistant', content: '', ...made });
  for (const { call, output } of answered) {
    messages.push({ role: 'tool', toolCallId: call.id, name: call.name, output });
  }
}

function answeredCall(
  { tools, maxAnswerTokens }: Sources,
  call: ToolCall,
  turn: StepTurn,
): { call: ModelToolCall; output: string }[] {
  const { id } = call;
  if (call.type === 'function') {
    const { name, arguments: json, output } = call.function;
    const providerState = turn.calls?.[id];
    const state = providerState === undefined ? {} : { providerState };
    return [{ call: { id, name, arguments: json, ...state }, output: output ?? '' }];
  }
  const record = { answer: turn.answers?.[id], search: turn.searches?.[id] };
  const recalled = tools.get(call.type)?.recall(call, record, maxAnswerTokens);
  if (!recalled) return [];
  const providerState = turn.hosted?.[id] ?? turn.calls?.[id];
  const state = providerState === undefined ? {} : { providerState };
  return [
    { call: { id, name: call.type, arguments: recalled.arguments, ...state }, output: recalled.output },
  ];
}

function modelMessages(store: Store, message: Message): ModelMessage[] {
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

/** Estimates tokens: `textTokens` of all text, 800 an image, 4 a message. */
function estimateTokens(messages: readonly ModelMessage[]): number {
  let tokens = 0;
  for (const message of messages) {
    tokens += 4;
    if (message.role === 'user') {
      for (const part of message.content) tokens += part.type === 'text' ? textTokens(part.text) : 800;
    } else if (message.role === 'tool') {
      tokens += textTokens(message.output);
    } else {
      tokens += textTokens(message.content);
      for (const call of message.toolCalls ?? []) tokens += textTokens(call.arguments);
    }
  }
  return tokens;
}

import { extname } from 'node:path';
import type { ImageFile, Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep, ToolCall } from 'openai/resources/beta/threads/runs/steps';
import type { ModelContentPart, ModelMessage, ModelToolCall } from '../../models/modelProvider';
import type { Store } from '../../store/store';
import type { StepTurn } from '../../store/runTables';
import { shortenText } from '../../shortenText';
import { textTokens } from '../../tokens';
import type { EngineTools } from '../../tools/engineTool';

const pageSize = 100;

/** Tells the model how to get the rest of a function's output that was shortened. */
const functionAdvice = 'If you need them, call the function again and ask it for less.';

const imageTypes: Record<string, string> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
};

/** A message that a client has created, or all that one run added to the thread. */
export interface Turn {
  /** The message's or the run's. */
  id: string;
  /** Undefined if it is a message that a client has created. */
  runId?: string;
  role: Message['role'];
  /** The number of its messages. */
  count: number;
  /** The id of its oldest message. */
  oldest: string;
}

/** How the steps of a run are sent. */
export interface StepLimits {
  /** The tokens that each output of a step may have, if it can be shortened. */
  outputTokens: (step: RunStep) => number;
  /** Whether the calls of a step are left out. */
  isLeftOut?: (step: RunStep) => boolean;
  /** Counts an output that was shortened, or left out with its call. */
  shortened?: () => void;
}

/** What messages for the model are made of. */
interface Sources extends StepLimits {
  thread: ThreadHistory;
  tools: EngineTools;
}

/** A thread before and in a run as messages for the model. What it reads of the store is read once. */
export class ThreadHistory {
  readonly #store: Store;
  readonly #tools: EngineTools;
  readonly #turns: Turn[] = [];
  readonly #unread: Generator<Turn>;
  readonly #steps = new Map<string, RunStep[]>();
  readonly #stepTurns = new Map<string, StepTurn>();
  readonly #messages = new Map<string, Message | undefined>();
  readonly #converted = new Map<string, ModelMessage[]>();

  constructor({ store, tools }: { store: Store; tools: EngineTools }, run: Run) {
    this.#store = store;
    this.#tools = tools;
    this.#unread = turnsBackwards(store, run, (message) => this.#messages.set(message.id, message));
  }

  /** The turns before the run, newest first; read as far as they are asked for. */
  *turnsBackwards(): Generator<Turn> {
    for (let at = 0; ; at++) {
      if (at === this.#turns.length) {
        const next = this.#unread.next();
        if (next.done) return;
        this.#turns.push(next.value);
      }
      yield this.#turns[at] as Turn;
    }
  }

  turnMessages({ id, runId }: Turn, limits: StepLimits): ModelMessage[] {
    return runId === undefined ? this.messagesOf(id) : this.runMessages(runId, limits);
  }

  /** The messages and calls of a run, in the order of its steps. */
  runMessages(runId: string, limits: StepLimits): ModelMessage[] {
    const sources: Sources = { ...limits, thread: this, tools: this.#tools };
    const messages: ModelMessage[] = [];
    for (const step of this.steps(runId)) {
      if (step.step_details.type === 'message_creation') {
        const sent = this.messagesOf(step.step_details.message_creation.message_id);
        messages.push(...withState(sent, this.stepTurn(step.id)));
      } else {
        addCalls(messages, step, sources);
      }
    }
    return messages;
  }

  /** Oldest first. */
  steps(runId: string): RunStep[] {
    return memoized(this.#steps, runId, () => this.#store.steps.ofRun(runId));
  }

  stepTurn(stepId: string): StepTurn {
    return memoized(this.#stepTurns, stepId, () => this.#store.steps.turn(stepId));
  }

  /** A stored message for the model; none if it is still written, or was deleted. */
  messagesOf(messageId: string): ModelMessage[] {
    const converted = memoized(this.#converted, messageId, () => {
      const message = memoized(this.#messages, messageId, () => this.#store.messages.get(messageId));
      return message && message.status !== 'in_progress' ? modelMessages(this.#store, message) : [];
    });
    // `addCalls` adds to them.
    return converted.map((message) => ({ ...message }));
  }
}

function memoized<K, V>(known: Map<K, V>, key: K, read: () => V): V {
  if (!known.has(key)) known.set(key, read());
  return known.get(key) as V;
}

/** The turns of a thread before a run, newest first. `read` gets every message that was read. */
function* turnsBackwards(store: Store, run: Run, read: (message: Message) => void): Generator<Turn> {
  let ofRun: Turn | undefined;
  for (const message of messagesBackwards(store, run.thread_id)) {
    read(message);
    if (message.run_id === run.id && message.role === 'assistant') continue;
    const madeBy = message.role === 'assistant' ? message.run_id : null;
    if (ofRun && ofRun.id !== madeBy) {
      yield ofRun;
      ofRun = undefined;
    }
    if (madeBy === null) yield { id: message.id, role: message.role, count: 1, oldest: message.id };
    else
      ofRun = {
        id: madeBy,
        runId: madeBy,
        role: 'assistant',
        count: (ofRun?.count ?? 0) + 1,
        oldest: message.id,
      };
  }
  if (ofRun) yield ofRun;
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

/** The messages of a step with the state of their turn. */
function withState(messages: ModelMessage[], { providerState }: StepTurn): ModelMessage[] {
  if (providerState === undefined) return messages;
  return messages.map((message) => (message.role === 'assistant' ? { ...message, providerState } : message));
}

/** Adds the calls of a step with their outputs; none if the step was not completed. */
function addCalls(messages: ModelMessage[], step: RunStep, sources: Sources): void {
  if (step.status !== 'completed' || step.step_details.type !== 'tool_calls') return;
  if (sources.isLeftOut?.(step)) return step.step_details.tool_calls.forEach(() => sources.shortened?.());
  const turn = sources.thread.stepTurn(step.id);
  const outputTokens = sources.outputTokens(step);
  const answered = step.step_details.tool_calls.flatMap((call) =>
    answeredCall(sources, call, turn, outputTokens),
  );
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
  { tools, shortened }: Sources,
  call: ToolCall,
  turn: StepTurn,
  outputTokens: number,
): { call: ModelToolCall; output: string }[] {
  const { id } = call;
  if (call.type === 'function') {
    const { name, arguments: json, output } = call.function;
    const providerState = turn.calls?.[id];
    const state = providerState === undefined ? {} : { providerState };
    const sent = shortenText(output ?? '', outputTokens, functionAdvice);
    if (sent.shortened) shortened?.();
    return [{ call: { id, name, arguments: json, ...state }, output: sent.text }];
  }
  const record = { answer: turn.answers?.[id], search: turn.searches?.[id] };
  const recalled = tools.get(call.type)?.recall(call, record, outputTokens);
  if (!recalled) return [];
  if (recalled.shortened) shortened?.();
  // The state of a hosted call contains the whole output.
  const hosted = recalled.shortened ? undefined : turn.hosted?.[id];
  const providerState = hosted ?? turn.calls?.[id];
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

/** Estimates tokens: `textTokens` of all text and provider state, 800 an image, 4 a message. */
export function estimateTokens(messages: readonly ModelMessage[]): number {
  let tokens = 0;
  for (const message of messages) {
    tokens += 4;
    if (message.role === 'user') {
      for (const part of message.content) tokens += part.type === 'text' ? textTokens(part.text) : 800;
    } else if (message.role === 'tool') {
      tokens += textTokens(message.output);
    } else {
      tokens += textTokens(message.content);
      if (message.providerState !== undefined) tokens += stateTokens(message.providerState);
      for (const call of message.toolCalls ?? [])
        tokens += textTokens(call.name) + textTokens(call.arguments);
    }
  }
  return tokens;
}

/** Mostly encrypted reasoning in Base64. */
function stateTokens(state: unknown): number {
  return Math.ceil(JSON.stringify(state).length / 4);
}

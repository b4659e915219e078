import {
  ModelError,
  type ModelEvent,
  type ModelMemory,
  type ModelMessage,
  type ModelRequest,
  type ModelToolCall,
} from '../modelProvider';
import { safeCalls } from './calls';
import { countImages, imageRejection, limitImages } from './images';
import type { ReplayTraits } from './replayTraits';
import { safeText } from './texts';

/** How a kind of provider replays its own state. */
export interface ReplayedState {
  /** The id that the server itself gave to a call, if it is known. */
  serverId: (call: ModelToolCall) => string | undefined;
  /** The messages with the state that is sent, and no other. */
  messages: (messages: readonly ModelMessage[], traits: ReplayTraits) => ModelMessage[];
  /** What to change after an error; undefined if it is not about the state. */
  rejection: (message: string, traits: ReplayTraits) => ReplayTraits | undefined;
}

/**
 * Prepares the requests of one turn so that the server accepts what it did not write itself: the thread's
 * past, which may come from other models and servers. What a server rejects is changed and sent again. A
 * change that helped is remembered.
 */
export class Replay {
  #traits: ReplayTraits;
  #learned: ReplayTraits = {};
  #begun = false;
  /** Of the last request. */
  #sent = { images: 0, omittedImages: 0, ids: false, foreignCalls: false };

  constructor(
    private readonly memory: ModelMemory | undefined,
    private readonly state?: ReplayedState,
  ) {
    this.#traits = memory?.get().replay ?? {};
  }

  /** Whether the answer has begun: the request is not repeated any more. */
  get begun(): boolean {
    return this.#begun;
  }

  /** The request with its past as the server accepts it, as far as that is known. */
  request(request: ModelRequest): ModelRequest {
    const { shortIds = false, callsAsText: asText = false, maxImages = Infinity } = this.#traits;
    const tools = toolNames(request);
    const past = request.messages.map(safeMessage);
    const withState = this.state?.messages(past, this.#traits) ?? past;
    const serverId = this.state?.serverId;
    const called = safeCalls(withState, { tools, shortIds, asText, ...(serverId && { serverId }) });
    const messages = limitImages(called, maxImages);
    const calls = called.flatMap((message) =>
      message.role === 'assistant' ? (message.toolCalls ?? []) : [],
    );
    const images = countImages(messages);
    this.#sent = {
      images,
      omittedImages: countImages(called) - images,
      ids: calls.length > 0,
      foreignCalls: calls.some(({ name }) => !tools.has(name)),
    };
    return { ...request, instructions: safeText(request.instructions), messages };
  }

  /** Passes the events of an answer on. Once there is one, the request is not repeated. */
  *events(events: Iterable<ModelEvent>): Generator<ModelEvent> {
    for (const event of events) {
      this.#begun = true;
      yield event;
    }
  }

  /** Changes the next request if the error is about the thread's past. Returns whether to send it again. */
  adapts(error: unknown): boolean {
    if (this.#begun || !(error instanceof ModelError) || error.tooLong) return false;
    if ([401, 402, 403, 408, 429].includes(error.status ?? 0)) return false;
    const change = this.#changeFor(error.message);
    if (!change) return false;
    const { lasting, ...traits } = change;
    this.#traits = { ...this.#traits, ...traits };
    if (lasting) this.#learned = { ...this.#learned, ...traits };
    return true;
  }

  /** The server accepted the request: remembers what was learned, and reports what was left out. */
  *accepted(): Generator<ModelEvent> {
    if (Object.keys(this.#learned).length > 0)
      this.memory?.set({ replay: { ...this.memory.get().replay, ...this.#learned } });
    if (this.#sent.omittedImages > 0) yield { type: 'omitted', parts: ['images'] };
  }

  #changeFor(message: string): (ReplayTraits & { lasting: boolean }) | undefined {
    const { images, ids, foreignCalls } = this.#sent;
    if (ids && !this.#traits.shortIds && aboutIds.test(message)) return { shortIds: true, lasting: true };
    const state = this.state?.rejection(message, this.#traits);
    if (state) return { ...state, lasting: true };
    const rejected = images > 0 ? imageRejection(message, images) : undefined;
    if (rejected) return { maxImages: rejected.max, lasting: rejected.lasting };
    if (foreignCalls && !this.#traits.callsAsText && aboutTools.test(message))
      return { callsAsText: true, lasting: true };
    return undefined;
  }
}

const aboutIds =
  /\b(tool|function)[ _-]?(call|use)?[ _-]?ids?\b|\bcall_?ids?\b|tool_calls?\S*\.id\b|tool_use\S*\.id\b/i;
const aboutTools = /\btools?\b|tool_?config|tool_?(use|result|call)|\bfunctions?\b/i;

function toolNames({ tools, hosted }: ModelRequest): Set<string> {
  const names = new Set(tools.map(({ name }) => name));
  if (hosted?.fileSearch) names.add('file_search');
  if (hosted?.codeInterpreter) names.add('code_interpreter');
  return names;
}

function safeMessage(message: ModelMessage): ModelMessage {
  if (message.role === 'tool') return message;
  if (message.role === 'assistant') return { ...message, content: safeText(message.content) };
  const content = message.content.map((part) =>
    part.type === 'text' ? { ...part, text: safeText(part.text) } : part,
  );
  return { ...message, content };
}

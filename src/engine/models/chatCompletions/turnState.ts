import type { CallOfFragment } from './toolCalls';
import type { ModelEvent, ModelMessage, ModelToolCall } from '../modelProvider';
import { isSafeId } from '../replay/calls';
import type { ReplayedState } from '../replay/replay';
import type { ReplayTraits } from '../replay/replayTraits';
import { fieldsOf, listOf, textOf, type Fields } from '../server/json';

/** What a server sent with a turn or a call beyond the API, and wants back with it. */
interface State {
  api: 'chat-completions';
  /** Host and model: no other gets it. */
  origin: string;
  /** Fields of the message, or of the call. */
  fields?: Record<string, unknown>;
  /** Fields of the call's `function`. */
  function?: Record<string, unknown>;
  /** The server's id of the call, if others may reject it. Some ids contain a signature. */
  id?: string;
}

/** Lists of blocks, streamed in pieces: OpenRouter's and MiniMax's, LiteLLM's of Claude. */
const blockFields = ['reasoning_details', 'thinking_blocks'];
/** Fields of a call: Gemini's signature as Google, LiteLLM and other gateways send it. */
const callFields = ['extra_content', 'provider_specific_fields', 'thought_signature'];

/** Maximum characters of a turn's state; what exceeds them is not stored. */
const maxLength = 512 * 1024;

/** Collects the state of a turn and its calls from the pieces of an answer. */
export class TurnStateReader {
  #reasoning = '';
  readonly #blocks = new Map<string, Fields[]>();
  readonly #calls = new Map<
    CallOfFragment,
    { fields: Record<string, unknown>; function: Record<string, unknown> }
  >();
  #length = 0;

  constructor(private readonly origin: string) {}

  delta(delta: Fields): void {
    const reasoning = textOf(delta['reasoning_content']);
    if (reasoning && this.#fits(reasoning)) this.#reasoning += reasoning;
    for (const name of blockFields) {
      const blocks = this.#blocks.get(name) ?? [];
      for (const block of listOf(delta[name]).map(fieldsOf)) {
        if (this.#fits(JSON.stringify(block))) addBlock(blocks, block);
      }
      if (blocks.length > 0) this.#blocks.set(name, blocks);
    }
  }

  call(call: CallOfFragment, fragment: Fields): void {
    const state = this.#calls.get(call) ?? { fields: {}, function: {} };
    this.#calls.set(call, state);
    for (const name of callFields) {
      for (const [from, into] of [
        [fragment, state.fields],
        [fieldsOf(fragment['function']), state.function],
      ] as const) {
        if (from[name] && this.#fits(JSON.stringify(from[name]))) into[name] = from[name];
      }
    }
  }

  *end(): Generator<ModelEvent> {
    const base = { api: 'chat-completions', origin: this.origin } as const;
    for (const [{ index, id }, { fields, function: called }] of this.#calls) {
      const state: State = {
        ...base,
        ...(!isEmpty(fields) && { fields }),
        ...(!isEmpty(called) && { function: called }),
        ...(id && !isSafeId(id) && this.#fits(id) && { id }),
      };
      if (index !== undefined && Object.keys(state).length > 2)
        yield { type: 'tool_call_state', index, state };
    }
    const fields = {
      ...(this.#reasoning && { reasoning_content: this.#reasoning }),
      ...Object.fromEntries(this.#blocks),
    };
    if (!isEmpty(fields)) yield { type: 'provider_state', state: { ...base, fields } satisfies State };
  }

  #fits(text: string): boolean {
    this.#length += text.length;
    return this.#length <= maxLength;
  }
}

/** Adds a block, or a piece of the last one. */
function addBlock(blocks: Fields[], piece: Fields): void {
  const last = blocks.at(-1);
  const isPiece =
    last &&
    last['type'] === piece['type'] &&
    last['index'] === piece['index'] &&
    !last['signature'] &&
    !('data' in piece);
  if (!isPiece) {
    blocks.push(piece);
    return;
  }
  const merged: Record<string, unknown> = { ...last };
  for (const [name, value] of Object.entries(piece)) {
    const before = textOf(last[name]);
    if (!['text', 'summary', 'thinking'].includes(name)) merged[name] = value ?? last[name];
    // MiniMax repeats the text so far.
    else if (/^minimax/i.test(textOf(piece['format'])) && before && textOf(value).startsWith(before))
      merged[name] = value;
    else merged[name] = before + textOf(value);
  }
  blocks[blocks.length - 1] = merged;
}

/**
 * Replays the states of one server and model. Reasoning goes back with the turns of runs that called tools, as
 * DeepSeek and others demand for all later requests; they ignore it with other turns.
 */
export function turnStates(origin: string): ReplayedState {
  return {
    serverId: (call) => stateOf(call.providerState, origin)?.id,
    messages: (messages, traits) => withStates(messages, traits, origin),
    rejection,
  };
}

/** What to change where a server demands or rejects the state of earlier turns. */
function rejection(message: string, { reasoning, signatures }: ReplayTraits): ReplayTraits | undefined {
  if (/thought[ _]?signature/i.test(message)) return signatures ? undefined : { signatures: true };
  if (!/reasoning_(content|details)|thinking_blocks|reasoning content/i.test(message)) return undefined;
  if (/passed back|missing|required|must (have|include|provide|contain)|not found/i.test(message))
    return reasoning === 'all' ? undefined : { reasoning: 'all' };
  if (reasoning === 'none') return undefined;
  return { reasoning: reasoning === 'run' ? 'none' : 'run' };
}

function withStates(messages: readonly ModelMessage[], traits: ReplayTraits, origin: string): ModelMessage[] {
  const lastUser = messages.findLastIndex(({ role }) => role === 'user');
  let ofCalls = false;
  return messages.map((message, at): ModelMessage => {
    if (message.role === 'user') ofCalls = false;
    if (message.role !== 'assistant') return message;
    ofCalls ||= (message.toolCalls?.length ?? 0) > 0;
    const { providerState, toolCalls, ...plain } = message;
    const { reasoning = 'calls' } = traits;
    const wanted =
      reasoning === 'all' || (ofCalls && (reasoning === 'calls' || (reasoning === 'run' && at > lastUser)));
    const own = wanted ? stateOf(providerState, origin)?.fields : undefined;
    const fields = reasoning === 'all' ? { ...noReasoning, ...own } : own;
    return {
      ...plain,
      ...(toolCalls && { toolCalls: callsWithStates(toolCalls, traits, origin) }),
      ...(fields && { providerState: { fields } }),
    };
  });
}

/** Of a turn by another model; some servers reject an empty text. */
const noReasoning = { reasoning_content: ' ' };
/** Google's documented value for calls that another model made. */
const noSignature = { extra_content: { google: { thought_signature: 'skip_thought_signature_validator' } } };

function callsWithStates(
  calls: ModelToolCall[],
  { signatures }: ReplayTraits,
  origin: string,
): ModelToolCall[] {
  // Google signs the first of parallel calls.
  const signed = calls.some((call) => stateOf(call.providerState, origin));
  return calls.map(({ providerState, ...call }, at) => {
    const own = stateOf(providerState, origin);
    if (own) return { ...call, providerState: own };
    return { ...call, ...(signatures && !signed && at === 0 && { providerState: { fields: noSignature } }) };
  });
}

/** A state of this server and model; undefined for others. */
function stateOf(value: unknown, origin: string): State | undefined {
  const state = fieldsOf(value);
  return state['api'] === 'chat-completions' && state['origin'] === origin ? (value as State) : undefined;
}

/** The fields to send with a message or call whose state `turnStates` has prepared. */
export function stateFields(state: unknown, of: 'fields' | 'function' = 'fields'): Fields {
  return fieldsOf(fieldsOf(state)[of]);
}

function isEmpty(fields: object): boolean {
  return Object.keys(fields).length === 0;
}

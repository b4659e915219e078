import { createHash } from 'node:crypto';
import type { ModelMessage, ModelToolCall } from '../modelProvider';
import { safeArguments } from './callArguments';
import { safeText } from './texts';

type AssistantMessage = Extract<ModelMessage, { role: 'assistant' }>;
type ToolMessage = Extract<ModelMessage, { role: 'tool' }>;

export interface CallOptions {
  /** The names of the request's tools; they are sent as they are. */
  tools: ReadonlySet<string>;
  /** Whether all ids are sent in the form that Mistral wants, which no server rejects. */
  shortIds: boolean;
  /** Whether calls of tools that the request does not have are sent as text. */
  asText: boolean;
  /** The id that the server itself gave to a call; undefined if it is not known to be the server's. */
  serverId?: (call: ModelToolCall) => string | undefined;
}

/** Ids that all servers but Mistral's accept. */
export function isSafeId(id: string): boolean {
  return /^[a-zA-Z0-9_-]{1,40}$/.test(id);
}

/**
 * The messages with their calls as servers accept them: every call with one output, right after it and in
 * the same order; no output without a call; unique and acceptable ids, the same on both ends; acceptable
 * names and arguments. Depends on nothing but the messages and options, so that a prefix stays the same.
 */
export function safeCalls(messages: readonly ModelMessage[], options: CallOptions): ModelMessage[] {
  const ids = new CallIds(options);
  const safe: ModelMessage[] = [];
  for (let at = 0; at < messages.length; at++) {
    const message = messages[at];
    if (!message || message.role === 'tool') continue;
    if (message.role === 'user' || !message.toolCalls?.length) {
      safe.push(message);
      continue;
    }
    const outputs: ToolMessage[] = [];
    for (let next = messages[at + 1]; next?.role === 'tool'; next = messages[++at + 1]) outputs.push(next);
    safe.push(...safeTurn({ ...message, toolCalls: message.toolCalls }, outputs, ids, options));
  }
  return safe;
}

function safeTurn(
  message: AssistantMessage & { toolCalls: ModelToolCall[] },
  outputs: ToolMessage[],
  ids: CallIds,
  { tools, asText }: CallOptions,
): ModelMessage[] {
  const rest = [...outputs];
  const toolCalls: ModelToolCall[] = [];
  const answers: ToolMessage[] = [];
  const lines: string[] = [];
  for (const call of message.toolCalls) {
    const found = rest.findIndex(({ toolCallId }) => toolCallId === call.id);
    const [answer] = found < 0 ? [] : rest.splice(found, 1);
    // Some servers reject an empty output.
    const output = safeText(answer?.output ?? '').trim() ? safeText(answer?.output ?? '') : '(no output)';
    const json = safeArguments(call.arguments);
    if (asText && !tools.has(call.name)) {
      lines.push(`[Called ${safeText(call.name)} with ${json}. Its output: ${output}]`);
      continue;
    }
    const name = tools.has(call.name) ? call.name : safeName(call.name);
    const id = ids.of(call);
    toolCalls.push({ ...call, id, name, arguments: json });
    answers.push({ role: 'tool', toolCallId: id, name, output });
  }
  const content = [message.content, ...lines].filter((text) => text !== '').join('\n\n');
  return [{ ...message, content, toolCalls }, ...answers];
}

/** Gives the calls of a request their ids. */
class CallIds {
  readonly #used = new Set<string>();

  constructor(private readonly options: CallOptions) {}

  of(call: ModelToolCall): string {
    const { shortIds, serverId } = this.options;
    const own = shortIds ? undefined : serverId?.(call);
    const accepted = shortIds ? /^[a-zA-Z0-9]{9}$/.test(call.id) : isSafeId(call.id);
    let id = own ?? (accepted ? call.id : shortId(call.id));
    for (let again = 1; this.#used.has(id); again++) id = shortId(`${call.id}#${again}`);
    this.#used.add(id);
    return id;
  }
}

/** Nine letters and digits. */
function shortId(id: string): string {
  return hash(id).slice(0, 9);
}

/** A name that all servers accept. */
function safeName(name: string): string {
  if (/^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/.test(name)) return name;
  const letters = name.replace(/[^a-zA-Z0-9_-]/g, '_').replace(/^(?![a-zA-Z_])/, '_');
  // The hash keeps names apart that differ in what was replaced or cut off.
  return `${letters.slice(0, 57)}_${hash(name).slice(0, 6)}`;
}

function hash(text: string): string {
  return createHash('sha256')
    .update(text)
    .digest('base64')
    .replace(/[^a-zA-Z0-9]/g, '');
}

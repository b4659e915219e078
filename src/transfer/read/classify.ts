import { isFields, kinds, type Fields, type Kind } from '../objects';
import { createdAt, secondsOf } from './times';

/** What an element of an import is. */
export type Classified =
  | { kind: Kind; object: Fields; threadId?: string; createdAt?: number }
  | { kind: 'conversation'; object: Fields }
  | { kind: 'list'; items: unknown[] }
  /** Our export's description. */
  | { kind: 'manifest'; object: Fields }
  | { kind: 'unknown'; name: string; id: string | null };

const kindsById: readonly (readonly [string, Kind])[] = [
  ['asst_', 'assistant'],
  ['thread_', 'thread'],
  ['msg_', 'thread.message'],
  ['run_', 'thread.run'],
  ['step_', 'thread.run.step'],
  ['file-', 'file'],
  ['vs_', 'vector_store'],
];

/** The times of the API's objects, which some dumps have as dates. */
const times = [
  'started_at',
  'completed_at',
  'failed_at',
  'cancelled_at',
  'expires_at',
  'expired_at',
  'incomplete_at',
  'last_active_at',
];

/** Recognises an object, and gives it the fields that the API's objects have. `hint`: the name of its file or list. */
export function classify(value: unknown, hint: string): Classified {
  if (Array.isArray(value)) return { kind: 'list', items: value };
  if (!isFields(value)) return { kind: 'unknown', name: hint, id: null };
  if (value['format'] === 'assistants-studio-export') return { kind: 'manifest', object: value };
  if (value['object'] === 'list' && Array.isArray(value['data']))
    return { kind: 'list', items: value['data'] };
  if (isFields(value['mapping'])) return { kind: 'conversation', object: value };
  const items = itemsById(value);
  if (items) return { kind: 'list', items };
  const thread = threadWithMessages(value);
  if (thread) return classify(thread, hint);
  const kind = kindOf(value, hint);
  if (kind === undefined) {
    const { object, id } = value;
    const name = typeof object === 'string' ? object.slice(0, 100) : hint;
    return { kind: 'unknown', name, id: typeof id === 'string' ? id.slice(0, 256) : null };
  }
  const seconds = createdAt(value);
  const object: Fields = { ...value, object: kind };
  for (const name of times) {
    if (typeof value[name] === 'string') object[name] = secondsOf(value[name]) ?? null;
  }
  if (seconds === undefined) delete object['created_at'];
  else object['created_at'] = seconds;
  const threadId = threadIdOf(value);
  if (kind.startsWith('thread.') && threadId !== undefined) object['thread_id'] = threadId;
  if (kind === 'thread.message') readMessage(object);
  if (kind === 'file' && typeof object['filename'] !== 'string') object['filename'] = textOf(object['name']);
  return { kind, object, threadId, createdAt: seconds };
}

/** The items of an array or of a list of the API. */
export function itemsOf(value: unknown): unknown[] | undefined {
  if (Array.isArray(value)) return value as unknown[];
  return isFields(value) && Array.isArray(value['data']) ? value['data'] : undefined;
}

/** The objects of a dictionary of the API's ids: `{"asst_1": {…}}`, or `{"thread_1": [messages]}`. */
function itemsById(value: Fields): unknown[] | undefined {
  const entries = Object.entries(value);
  if (entries.length === 0 || !entries.every(([key]) => kindsById.some(([prefix]) => key.startsWith(prefix))))
    return undefined;
  return entries.flatMap(([key, inner]): unknown[] => {
    const items = itemsOf(inner);
    if (!items) return [isFields(inner) ? { id: key, ...inner } : inner];
    if (!key.startsWith('thread_')) return items;
    return items.map((item) => (isFields(item) ? { thread_id: key, ...item } : item));
  });
}

/** A thread with its messages that says nothing of its kind: `{"thread_id": …, "messages": […]}`, `{"thread": {…}, …}`. */
function threadWithMessages(value: Fields): Fields | undefined {
  const { object, thread, id, ...rest } = value;
  if (object !== undefined || !itemsOf(value['messages'])) return undefined;
  const threadId = (isFields(thread) ? thread['id'] : threadIdOf(value)) ?? id;
  if (typeof threadId !== 'string' && typeof threadId !== 'number') return undefined;
  return { ...rest, ...(isFields(thread) && thread), object: 'thread', id: String(threadId) };
}

function kindOf(value: Fields, hint: string): Kind | undefined {
  const { object, id } = value;
  if (typeof object === 'string') {
    const known = kinds.find((kind) => kind === object);
    if (known) return known;
    // Objects of another name are of another API.
    return object === 'message' || object === 'run' || object === 'step' ? kindByName(object) : undefined;
  }
  if (typeof id === 'string') {
    const found = kindsById.find(([prefix]) => id.startsWith(prefix));
    if (found) return found[1];
  }
  // One message a line.
  if (
    typeof value['role'] === 'string' &&
    threadIdOf(value) !== undefined &&
    messageTextOf(value) !== undefined
  )
    return 'thread.message';
  return kindByName(hint);
}

function kindByName(name: string): Kind | undefined {
  const word = name.toLowerCase().replace(/[-_ .]?\d+$/, '');
  const byWord: Readonly<Record<string, Kind>> = {
    assistants: 'assistant',
    files: 'file',
    vector_stores: 'vector_store',
    vector_store_files: 'vector_store.file',
    threads: 'thread',
    messages: 'thread.message',
    message: 'thread.message',
    runs: 'thread.run',
    run: 'thread.run',
    run_steps: 'thread.run.step',
    steps: 'thread.run.step',
    step: 'thread.run.step',
  };
  return Object.hasOwn(byWord, word) ? byWord[word] : undefined;
}

function threadIdOf(value: Fields): string | undefined {
  for (const name of ['thread_id', 'threadId', 'thread', 'conversation_id', 'conversationId']) {
    const id = value[name];
    if (typeof id === 'string' && id !== '') return id;
    if (typeof id === 'number') return String(id);
  }
  return undefined;
}

function messageTextOf(value: Fields): unknown {
  return value['content'] ?? value['text'] ?? value['message'] ?? value['value'];
}

/** Ids of messages that are numbered, by the names that dumps have for them. */
function readMessage(message: Fields): void {
  const id = message['message_id'] ?? message['messageId'] ?? message['id'];
  if (typeof id === 'string' && id !== '') message['id'] = id;
  else if (typeof id === 'number') message['id'] = `message ${id}`;
  else delete message['id'];
  if (message['content'] === undefined) message['content'] = messageTextOf(message);
  for (const name of ['text', 'message', 'value', 'message_id', 'messageId']) delete message[name];
  const { role } = message;
  if (typeof role === 'string') message['role'] = roles[role.toLowerCase()] ?? role;
  const assistant = message['assistant_id'] ?? message['assistantId'];
  if (assistant === '') message['assistant_id'] = null;
  else if (assistant !== undefined) message['assistant_id'] = assistant;
  if (message['run_id'] === '') message['run_id'] = null;
  delete message['assistantId'];
  const { content } = message;
  // Chat Completions have parts without annotations: {"type":"text","text":"Hello"}.
  if (Array.isArray(content)) message['content'] = content.map(contentPart);
  else if (isFields(content) && typeof content['value'] === 'string') message['content'] = content['value'];
}

const roles: Readonly<Record<string, string>> = {
  human: 'user',
  ai: 'assistant',
  bot: 'assistant',
  model: 'assistant',
};

function contentPart(part: unknown): unknown {
  if (typeof part === 'string') return { type: 'text', text: { value: part, annotations: [] } };
  if (isFields(part) && part['type'] === 'text' && typeof part['text'] === 'string')
    return { type: 'text', text: { value: part['text'], annotations: [] } };
  return part;
}

function textOf(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : 'file';
}

import * as vscode from 'vscode';
import type { Fields } from './remoteFields';
import { asArray, asNumber, asObject, asText, isFields } from './remoteFields';
import { isUrlCitation } from '../../protocol/text/urlCitations';

/** Called with the name of a field that had to be replaced, such as `thread.message.content`. */
type Report = (field: string) => void;

/**
 * Makes an object of a server safe to use: the fields that views read have the type that the API specifies
 * afterwards. A text that cannot be read is replaced by a placeholder, an item of a list that has no id is
 * left out, and a date as text becomes a number of seconds. Changes the object.
 */
export function repairObject(value: unknown, report: Report): void {
  if (!isFields(value)) return;
  const kind = kindOf(value);
  if (kind === undefined) return;
  const note = (field: string): void => report(`${kind}.${field}`);
  repairTimes(value, note);
  if (kind === 'list') return repairList(value, note, report);
  if (Object.hasOwn(repairs, kind)) repairs[kind]!(value, note);
}

/** Kinds by the beginning of an id, for objects that do not name theirs. */
const kindsById = { msg_: 'thread.message', run_: 'thread.run', asst_: 'assistant', thread_: 'thread' };

function kindOf({ object, id, data }: Fields): string | undefined {
  if (typeof object === 'string') return object;
  if (Array.isArray(data)) return 'list';
  if (typeof id !== 'string') return undefined;
  return Object.entries(kindsById).find(([prefix]) => id.startsWith(prefix))?.[1];
}

/** The fields that the views read, by the kind of object. */
const repairs: Record<string, (value: Fields, note: Report) => void> = {
  assistant: (value, note) => {
    asText(value, 'model', note);
    for (const name of ['name', 'description', 'instructions'])
      if (value[name] != null) asText(value, name, note);
    repairTools(value, note);
    repairPairs(value, note);
  },
  thread: repairPairs,
  'thread.message': repairMessage,
  'thread.message.delta': (value, note) => {
    asArray(asObject(value, 'delta', note), 'content', note);
  },
  'thread.run': repairRun,
  'thread.run.step': (value, note) => {
    asText(value, 'status', note);
    const details = asObject(value, 'step_details', note);
    if (details['type'] === 'tool_calls')
      asArray(details, 'tool_calls', note).forEach((call) => repairCall(call, note));
  },
  'thread.run.step.delta': (value, note) => {
    const details = asObject(asObject(value, 'delta', note), 'step_details', note);
    if (details['type'] === 'tool_calls') asArray(details, 'tool_calls', note);
  },
  file: (value, note) => {
    asText(value, 'filename', note);
    asNumber(value, 'bytes', note);
  },
  vector_store: (value, note) => {
    if (value['name'] != null) asText(value, 'name', note);
    asNumber(value, 'usage_bytes', note);
    const counts = asObject(value, 'file_counts', note);
    for (const name of ['in_progress', 'completed', 'failed', 'cancelled', 'total'])
      asNumber(counts, name, note);
  },
  'vector_store.file': (value, note) => {
    asText(value, 'status', note);
    if (value['last_error'] != null) asText(asObject(value, 'last_error', note), 'message', note);
  },
};

function repairList(list: Fields, note: Report, report: Report): void {
  const items = asArray(list, 'data', note);
  list['data'] = items.filter((item) => {
    // The parts of a file's text, and the results of a search, have no id.
    const isUsable = !('object' in item) || typeof item['id'] === 'string';
    if (!isUsable) note('data.id');
    return isUsable;
  });
  for (const item of list['data'] as Fields[]) repairObject(item, report);
}

function repairMessage(message: Fields, note: Report): void {
  if (message['role'] !== 'user' && message['role'] !== 'assistant') {
    message['role'] = 'assistant';
    note('role');
  }
  const { content } = message;
  if (typeof content === 'string') {
    message['content'] = [{ type: 'text', text: { value: content, annotations: [] } }];
    note('content');
  } else if (!Array.isArray(content)) {
    // A message that is being written has no content yet.
    message['content'] = message['status'] === 'in_progress' ? [] : [placeholder()];
    note('content');
  } else {
    message['content'] = content.map((part: unknown) => {
      if (isReadablePart(part)) return part;
      note('content');
      return placeholder();
    });
  }
  if (message['attachments'] != null) asArray(message, 'attachments', note);
  repairPairs(message, note);
}

/** Whether a part has the fields of its type; parts of other types are not shown. */
function isReadablePart(part: unknown): boolean {
  if (!isFields(part) || typeof part['type'] !== 'string') return false;
  const inner = part[part['type']];
  switch (part['type']) {
    case 'text': {
      if (!isFields(inner) || typeof inner['value'] !== 'string') return false;
      const annotations: unknown = inner['annotations'];
      inner['annotations'] = Array.isArray(annotations) ? annotations.filter(isAnnotation) : [];
      return true;
    }
    case 'image_file':
      return isFields(inner) && typeof inner['file_id'] === 'string';
    case 'image_url':
      return isFields(inner) && typeof inner['url'] === 'string';
    case 'refusal':
      return typeof inner === 'string';
    default:
      return true;
  }
}

function isAnnotation(annotation: unknown): boolean {
  if (isUrlCitation(annotation)) return true;
  if (!isFields(annotation) || typeof annotation['type'] !== 'string') return false;
  const target = annotation[annotation['type']];
  return typeof annotation['text'] === 'string' && isFields(target) && typeof target['file_id'] === 'string';
}

function placeholder(): unknown {
  const value = vscode.l10n.t('*The server sent content that cannot be shown.*');
  return { type: 'text', text: { value, annotations: [] } };
}

function repairRun(run: Fields, note: Report): void {
  asText(run, 'status', note);
  asText(run, 'thread_id', note);
  repairTools(run, note);
  if (run['last_error'] != null) asText(asObject(run, 'last_error', note), 'message', note);
  if (run['required_action'] == null) return;
  const outputs = asObject(asObject(run, 'required_action', note), 'submit_tool_outputs', note);
  asArray(outputs, 'tool_calls', note).forEach((call) => repairCall(call, note));
}

function repairCall(call: Fields, note: Report): void {
  asText(call, 'id', note);
  if (call['type'] === 'function') {
    const called = asObject(call, 'function', note);
    asText(called, 'name', note);
    asText(called, 'arguments', note);
  } else if (call['type'] === 'code_interpreter') {
    const code = asObject(call, 'code_interpreter', note);
    asText(code, 'input', note);
    asArray(code, 'outputs', note);
  } else if (call['type'] === 'file_search') {
    const search = asObject(call, 'file_search', note);
    if (search['results'] != null) asArray(search, 'results', note);
  }
}

function repairTools(owner: Fields, note: Report): void {
  const tools = asArray(owner, 'tools', note);
  owner['tools'] = tools.filter((tool) => {
    if (tool['type'] !== 'function') return typeof tool['type'] === 'string';
    return isFields(tool['function']) && typeof tool['function']['name'] === 'string';
  });
}

/** Metadata is an object of texts. */
function repairPairs(owner: Fields, note: Report): void {
  if (owner['metadata'] == null) return;
  const pairs = asObject(owner, 'metadata', note);
  for (const [name, value] of Object.entries(pairs)) if (typeof value !== 'string') delete pairs[name];
}

/** Times are seconds since the epoch; some servers send ISO dates. */
function repairTimes(value: Fields, note: Report): void {
  for (const name of Object.keys(value).filter((key) => key.endsWith('_at'))) {
    const time = value[name];
    if (time === null || (typeof time === 'number' && Number.isFinite(time))) continue;
    const milliseconds = typeof time === 'string' ? Date.parse(time) : NaN;
    value[name] = Number.isNaN(milliseconds) ? null : Math.floor(milliseconds / 1000);
    note(name);
  }
  if (value['created_at'] === null) value['created_at'] = 0;
}

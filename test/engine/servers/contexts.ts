/** Servers with a context window, and what requests to them contain. */
import type { ServerResponse } from 'node:http';
import { delta, sendEvents, sendJSON, type Asked } from '../models/support';
import type { Kind, Script } from './support';

/** A server that lists the window of every model, if it has one; `turn` answers the model's turns. */
export function listedWindow(
  window: number | (() => number) | undefined,
  turn: (response: ServerResponse, at: number, asked: Asked) => void,
): Script {
  return (response, asked, at) => {
    if (at >= 0) return turn(response, at, asked);
    if (asked.path !== '/v1/models' || window === undefined) return sendJSON(response, 404, {});
    const context_length = typeof window === 'number' ? window : window();
    const data = ['test-model', 'larger'].map((id) => ({ id, object: 'model', context_length }));
    sendJSON(response, 200, { object: 'list', data });
  };
}

/** Streams several calls of a function as one turn. */
export function sendCalls(
  kind: Kind,
  response: ServerResponse,
  ids: string[],
  name: string,
  json: string,
): void {
  if (kind === 'chat-completions') {
    const tool_calls = ids.map((id, index) => ({
      index,
      id,
      type: 'function',
      function: { name, arguments: json },
    }));
    sendEvents(response, [delta({ role: 'assistant', tool_calls }), delta({}, 'tool_calls')]);
    return;
  }
  const output = ids.map((id) => ({
    id: `fc_${id}`,
    type: 'function_call',
    call_id: id,
    name,
    arguments: json,
  }));
  const added = output.map((item, output_index) => ({
    type: 'response.output_item.done',
    output_index,
    item,
  }));
  const completed = { type: 'response.completed', response: { status: 'completed', output, usage: null } };
  sendEvents(response, [...added, completed], false);
}

interface Item {
  role?: string;
  type?: string;
  call_id?: string;
  tool_call_id?: string;
  output?: string;
  content?: unknown;
  tool_calls?: { id: string }[];
}

function itemsIn(body: Record<string, unknown>): Item[] {
  return (body['messages'] ?? body['input']) as Item[];
}

/** The ids of the calls in a request. */
export function callIds(body: Record<string, unknown>): string[] {
  return itemsIn(body).flatMap(({ type, call_id = '', tool_calls = [] }) =>
    type === 'function_call' ? [call_id] : tool_calls.map(({ id }) => id),
  );
}

/** The outputs of calls in a request. */
export function outputsIn(body: Record<string, unknown>): { id: string; output: string }[] {
  return itemsIn(body).flatMap((item) => {
    if (item.type === 'function_call_output') return [{ id: item.call_id ?? '', output: item.output ?? '' }];
    return item.role === 'tool' ? [{ id: item.tool_call_id ?? '', output: String(item.content) }] : [];
  });
}

export function roughTokens(body: Record<string, unknown>): number {
  return Math.ceil(JSON.stringify(body).length / 4);
}

import type { ServerResponse } from 'node:http';
import type { AssistantTool } from 'openai/resources/beta/assistants';
import { sendJSON, type Asked } from '../models/support';
import { sendCall, sendText, type Answer, type Kind, type Script, type Trial } from './support';

export function functionTool(name: string): AssistantTool {
  return { type: 'function', function: { name, parameters: { type: 'object', properties: {} } } };
}

/** A call or an output of a request, as either API has it. */
export interface SentCall {
  id: unknown;
  name?: unknown;
  arguments?: string;
  output?: unknown;
}

type Fields = Record<string, unknown>;

/** The messages of a request: `messages` or `input`. */
export function messagesOf(body: Fields): Fields[] {
  return (body['messages'] ?? body['input']) as Fields[];
}

/** The calls of a request and their outputs, in their order. */
export function callsOf(body: Fields): SentCall[] {
  return messagesOf(body).flatMap((item): SentCall[] => {
    if (item['type'] === 'function_call')
      return [{ id: item['call_id'], name: item['name'], arguments: item['arguments'] as string }];
    if (item['type'] === 'function_call_output') return [{ id: item['call_id'], output: item['output'] }];
    if (item['role'] === 'tool') return [{ id: item['tool_call_id'], output: item['content'] }];
    return ((item['tool_calls'] ?? []) as { id: string; function: Fields }[]).map((call) => ({
      id: call.id,
      name: call.function['name'],
      arguments: call.function['arguments'] as string,
    }));
  });
}

export function reject(response: ServerResponse, message: string, status = 400): void {
  sendJSON(response, status, { error: { message, type: 'invalid_request_error', param: null, code: null } });
}

/** Calls a function as its first answer, and says «Fine.» after that; `check` returns why a request is rejected. */
export function callsOnce(
  kind: Kind,
  call: { id?: string; name?: string; json?: string },
  check: (body: Fields) => string | undefined = () => undefined,
): Script {
  const { id = 'call_1', name = 'look', json = '{}' } = call;
  return (response: ServerResponse, { body }: Asked, at: number) => {
    const reason = check(body);
    if (reason !== undefined) reject(response, reason);
    else if (at === 0) sendCall(kind, response, id, name, json);
    else sendText(kind, response, 'Fine.');
  };
}

/** Submits an output for each call that a run waits for, and waits for its end. */
export async function submit(
  { client, threadId, answerOf }: Trial,
  { run }: Answer,
  output = 'Rain',
): Promise<Answer> {
  const calls = run.required_action?.submit_tool_outputs.tool_calls ?? [];
  await client.beta.threads.runs.submitToolOutputs(run.id, {
    thread_id: threadId,
    tool_outputs: calls.map(({ id }) => ({ tool_call_id: id, output })),
  });
  return answerOf(run.id);
}

import { LLMock } from '@copilotkit/aimock';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  ModelEvent,
  ModelMessage,
  ModelProvider,
  ModelRequest,
} from '../../../src/engine/models/modelProvider';
import { ModelError } from '../../../src/engine/models/modelProvider';
import { createChatCompletionsModel } from '../../../src/engine/models/chatCompletions';
import type { ModelServerOptions } from '../../../src/engine/models/server/modelServer';
import { afterTest } from '../support';

export function user(text: string): ModelMessage {
  return { role: 'user', content: [{ type: 'text', text }] };
}

export function request(text: string, more: Partial<ModelRequest> = {}): ModelRequest {
  return { model: 'test-model', instructions: '', messages: [user(text)], tools: [], ...more };
}

/** One turn of a model, as a reader of it sees it. */
export interface Turn {
  events: ModelEvent[];
  text: string;
  refusal: string;
  calls: { id: string; name: string; arguments: string }[];
  finish: string | undefined;
}

export async function turnOf(
  model: ModelProvider,
  asked: ModelRequest,
  signal = new AbortController().signal,
): Promise<Turn> {
  const turn: Turn = { events: [], text: '', refusal: '', calls: [], finish: undefined };
  for await (const event of model.generate(asked, signal)) {
    turn.events.push(event);
    if (event.type === 'text') turn.text += event.text;
    else if (event.type === 'refusal') turn.refusal += event.text;
    else if (event.type === 'finish') turn.finish = event.reason;
    else if (event.type === 'tool_call')
      turn.calls[event.index] = { id: event.id, name: event.name, arguments: '' };
    else if (event.type === 'tool_call_arguments') {
      const call = turn.calls[event.index];
      if (!call) throw new Error('Arguments of a call that has not begun.');
      call.arguments += event.arguments;
    }
  }
  return turn;
}

export function usageOf(turn: Turn): Extract<ModelEvent, { type: 'usage' }>['usage'] | undefined {
  return turn.events.find((event) => event.type === 'usage')?.usage;
}

/** The error that a promise rejects with, which must be a ModelError. */
export async function modelErrorOf(promise: Promise<unknown>): Promise<ModelError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
  throw new Error('It did not fail.');
}

export interface Asked {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
  /** The body as it was sent. */
  text: string;
}

export interface RawServer {
  /** With `/v1`. */
  baseURL: string;
  host: string;
  asked: Asked[];
  /** The number of connections made to it. */
  connections: () => number;
}

/** A server that answers in any way, also as no real one would. Closed after the test. */
export async function rawServer(
  answer: (response: ServerResponse, asked: Asked) => void,
): Promise<RawServer> {
  const asked: Asked[] = [];
  const server = createServer((incoming, response) => {
    let text = '';
    incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming;
      const body = (text ? JSON.parse(text) : {}) as Record<string, unknown>;
      const one = { method, path: url, headers, body, text };
      asked.push(one);
      answer(response, one);
    });
  });
  let connections = 0;
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterTest(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { baseURL: `http://${host}/v1`, host, asked, connections: () => connections };
}

/** A stream of server-sent events, each JSON or text as it is. */
export function sendEvents(response: ServerResponse, events: readonly unknown[], done = true): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of events)
    response.write(`data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`);
  response.end(done ? 'data: [DONE]\n\n' : '');
}

export function sendJSON(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** A chunk of a chat completion with this delta. */
export function delta(fields: Record<string, unknown>, finish_reason: string | null = null): unknown {
  return { object: 'chat.completion.chunk', choices: [{ index: 0, delta: fields, finish_reason }] };
}

/** A local host and port that nothing listens on. */
export async function closedHost(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}

/** The chat-completions model at an address. */
export function chatModelAt(baseURL: string, more: Partial<ModelServerOptions> = {}): ModelProvider {
  return createChatCompletionsModel({ label: 'Test', baseURL, ...more });
}

/** A mock of a proper model server. Stopped after the test. */
export async function mockServer(): Promise<LLMock> {
  const mock = new LLMock({ port: 0, chunkSize: 4 });
  await mock.start();
  afterTest(() => mock.stop());
  return mock;
}

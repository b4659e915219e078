import { LLMock } from '@copilotkit/aimock';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { OpenAI } from 'openai';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { createChatCompletionsModel } from '../../../src/engine/models/chatCompletions';
import type { ModelServerTimeouts } from '../../../src/engine/models/server/modelServer';
import { createResponsesModel } from '../../../src/engine/models/responses';
import type { ModelProvider } from '../../../src/engine/models/modelProvider';
import { afterTest, createTutor, openEngine } from '../support';

/** The two APIs of model servers, and their differences. */
export const apis = [
  {
    name: 'chat completions',
    path: '/v1/chat/completions',
    create: createChatCompletionsModel,
    body: (content: string) => ({ messages: [{ role: 'user', content }] }),
    tool: { type: 'function', function: { name: 'get_weather', parameters: { type: 'object' } } },
    /** Whether the answer is complete after this frame. */
    isLast: (frame: string) => frame.includes('"finish_reason":"'),
  },
  {
    name: 'responses',
    path: '/v1/responses',
    create: createResponsesModel,
    body: (input: string) => ({ input }),
    tool: { type: 'function', name: 'get_weather', parameters: { type: 'object' } },
    isLast: (frame: string) => frame.includes('"type":"response.completed"'),
  },
] as const;

export type Api = (typeof apis)[number];

/** The timeouts of a model server, short enough for tests. */
export const times: ModelServerTimeouts = {
  firstEvent: 10_000,
  idle: 10_000,
  list: 10_000,
  retry: 1,
  maxRetryDelay: 1000,
};

export function modelAt(
  api: Api,
  baseURL: string,
  timeouts: Partial<ModelServerTimeouts> = {},
): ModelProvider {
  return api.create({ label: 'Test', baseURL, timeouts: { ...times, ...timeouts } });
}

export const words = 'The answer is one, as dividing both sides by three shows.';

/** The frames of a proper server's stream, one event each. */
export async function recordedFrames(api: Api, what: 'text' | 'call'): Promise<string[]> {
  const mock = new LLMock({ port: 0, chunkSize: 9 });
  await mock.start();
  try {
    mock.onMessage('text', { content: words });
    mock.onMessage('call', { toolCalls: [{ name: 'get_weather', arguments: '{"city":"Rome","days":3}' }] });
    const response = await fetch(new URL(api.path, mock.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'test', stream: true, tools: [api.tool], ...api.body(what) }),
    });
    const text = await response.text();
    return text.split(/(?<=\n\n)/);
  } finally {
    await mock.stop();
  }
}

/** One connection of a client that has sent its request. */
export interface Connection {
  socket: Socket;
  /** Begins an answer; its body is chunked. */
  head: (status?: number, headers?: Record<string, string>) => void;
  /** Sends a chunk of the body, and waits until it is sent. */
  send: (text: string | Uint8Array) => Promise<void>;
  /** Ends the body as it should be. */
  end: () => void;
}

export interface RawTcpServer {
  /** With `/v1`. */
  baseURL: string;
  port: number;
  /** How many requests it got. */
  requests: () => number;
  /** Answers the next requests. */
  answer: (connection: Connection) => Promise<void> | void;
}

/** A TCP server that can send broken HTTP. Closed after the test. */
export async function rawTcpServer(tls?: { key: string; cert: string }): Promise<RawTcpServer> {
  let requests = 0;
  const sockets = new Set<Socket>();
  const server: Server = tls ? createTlsServer(tls, connected) : createServer(connected);
  const raw: RawTcpServer = {
    baseURL: '',
    port: 0,
    requests: () => requests,
    answer: ({ socket }) => void socket.destroy(),
  };

  function connected(socket: Socket): void {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    let received = '';
    socket.on('data', (data: Buffer) => {
      received += data.toString('latin1');
      const whole = requestLength(received);
      if (whole === undefined || received.length < whole) return;
      received = received.slice(whole);
      requests++;
      void raw.answer(connectionOf(socket));
    });
  }

  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterTest(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  raw.port = (server.address() as AddressInfo).port;
  raw.baseURL = `${tls ? 'https' : 'http'}://127.0.0.1:${raw.port}/v1`;
  return raw;
}

/** The length of the request at the start of a text; undefined until its head is complete. */
function requestLength(text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  return head + 4 + Number(/content-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
}

function connectionOf(socket: Socket): Connection {
  const write = (data: string | Uint8Array): Promise<void> =>
    new Promise((resolve) => socket.write(data, () => resolve()));
  return {
    socket,
    head: (status = 200, headers = { 'content-type': 'text/event-stream' }) => {
      const lines = Object.entries({ 'transfer-encoding': 'chunked', ...headers });
      const fields = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      void write(`HTTP/1.1 ${status} Status\r\n${fields}\r\n`);
    },
    send: async (text) => {
      const bytes = Buffer.from(text);
      if (bytes.length > 0)
        await write(
          Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]),
        );
    },
    end: () => void write('0\r\n\r\n'),
  };
}

/** An answer as a proper server gives it. */
export function wholeAnswer(frames: readonly string[]): RawTcpServer['answer'] {
  return async ({ head, send, end }) => {
    head();
    await send(frames.join(''));
    end();
  };
}

/** A run that has ended, and its messages. */
export interface Outcome {
  run: Run;
  messages: Message[];
}

/** An engine with one model, and the ways to run it. */
export async function runsOn(provider: ModelProvider, more: Parameters<typeof createTutor>[1] = {}) {
  const test = openEngine({ provider });
  const { client } = test;
  const assistant = await createTutor(client, more);

  async function outcome(threadId: string): Promise<Outcome> {
    const run = await client.beta.threads.runs.createAndPoll(
      threadId,
      { assistant_id: assistant.id },
      { pollIntervalMs: 5 },
    );
    return { run, messages: await messagesOf(client, run) };
  }

  return {
    ...test,
    /** Asks in a new thread. */
    ask: async (content = 'Why?'): Promise<Outcome> => {
      const { id } = await client.beta.threads.create({ messages: [{ role: 'user', content }] });
      return outcome(id);
    },
    /** Asks once more in the same thread, at once. */
    again: ({ run }: Outcome): Promise<Outcome> => outcome(run.thread_id),
  };
}

async function messagesOf(client: OpenAI, run: Run): Promise<Message[]> {
  return (await client.beta.threads.messages.list(run.thread_id, { run_id: run.id })).data;
}

export function textOf(message: Message | undefined): string {
  return (message?.content ?? []).map((part) => (part.type === 'text' ? part.text.value : '')).join('');
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Response as ModelResponse, ResponseStreamEvent } from 'openai/resources/responses/responses';
import type { EngineOptions } from '../../src/engine/engine';
import { createResponsesModel } from '../../src/engine/models/responses';
import { TestReader } from './fileSearchSupport';
import { afterTest, openEngine, temporaryFolder } from './support';

/** A request as the provider got it. */
export interface Received {
  method: string;
  /** Without `/v1`. */
  path: string;
  json: Record<string, unknown>;
  /** Of an upload. */
  upload?: { name: string; text: string; purpose: string };
}

/** An event of a response, as the official client types it; what the engine does not read may be left out. */
export type SentEvent = { type: ResponseStreamEvent['type'] } & Record<string, unknown>;

interface Failure {
  status: number;
  message: string;
}

/** A server with the Responses, Files, Vector Stores and Containers APIs, that answers turns by a script. */
export class HostedProvider {
  readonly received: Received[] = [];
  /** The names of the files it has, by id. */
  readonly files = new Map<string, string>();
  /** The ids of the files in each store. */
  readonly stores = new Map<string, Set<string>>();
  /** The files that code has written, by `container/file`. */
  readonly containers = new Map<string, Buffer>();
  /** What each turn answers. */
  readonly turns: SentEvent[][] = [];
  /** The requests that fail, by method and beginning of their path. */
  readonly failures = new Map<string, Failure>();
  /** What it says of files that it cannot read, by name. */
  readonly unreadable = new Map<string, { code: string; message: string }>();
  /** How it answers where files are put into a store that it does not take, by name. */
  readonly refused = new Map<string, Failure>();
  #made = 0;
  #looks = 0;
  baseURL = '';

  async open(): Promise<this> {
    const server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    afterTest(() => {
      server.closeAllConnections();
      server.close();
    });
    this.baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    return this;
  }

  /** The requests of a kind: `POST /files`. */
  asked(start: string): Received[] {
    return this.received.filter(({ method, path }) => `${method} ${path}` === start);
  }

  /** Those that change something, in short. */
  changes(): string[] {
    return this.received
      .filter(({ method, path }) => method !== 'GET' && path !== '/responses')
      .map(({ method, path }) => `${method} ${path}`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = await read(request);
    this.received.push(received);
    const what = `${received.method} ${received.path}`;
    const failure = [...this.failures].find(([start]) => what.startsWith(start))?.[1];
    if (failure) return send(response, failure.status, { error: { message: failure.message } });
    if (what === 'POST /responses') return this.#respond(response);
    const container = /^GET \/containers\/(.+)\/files\/(.+)\/content$/.exec(what);
    if (container) {
      const bytes = this.containers.get(`${container[1]}/${container[2]}`);
      response.writeHead(bytes ? 200 : 404, { 'content-type': 'application/octet-stream' }).end(bytes);
      return;
    }
    const refusal = this.#refusal(received);
    if (refusal) return send(response, refusal.status, { error: { message: refusal.message } });
    const answer = this.#object(received);
    if (answer) send(response, 200, answer);
    else send(response, 404, { error: { message: `There is nothing at ${received.path}.` } });
  }

  #refusal({ method, json }: Received): Failure | undefined {
    return method === 'POST' ? this.refused.get(this.files.get(String(json['file_id'])) ?? '') : undefined;
  }

  #respond(response: ServerResponse): void {
    const events = this.turns.shift();
    if (!events) return send(response, 400, { error: { message: 'The script has no turn left.' } });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of events) response.write(`data: ${JSON.stringify(event)}\n\n`);
    response.end();
  }

  #object({ method, path, json, upload }: Received): object | undefined {
    if (method === 'POST' && path === '/files' && upload) {
      const id = `file-remote${++this.#made}`;
      this.files.set(id, upload.name);
      return { id, object: 'file' };
    }
    if (method === 'POST' && path === '/vector_stores') {
      const id = `vs_remote${++this.#made}`;
      this.stores.set(id, new Set());
      return { id, object: 'vector_store', status: 'completed' };
    }
    const [, kind, id = '', files, fileId = ''] = path.split('/');
    if (kind === 'files' && method === 'DELETE') {
      for (const inStore of this.stores.values()) inStore.delete(id);
      return this.files.delete(id) ? { id } : undefined;
    }
    if (kind === 'files') return this.files.has(id) ? { id, object: 'file' } : undefined;
    const store = this.stores.get(id);
    if (kind !== 'vector_stores' || !store) return undefined;
    if (files === undefined) {
      if (method === 'DELETE') this.stores.delete(id);
      return { id, object: 'vector_store', status: 'completed' };
    }
    return this.#storeFile(store, method, fileId, json);
  }

  #storeFile(store: Set<string>, method: string, fileId: string, json: Received['json']): object | undefined {
    if (method === 'POST') {
      const id = String(json['file_id']);
      if (!this.files.has(id)) return undefined;
      store.add(id);
      return { id, status: 'in_progress' };
    }
    if (!store.has(fileId)) return undefined;
    if (method === 'DELETE') return store.delete(fileId) ? { id: fileId } : undefined;
    const fault = this.unreadable.get(this.files.get(fileId) ?? '');
    if (fault !== undefined) return { id: fileId, status: 'failed', last_error: fault };
    // It is never read at once.
    return { id: fileId, status: ++this.#looks % 2 === 0 ? 'completed' : 'in_progress' };
  }
}

async function read(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const { method = '', url = '', headers } = request;
  const received: Received = { method, path: url.replace(/^\/v1/, ''), json: {} };
  const type = headers['content-type'] ?? '';
  if (type.startsWith('multipart/')) {
    const form = await new Response(body, { headers: { 'content-type': type } }).formData();
    const file = form.get('file');
    if (!(file instanceof File)) throw new Error('There is no file in the upload.');
    received.upload = { name: file.name, text: await file.text(), purpose: form.get('purpose') as string };
  } else if (body.length > 0) {
    received.json = JSON.parse(body.toString()) as Received['json'];
  }
  return received;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** An engine whose only connection is a provider with hosted tools. */
export async function openHosted(options: Partial<EngineOptions> = {}) {
  const remote = await new HostedProvider().open();
  const provider = createResponsesModel({
    label: 'Fake',
    baseURL: remote.baseURL,
    timeouts: { retry: 1 },
  });
  const hosted = { fileSearch: true, codeInterpreter: true };
  // These tests run no code here, so Python is not needed.
  const tools = { fileSearch: { reader: new TestReader() }, codeInterpreter: { assets: temporaryFolder() } };
  const engine = openEngine({ provider, tools, hosted: () => hosted, tickInterval: 20, ...options });
  return { ...engine, remote, hosted };
}

/** How a response ends. */
export function completed(): SentEvent {
  const usage = { input_tokens: 30, output_tokens: 20, total_tokens: 50 };
  const response: Pick<ModelResponse, 'status' | 'output'> = { status: 'completed', output: [] };
  return { type: 'response.completed', response: { ...response, usage } };
}

/** A text in these pieces, as the output item of this index. */
export function text(output_index: number, ...pieces: (string | Record<string, unknown>)[]): SentEvent[] {
  return pieces.map((piece, at) =>
    typeof piece === 'string'
      ? { type: 'response.output_text.delta', output_index, content_index: 0, delta: piece }
      : {
          type: 'response.output_text.annotation.added',
          output_index,
          content_index: 0,
          annotation_index: at,
          annotation: piece,
        },
  );
}

/** A file search and what it found. */
export function searched(
  output_index: number,
  results: { file_id: string; filename: string; score: number; text: string }[],
): SentEvent[] {
  const call = { type: 'file_search_call', id: `fs_${output_index}`, queries: ['tide', 'turn'] };
  return [
    {
      type: 'response.output_item.added',
      output_index,
      item: { ...call, status: 'in_progress', results: null },
    },
    { type: 'response.file_search_call.in_progress', output_index, item_id: call.id },
    { type: 'response.file_search_call.searching', output_index, item_id: call.id },
    { type: 'response.file_search_call.completed', output_index, item_id: call.id },
    { type: 'response.output_item.done', output_index, item: { ...call, status: 'completed', results } },
  ];
}

/** Code that the provider has run, and what it has shown. */
export function ran(output_index: number, code: string, outputs: object[]): SentEvent[] {
  const call = { type: 'code_interpreter_call', id: `ci_${output_index}`, container_id: 'cntr_1' };
  const place = { output_index, item_id: call.id };
  const half = Math.floor(code.length / 2);
  return [
    {
      type: 'response.output_item.added',
      output_index,
      item: { ...call, status: 'in_progress', code: '', outputs: null },
    },
    { type: 'response.code_interpreter_call.in_progress', ...place },
    { type: 'response.code_interpreter_call_code.delta', ...place, delta: code.slice(0, half) },
    { type: 'response.code_interpreter_call_code.delta', ...place, delta: code.slice(half) },
    { type: 'response.code_interpreter_call_code.done', ...place, code },
    { type: 'response.code_interpreter_call.interpreting', ...place },
    { type: 'response.code_interpreter_call.completed', ...place },
    {
      type: 'response.output_item.done',
      output_index,
      item: { ...call, status: 'completed', code, outputs },
    },
  ];
}

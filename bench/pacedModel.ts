/**
 * A Chat Completions server in a process of its own that streams at a set pace. It sends its address
 * to the parent process. Started by `startPacedModel`.
 */
import { fork } from 'node:child_process';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Pace {
  deltas: number;
  /** Milliseconds until the first delta. */
  firstAfter: number;
  /** Milliseconds between two deltas; 0 for as fast as possible. */
  every: number;
}

/** Encodes the pace in the name of the model. */
export function modelName({ deltas, firstAfter, every }: Pace): string {
  return `paced-${deltas}-${firstAfter}-${every}`;
}

export interface PacedModel {
  baseURL: string;
  stop: () => void;
}

/** Forks the bundle that contains this file; there it is the main module, and starts the server. */
export async function startPacedModel(): Promise<PacedModel> {
  const child = fork(__filename);
  const baseURL = await new Promise<string>((resolve, reject) => {
    child.once('message', (address) => resolve(address as string));
    child.once('exit', () => reject(new Error('The model server ended before it listened.')));
  });
  return { baseURL, stop: () => child.kill() };
}

function paceOf(model: string): Pace {
  const [deltas = 1, firstAfter = 0, every = 0] = model.split('-').slice(1).map(Number);
  return { deltas, firstAfter, every };
}

function chunk(delta: object, finish_reason: string | null = null): string {
  const fields = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'paced' };
  return `data: ${JSON.stringify({ ...fields, choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
}

function answer(response: ServerResponse, { deltas, firstAfter, every }: Pace): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  const start = performance.now() + firstAfter;
  let written = 0;
  const write = () => {
    const due = every === 0 ? deltas : Math.floor((performance.now() - start) / every) + 1;
    for (; written < Math.min(due, deltas); written++) response.write(chunk({ content: `word${written} ` }));
    if (written < deltas) setTimeout(write, every);
    else response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
  };
  setTimeout(write, firstAfter);
}

function serve(): void {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString()));
    request.on('end', () => answer(response, paceOf((JSON.parse(body) as { model: string }).model)));
  });
  server.listen(0, '127.0.0.1', () => {
    process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
  });
  process.once('disconnect', () => process.exit(0));
}

if (require.main === module) serve();

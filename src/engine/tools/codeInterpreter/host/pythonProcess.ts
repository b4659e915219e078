import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { FrameReader, packHead, sentBy, type Frame } from './frames';
import { launch, type Child, type LaunchOptions } from './launch';
import { maxPieceBytes } from '../limits';
import { residentBytes } from '../../../process/memory';
import {
  childMessage,
  realmMessage,
  type HostMessage,
  type RealmMessage,
  type StartMessage,
} from './childMessages';

export interface PythonOptions extends LaunchOptions {
  /** Folder of the built child and of Pyodide's files. */
  assets: string;
  timeMs: number;
  outputBytes: number;
  diskBytes: number;
  /** Names that can be imported though nothing of them is there yet. */
  importable: string[];
}

/** Why an interpreter is no more. */
export type End = 'cancelled' | 'time' | 'memory' | 'crashed' | 'refused' | 'closed';

export class PythonEnded extends Error {
  override readonly name = 'PythonEnded';
  constructor(
    readonly end: End,
    readonly detail = '',
  ) {
    super(`The Python interpreter has ended (${end}). ${detail}`.trim());
  }
}

export type Listener = (message: RealmMessage, body: Uint8Array) => void;

const megabyte = 1024 * 1024;
/** What V8 and Pyodide's own program take, on top of Python's memory and files. */
const ownBytes = 512 * megabyte;
const memoryCheckMs = process.platform === 'linux' ? 200 : 2_000;
const maxErrorLength = 4_096;
/** How much longer than its host a child lets a run go on. */
const hardLimitSlackMs = 300_000;
const badOption = 9;

const lockFile = z.object({ info: z.record(z.string(), z.string()) });

/** One child process with one Python in it, from its start to its end. */
export class PythonProcess {
  readonly #child: Child;
  readonly #memoryLimit: number;
  readonly #gone: Promise<PythonEnded>;
  #reason: PythonEnded | undefined;
  #complaint = '';
  #unanswered = 0;
  #listener: Listener = () => {};
  #onSettled = () => {};

  /** Starts a child and waits until its Python is ready. Throws PythonEnded. */
  static async start(options: PythonOptions, signal: AbortSignal): Promise<PythonProcess> {
    const python = new PythonProcess(options);
    const stop = () => python.end('closed');
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      await python.#load(options);
      return python;
    } catch (error) {
      python.end('crashed', String(error));
      throw await python.#gone;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  private constructor(options: PythonOptions) {
    this.#memoryLimit = options.memoryMb * megabyte + options.diskBytes + ownBytes;
    this.#child = launch(options);
    const { stdin, stdout, stderr } = this.#child;
    // A child that goes away while it is spoken to is told about by its exit.
    for (const stream of [stdin, stdout, stderr]) stream.on('error', () => {});
    const frames = new FrameReader();
    stdout.on('data', (chunk: Buffer) => {
      try {
        for (const frame of frames.add(chunk)) this.#receive(frame);
      } catch (error) {
        this.end('crashed', `It sent what is no message: ${String(error)}`);
      }
    });
    stderr.on('data', (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk.toString()).slice(-maxErrorLength);
    });
    this.#gone = new Promise((resolve) => {
      const finish = (cause: PythonEnded) => resolve((this.#reason ??= cause));
      this.#child.on('error', (error) => finish(new PythonEnded('crashed', error.message)));
      this.#child.on('close', (code, signal) => finish(endOf(code, signal, this.#complaint)));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#reason !== undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Ends the child at once, whatever it does. */
  end(reason: End, detail?: string): void {
    if (this.hasEnded) return;
    this.#reason = new PythonEnded(reason, detail);
    this.#child.kill('SIGKILL');
  }

  /** Waits until the child is gone. */
  async gone(): Promise<void> {
    await this.#gone;
  }

  /** Has the child handle a message; `settled` waits until it has. */
  async send(message: HostMessage, body?: Uint8Array): Promise<void> {
    this.#unanswered += 1;
    await this.answer(message, body);
  }

  /** Sends what the child waits for while it handles a message. */
  async answer(message: HostMessage | StartMessage, body?: Uint8Array): Promise<void> {
    const header = Buffer.from(JSON.stringify(message));
    const content = body ?? Buffer.alloc(0);
    const head = packHead(sentBy.host, header.length, content.length);
    await this.#write(Buffer.concat([head, header, content]));
  }

  /** Waits until all that was sent is handled. Throws PythonEnded. */
  async settled(): Promise<void> {
    const settled = new Promise<void>((resolve) => {
      this.#onSettled = resolve;
      if (this.#unanswered === 0) resolve();
    });
    await Promise.race([settled, this.#gone]);
    if (this.#reason) throw await this.#gone;
  }

  /** Runs code. What the listener throws is held against the child, which ends. Throws PythonEnded. */
  async run(code: string, listener: Listener): Promise<void> {
    this.#listener = listener;
    try {
      await this.send({ type: 'run', code });
      await this.settled();
    } finally {
      this.#listener = () => {};
    }
  }

  /** Ends the child when it takes more memory than it may; gives what stops watching. */
  watchMemory(): () => void {
    let stopped = false;
    let timer: NodeJS.Timeout | undefined;
    const check = async () => {
      const used = this.pid === undefined ? undefined : await residentBytes(this.pid);
      if (stopped) return;
      if (used !== undefined && used > this.#memoryLimit) return this.end('memory');
      timer = setTimeout(() => void check(), memoryCheckMs);
    };
    void check();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }

  async #load({ assets, importable, timeMs, outputBytes, diskBytes }: PythonOptions): Promise<void> {
    const read = (name: string) => readFile(join(assets, name));
    const [program, realm, lock] = await Promise.all(['child.js', 'realm.js', 'pyodide-lock.json'].map(read));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(program!.length);
    await this.#write(Buffer.concat([length, program!]));
    await this.answer({ type: 'start', hardLimitMs: timeMs + hardLimitSlackMs }, realm);
    for (const name of ['pyodide.asm.wasm', 'python_stdlib.zip']) {
      await sendPieces(await read(name), (piece, at, bytes) =>
        this.send({ type: 'asset', name, bytes, at }, piece),
      );
    }
    const { info } = lockFile.parse(JSON.parse(lock!.toString()));
    // One byte more than there may be shows that there was more.
    await this.send({ type: 'load', info, importable, outputBytes: outputBytes + 1, diskBytes });
    await this.settled();
  }

  #receive({ sender, header, body }: Frame): void {
    const message: unknown = JSON.parse(header);
    if (sender === sentBy.realm) return this.#hear(realmMessage.parse(message), body);
    if (sender !== sentBy.child) throw new Error(`There is no sender ${sender}.`);
    const said = childMessage.parse(message);
    if (said.type === 'failed') return this.end('refused', said.reason);
    this.#unanswered -= 1;
    if (this.#unanswered === 0) this.#onSettled();
  }

  #hear(message: RealmMessage, body: Uint8Array): void {
    if (message.type === 'failed') this.end('refused', message.reason);
    else this.#listener(message, body);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const written = new Promise<void>((resolve) => this.#child.stdin.write(bytes, () => resolve()));
    const end = await Promise.race([written, this.#gone]);
    if (end) throw end;
  }
}

/** Cuts a content into pieces that fit into a message each; an empty one is one piece. */
export async function sendPieces(
  content: Uint8Array,
  send: (piece: Uint8Array, at: number, bytes: number) => Promise<void>,
): Promise<void> {
  let at = 0;
  do {
    await send(content.subarray(at, at + maxPieceBytes), at, content.length);
    at += maxPieceBytes;
  } while (at < content.length);
}

/** Whether a child ended because its Node does not know an option. */
export function wantsFewerOptions(error: unknown): boolean {
  return error instanceof PythonEnded && error.detail.startsWith('bad option');
}

function endOf(code: number | null, signal: NodeJS.Signals | null, complaint: string): PythonEnded {
  if (code === badOption) return new PythonEnded('crashed', `bad option: ${complaint}`);
  if (/out of memory|allocation failed/i.test(complaint)) return new PythonEnded('memory');
  return new PythonEnded('crashed', `${signal ?? `code ${code}`} ${complaint}`.trim());
}

import { randomUUID } from 'node:crypto';
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
  /** Folder of the built child. */
  assets: string;
  /** Folder of Pyodide's files. */
  pyodide: string;
  timeMs: number;
  outputBytes: number;
  diskBytes: number;
  /** Modules that packages provide which are not installed yet. */
  importable: string[];
  /** Called each time the memory of the process was measured while code runs. */
  onMeasured?: () => void;
}

/** Why an interpreter ended. */
export type EndReason = 'cancelled' | 'time' | 'memory' | 'crashed' | 'refused' | 'closed';

export class PythonEndedError extends Error {
  override readonly name = 'PythonEndedError';
  constructor(
    readonly reason: EndReason,
    readonly detail = '',
  ) {
    super(`The Python interpreter has ended (${reason}). ${detail}`.trim());
  }
}

export type Listener = (message: RealmMessage, body: Uint8Array) => void;

const megabyte = 1024 * 1024;
/** Memory of V8 and of Pyodide's code, on top of Python's memory and files. */
const ownBytes = 512 * megabyte;
/** An interpreter that uses this much, and half of the memory allowed to Python, after a call is not kept. */
const idleOwnBytes = 320 * megabyte;
const memoryCheckMs = process.platform === 'linux' ? 200 : 2_000;
const maxErrorLength = 4_096;
/** Maximum duration of a probe, generous for a busy machine. */
const probeMs = 10_000;
/** The child's own timeout exceeds the host's by this much. */
const hardLimitSlackMs = 300_000;
/** Node's exit code for an unknown command line option. */
const badOption = 9;

const lockFile = z.object({ info: z.record(z.string(), z.string()) });

/** A child process that runs one Python interpreter. */
export class PythonProcess {
  readonly #child: Child;
  readonly #memoryLimit: number;
  readonly #idleMemoryLimit: number;
  readonly #onMeasured: () => void;
  readonly #exit: Promise<PythonEndedError>;
  #endError: PythonEndedError | undefined;
  #stderr = '';
  #pending = 0;
  #residentBytes = 0;
  #listener: Listener = () => {};
  #onSettled = () => {};

  /** Starts a child and waits until Python is ready. Throws PythonEndedError. */
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
      throw await python.#exit;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  private constructor(options: PythonOptions) {
    this.#memoryLimit = options.memoryMb * megabyte + options.diskBytes + ownBytes;
    this.#idleMemoryLimit = (options.memoryMb * megabyte) / 2 + idleOwnBytes;
    this.#onMeasured = options.onMeasured ?? (() => {});
    this.#child = launch(options);
    const { stdin, stdout, stderr } = this.#child;
    // Ignores stream errors: the exit of the child is what is reported.
    for (const stream of [stdin, stdout, stderr]) stream.on('error', () => {});
    const frames = new FrameReader();
    stdout.on('data', (chunk: Buffer) => {
      try {
        for (const frame of frames.add(chunk)) this.#onFrame(frame);
      } catch (error) {
        this.end('crashed', `It sent an invalid message: ${String(error)}`);
      }
    });
    stderr.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-maxErrorLength);
    });
    this.#exit = new Promise((resolve) => {
      const finish = (cause: PythonEndedError) => resolve((this.#endError ??= cause));
      this.#child.on('error', (error) => finish(new PythonEndedError('crashed', error.message)));
      this.#child.on('close', (code, signal) => finish(endOf(code, signal, this.#stderr)));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#endError !== undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Its memory in bytes, as last measured. */
  get residentBytes(): number {
    return this.#residentBytes;
  }

  /** Whether its memory was over the limit for idle interpreters when it last became idle. */
  get isTooLargeToKeep(): boolean {
    return this.#residentBytes > this.#idleMemoryLimit;
  }

  /** Kills the child. */
  end(reason: EndReason, detail?: string): void {
    if (this.hasEnded) return;
    this.#endError = new PythonEndedError(reason, detail);
    this.#child.kill('SIGKILL');
  }

  /** Waits until the child has exited. */
  async exited(): Promise<void> {
    await this.#exit;
  }

  /** Sends a message for the child to handle; `settled` waits until it has. */
  async send(message: HostMessage, body?: Uint8Array): Promise<void> {
    this.#pending += 1;
    await this.answer(message, body);
  }

  /** Sends a message that the child waits for while it handles another. */
  async answer(message: HostMessage | StartMessage, body?: Uint8Array): Promise<void> {
    const header = Buffer.from(JSON.stringify(message));
    const content = body ?? Buffer.alloc(0);
    const head = packHead(sentBy.host, header.length, content.length);
    await this.#write(Buffer.concat([head, header, content]));
  }

  /** Waits until all sent messages are handled. Throws PythonEndedError. */
  async settled(): Promise<void> {
    const settled = new Promise<void>((resolve) => {
      this.#onSettled = resolve;
      if (this.#pending === 0) resolve();
    });
    await Promise.race([settled, this.#exit]);
    if (this.#endError) throw await this.#exit;
  }

  /** Runs code. If the listener throws, the child is killed as crashed. Throws PythonEndedError. */
  async run(code: string, turn: string, listener: Listener): Promise<void> {
    this.#listener = listener;
    try {
      await this.send({ type: 'run', code, turn });
      await this.settled();
    } finally {
      this.#listener = () => {};
    }
  }

  /** Whether Python still works after what earlier calls did to it. A child that does not answer is killed. */
  async isUsable(): Promise<boolean> {
    let isUsable = false;
    const timer = setTimeout(() => this.end('closed'), probeMs);
    const stopWatching = this.watchMemory();
    this.#listener = (message) => {
      if (message.type === 'probed') isUsable = message.ok;
    };
    try {
      await this.send({ type: 'probe', nonce: randomUUID() });
      await this.settled();
      return isUsable;
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
      stopWatching();
      this.#listener = () => {};
    }
  }

  /** Ends the child when it exceeds its memory limit. Returns a function that stops watching. */
  watchMemory(): () => void {
    let stopped = false;
    let timer: NodeJS.Timeout | undefined;
    const check = async () => {
      const used = this.pid === undefined ? undefined : await residentBytes(this.pid);
      if (stopped) return;
      if (used !== undefined && used > this.#memoryLimit) return this.end('memory');
      this.#residentBytes = used ?? this.#residentBytes;
      this.#onMeasured();
      timer = setTimeout(() => void check(), memoryCheckMs);
    };
    void check();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }

  async #load({ assets, pyodide, importable, timeMs, outputBytes, diskBytes }: PythonOptions): Promise<void> {
    const read = (name: string) => readFile(join(pyodide, name));
    const built = ['child.js', 'realm.js'].map((name) => readFile(join(assets, name)));
    const [program, realm, lock] = await Promise.all([...built, read('pyodide-lock.json')]);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(program.length);
    await this.#write(Buffer.concat([length, program]));
    await this.answer({ type: 'start', hardLimitMs: timeMs + hardLimitSlackMs }, realm);
    for (const name of ['pyodide.asm.wasm', 'python_stdlib.zip']) {
      await sendPieces(await read(name), (piece, at, bytes) =>
        this.send({ type: 'asset', name, bytes, at }, piece),
      );
    }
    const { info } = lockFile.parse(JSON.parse(lock!.toString()));
    // One byte over the limit shows that the output was cut.
    await this.send({ type: 'load', info, importable, outputBytes: outputBytes + 1, diskBytes });
    await this.settled();
  }

  #onFrame({ sender, header, body }: Frame): void {
    const message: unknown = JSON.parse(header);
    if (sender === sentBy.realm) return this.#onRealmMessage(realmMessage.parse(message), body);
    if (sender !== sentBy.child) throw new Error(`Unknown sender ${sender}.`);
    const parsed = childMessage.parse(message);
    if (parsed.type === 'failed') return this.end('refused', parsed.reason);
    this.#residentBytes = parsed.residentBytes;
    this.#pending -= 1;
    if (this.#pending === 0) this.#onSettled();
  }

  #onRealmMessage(message: RealmMessage, body: Uint8Array): void {
    if (message.type === 'failed') this.end('refused', message.reason);
    else this.#listener(message, body);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const written = new Promise<void>((resolve) => this.#child.stdin.write(bytes, () => resolve()));
    const end = await Promise.race([written, this.#exit]);
    if (end) throw end;
  }
}

/** Sends content in pieces that fit into a message; empty content is sent as one empty piece. */
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

/** Whether the child ended because its Node does not support a command line option. */
export function isBadOptionError(error: unknown): boolean {
  return error instanceof PythonEndedError && error.detail.startsWith('bad option');
}

function endOf(code: number | null, signal: NodeJS.Signals | null, stderr: string): PythonEndedError {
  if (code === badOption) return new PythonEndedError('crashed', `bad option: ${stderr}`);
  if (/out of memory|allocation failed/i.test(stderr)) return new PythonEndedError('memory');
  return new PythonEndedError('crashed', `${signal ?? `code ${code}`} ${stderr}`.trim());
}

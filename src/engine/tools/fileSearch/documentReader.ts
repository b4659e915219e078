import { type ChildProcess, spawn } from 'node:child_process';
import { parse } from 'node:path';
import { unlessAborted } from '../../process/abort';
import { residentBytes } from '../../process/memory';
import { WorkQueue } from '../../process/workQueue';
import type { EncodedDocument } from './encodedDocument';
import type { ReadLimits, ReadPiece, ReadReply, ReadRequest } from './reader/readerMessages';
import { UnreadableFileError } from './searchTypes';

export interface DocumentReaderOptions {
  /** Path of the built reader, `reader.mjs`. */
  script: string;
  /** Time limit of one file in milliseconds; default 60 seconds. */
  timeMs?: number;
  /** Memory limit of the reader's process in megabytes; default 1,024. */
  memoryMb?: number;
  limits?: Partial<ReadLimits>;
}

const megabyte = 1024 * 1024;
const defaultLimits: ReadLimits = {
  bytes: 512 * megabyte,
  unpackedBytes: 256 * megabyte,
  // About 5,000,000 tokens, the limit of the hosted service.
  characters: 20_000_000,
};
/** A reader process that is idle for this long is ended. */
const idleMs = 30_000;
const memoryCheckMs = process.platform === 'linux' ? 250 : 2_000;

/**
 * Extracts text from files, one after another, in a separate process, so that a file that takes too
 * long, needs too much memory or crashes the reader affects nothing else.
 */
export class DocumentReader {
  readonly #script: string;
  readonly #timeMs: number;
  readonly #memoryMb: number;
  readonly #limits: ReadLimits;
  readonly #closed = new AbortController();
  #child: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  readonly #reads = new WorkQueue();

  constructor({ script, timeMs = 60_000, memoryMb = 1_024, limits }: DocumentReaderOptions) {
    this.#script = script;
    this.#timeMs = timeMs;
    this.#memoryMb = memoryMb;
    this.#limits = { ...defaultLimits, ...limits };
  }

  /**
   * The text of the file at `path`; `filename` is its original name, `encoding` that of a
   * text file instead of the detected one. Throws UnreadableFileError if no
   * text can be read from it, and the signal's reason when that is aborted.
   */
  read(path: string, filename: string, signal: AbortSignal, encoding?: string): Promise<EncodedDocument> {
    const ended = AbortSignal.any([signal, this.#closed.signal]);
    const before = this.#reads.ended;
    const work = (async () => {
      await unlessAborted(before, ended);
      return await this.#read({ path, filename, encoding, limits: this.#limits }, ended);
    })();
    this.#reads.add(work);
    return work;
  }

  /** Cancels all reading; every pending `read` rejects. */
  close(): void {
    this.#closed.abort(new Error('The reader was closed.'));
    this.#end();
  }

  async #read(request: ReadRequest, signal: AbortSignal): Promise<EncodedDocument> {
    signal.throwIfAborted();
    clearTimeout(this.#idle);
    const child = (this.#child ??= this.#start());
    const watch = new AbortController();
    const stop = (reason: Error) => {
      watch.abort(reason);
      this.#end();
    };
    const timer = setTimeout(() => stop(this.#timeoutError(request)), this.#timeMs);
    const onAbort = () => stop(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    const stopWatching = this.#watchMemory(child, () => stop(this.#memoryError(request)));
    try {
      const pieces: EncodedDocument['pieces'] = [];
      const onPiece = (piece: Uint8Array) => void pieces.push(piece.slice());
      const reply = await unlessAborted(this.#request(child, request, onPiece), watch.signal);
      if (reply.type === 'document') return { ...reply.document, pieces };
      throw new UnreadableFileError(reply.code, reply.message);
    } finally {
      clearTimeout(timer);
      stopWatching();
      signal.removeEventListener('abort', onAbort);
      this.#idle = setTimeout(() => this.#end(), idleMs).unref();
    }
  }

  #start(): ChildProcess {
    const flags = [
      '--disallow-code-generation-from-strings',
      '--no-warnings',
      `--max-old-space-size=${this.#memoryMb}`,
    ];
    const systemRoot = process.env['SystemRoot'];
    return spawn(process.execPath, [...flags, this.#script], {
      cwd: parse(process.execPath).root,
      // VS Code's executable acts as Node only with the first; Windows needs the second to start most programs.
      env: { ELECTRON_RUN_AS_NODE: '1', ...(systemRoot && { SystemRoot: systemRoot }) },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
      windowsHide: true,
    });
  }

  /** Sends the child a request and waits for its reply. Throws UnreadableFileError if the child ends first. */
  #request(
    child: ChildProcess,
    request: ReadRequest,
    onPiece: (piece: Uint8Array) => void,
  ): Promise<ReadReply> {
    return new Promise((resolve, reject) => {
      let stderr = '';
      const listen = (piece: Buffer) => (stderr = (stderr + piece.toString()).slice(-2_000));
      const finish = (settle: () => void) => {
        child.off('message', onMessage).off('error', onError).off('close', onClose);
        child.stderr!.off('data', listen);
        settle();
      };
      const onMessage = (message: unknown) => {
        const reply = message as ReadPiece | ReadReply;
        if (reply.type === 'piece') onPiece(reply.piece);
        else finish(() => resolve(reply));
      };
      const onError = (error: Error) => {
        this.#forget(child);
        finish(() => reject(readerError(request, error.message)));
      };
      const onClose = () => {
        this.#forget(child);
        const tooMuch = /out of memory|allocation failed/i.test(stderr);
        finish(() => reject(tooMuch ? this.#memoryError(request) : readerError(request, stderr.trim())));
      };
      child.on('message', onMessage).on('error', onError).on('close', onClose);
      child.stderr!.on('data', listen);
      child.send(request, (error) => error && onError(error));
    });
  }

  #watchMemory(child: ChildProcess, stop: () => void): () => void {
    let timer: NodeJS.Timeout | undefined;
    let stopped = false;
    const check = async () => {
      const bytes = child.pid === undefined ? undefined : await residentBytes(child.pid);
      if (stopped) return;
      if (bytes !== undefined && bytes > this.#maxResidentBytes) return stop();
      timer = setTimeout(() => void check(), memoryCheckMs).unref();
    };
    void check();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }

  /** The process also holds the file itself in memory. */
  get #maxResidentBytes(): number {
    return this.#memoryMb * megabyte + this.#limits.bytes;
  }

  #end(): void {
    clearTimeout(this.#idle);
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  #forget(child: ChildProcess): void {
    if (this.#child === child) this.#child = undefined;
  }

  #timeoutError({ filename }: ReadRequest): UnreadableFileError {
    return new UnreadableFileError(
      'invalid_file',
      `“${filename}” took longer than ${this.#timeMs / 1000} seconds to read.`,
    );
  }

  #memoryError({ filename }: ReadRequest): UnreadableFileError {
    return new UnreadableFileError(
      'invalid_file',
      `“${filename}” needs more memory to read than allowed (${this.#memoryMb} MB).`,
    );
  }
}

function readerError({ filename }: ReadRequest, reason: string): UnreadableFileError {
  return new UnreadableFileError(
    'server_error',
    `“${filename}” could not be read: the reader process ended. ${reason}`.trim(),
  );
}

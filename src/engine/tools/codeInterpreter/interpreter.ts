import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { lazyPromise } from '../../process/lazyPromise';
import { Packages } from './host/packages';
import type { PackageSource } from './host/packageSource';
import type { Exclusively } from './manifest';
import { PythonPool } from './pool';
import { ThreadSession } from './session';
import { ThreadFolder } from './threadFolder';
import type { CodeLimits, CodeResult, RunOptions } from './codeTypes';

export type { CodeOutput } from './outputs';
export type { PackageSource } from './host/packageSource';
export type { CodeInput, CodeLimits, CodeResult, RunOptions } from './codeTypes';

export interface CodeInterpreterOptions {
  /** Holds a folder for each thread's files, which survive restarts. */
  folder: string;
  /** Folder of the built child: `dist/python`. */
  assets: string;
  /** Folder of Pyodide's files. Default: `assets`. */
  pyodide?: string;
  limits?: Partial<CodeLimits>;
  /** An interpreter that is idle for this long is closed, and its variables are lost. */
  idleMs?: number;
  /**
   * Megabytes of memory that all interpreters may take together; re-read on each use. An idle one takes about 180 MB.
   * Default, also for 0: a quarter of this computer's memory.
   */
  memoryMb?: () => number;
  /** Maximum number of calls that run at the same time. Default: as many as there are processors, at least four. */
  maxRunning?: number;
  /** Whether to keep a started interpreter ready after the first call. */
  spare?: boolean;
  /** Whether to start the child with Node's permission model, an additional layer where it is supported. */
  permissions?: boolean;
  /** Where packages come from; without it only the standard library is available. */
  packages?: PackageSource;
  /** Runs work while no other process that shares the folder runs any. Default: no other process does. */
  exclusively?: Exclusively;
  log?: (message: string) => void;
}

const megabyte = 1024 * 1024;

const defaultLimits: CodeLimits = {
  timeMs: 60_000,
  packagesMs: 120_000,
  memoryMb: 1_024,
  outputBytes: megabyte,
  diskBytes: 256 * megabyte,
};

/** Runs Python in a sandbox, for threads that each have their own variables and files. */
export class CodeInterpreter {
  readonly #limits: CodeLimits;
  readonly #pyodide: string;
  readonly #pool: PythonPool;
  readonly #sessions = new Map<string, ThreadSession>();
  readonly #packages = lazyPromise(() =>
    Packages.open(join(this.#pyodide, 'pyodide-lock.json'), this.options.packages),
  );

  constructor(private readonly options: CodeInterpreterOptions) {
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#pyodide = options.pyodide ?? options.assets;
    this.#pool = new PythonPool({
      python: async () => ({
        ...this.#limits,
        assets: options.assets,
        pyodide: this.#pyodide,
        importable: (await this.#packages()).importable,
      }),
      maxBytes: () => memoryLimit(options.memoryMb?.() ?? 0),
      maxRunning: options.maxRunning ?? Math.max(4, availableParallelism()),
      idleMs: options.idleMs ?? 10 * 60_000,
      spare: options.spare ?? true,
      permissions: options.permissions ?? true,
      log: options.log ?? (() => {}),
    });
  }

  /** Starts a spare interpreter, unless there is one, so that the next thread's first call need not wait. */
  warmUp(): void {
    this.#pool.warmUp();
  }

  /**
   * Runs code with the variables and files of a thread; calls of one thread run one after another.
   * Errors of the code, exceeded limits and crashes of the interpreter are reported in the outputs.
   * Rejects only if `threadId` is not a valid id.
   */
  async run(threadId: string, code: string, options: RunOptions): Promise<CodeResult> {
    return this.#session(threadId).run(code, options);
  }

  /** Copies the files of a thread to another one, which has none. */
  async copy(from: string, to: string): Promise<void> {
    const source = this.#folder(from);
    if (!existsSync(source)) return;
    const folder = await ThreadFolder.open(source, this.options.exclusively ?? ((work) => work()));
    await folder.copyTo(this.#folder(to));
  }

  /** Ends the thread's interpreter and deletes its files. */
  async forget(threadId: string): Promise<void> {
    const folder = this.#folder(threadId);
    await this.end(threadId);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Ends the thread's running calls and its interpreter; files are kept. */
  async end(threadId: string): Promise<void> {
    const session = this.#sessions.get(threadId);
    this.#sessions.delete(threadId);
    await session?.end();
  }

  /** Ends all interpreters; files are kept. */
  async close(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.all([...sessions.map((session) => session.end()), this.#pool.close()]);
  }

  #session(threadId: string): ThreadSession {
    const known = this.#sessions.get(threadId);
    if (known) return known;
    const session = new ThreadSession({
      folder: this.#folder(threadId),
      exclusively: this.options.exclusively ?? ((work) => work()),
      limits: this.#limits,
      pool: this.#pool,
      packages: this.#packages,
      log: this.options.log ?? (() => {}),
    });
    this.#sessions.set(threadId, session);
    return session;
  }

  #folder(threadId: string): string {
    if (!/^\w[\w-]{0,127}$/.test(threadId)) throw new Error(`“${threadId}” is not the id of a thread.`);
    return join(this.options.folder, threadId);
  }
}

/** The limit in bytes; for 0 megabytes, a quarter of the memory of this computer or container. */
function memoryLimit(megabytes: number): number {
  if (megabytes > 0) return megabytes * megabyte;
  const available = process.constrainedMemory();
  return Math.min(totalmem(), available > 0 ? available : Infinity) / 4;
}

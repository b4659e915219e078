import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Packages, type PackageSource } from './host/packages';
import { PythonPool } from './pool';
import { ThreadSession } from './session';
import type { CodeLimits, CodeResult, RunOptions } from './codeTypes';

export type { CodeOutput } from './outputs';
export { distributionUrl, type PackageSource } from './host/packages';
export type { CodeInput, CodeLimits, CodeResult, RunOptions } from './codeTypes';

export interface CodeInterpreterOptions {
  /** Where each thread's files live, in a folder of its own; they survive restarts. */
  folder: string;
  /** Folder of the built child and of Pyodide's files: `dist/python`. */
  assets: string;
  limits?: Partial<CodeLimits>;
  /** After this long without use an interpreter is given up, and its variables with it. */
  idleMs?: number;
  /** How many interpreters there are at most, of about 180 MB each, and one spare. */
  maxInterpreters?: number;
  /** Whether the next interpreter is kept ready once one was used. */
  spare?: boolean;
  /** Whether the child is started with Node's permission model, a further layer where it is known. */
  permissions?: boolean;
  /** Where packages come from; none: the standard library is all there is. */
  packages?: PackageSource;
  log?: (message: string) => void;
}

const megabyte = 1024 * 1024;

const defaultLimits: CodeLimits = {
  timeMs: 60_000,
  memoryMb: 1_024,
  outputBytes: megabyte,
  diskBytes: 256 * megabyte,
};

/** Runs Python for threads, each with its own variables and files, behind a wall. */
export class CodeInterpreter {
  readonly #limits: CodeLimits;
  readonly #pool: PythonPool;
  readonly #sessions = new Map<string, ThreadSession>();
  #packages: Promise<Packages> | undefined;

  constructor(private readonly options: CodeInterpreterOptions) {
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#pool = new PythonPool({
      python: async () => ({
        ...this.#limits,
        assets: options.assets,
        importable: (await this.#openPackages()).importable,
      }),
      maxInterpreters: options.maxInterpreters ?? 4,
      idleMs: options.idleMs ?? 10 * 60_000,
      spare: options.spare ?? true,
      permissions: options.permissions ?? true,
      log: options.log ?? (() => {}),
    });
  }

  /** Gets an interpreter ready, so that the next thread's first call need not wait; does nothing when one is. */
  warmUp(): void {
    this.#pool.warmUp();
  }

  /**
   * Runs code with the variables and files of a thread; calls of one thread wait for each other. What
   * goes wrong with the code, with its limits or with the interpreter is told in the outputs.
   */
  async run(threadId: string, code: string, options: RunOptions): Promise<CodeResult> {
    return this.#session(threadId).run(code, options);
  }

  /** Ends the thread's interpreter and deletes its files. */
  async forget(threadId: string): Promise<void> {
    const folder = this.#folder(threadId);
    const session = this.#sessions.get(threadId);
    this.#sessions.delete(threadId);
    await session?.end();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Ends all interpreters; files stay. */
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
      limits: this.#limits,
      pool: this.#pool,
      packages: () => this.#openPackages(),
      log: this.options.log ?? (() => {}),
    });
    this.#sessions.set(threadId, session);
    return session;
  }

  #folder(threadId: string): string {
    if (!/^\w[\w-]{0,127}$/.test(threadId)) throw new Error(`«${threadId}» is not the id of a thread.`);
    return join(this.options.folder, threadId);
  }

  #openPackages(): Promise<Packages> {
    this.#packages ??= Packages.open(join(this.options.assets, 'pyodide-lock.json'), this.options.packages);
    return this.#packages;
  }
}

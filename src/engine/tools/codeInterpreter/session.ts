import { readFile, stat } from 'node:fs/promises';
import { unlessAborted } from '../../process/abort';
import { explain } from './host/explain';
import { maxImageBytes, Outputs, size } from './outputs';
import type { Packages } from './host/packages';
import type { PythonPool } from './pool';
import { sendPieces, type PythonProcess } from './host/pythonProcess';
import { ThreadFolder, type DataFile } from './threadFolder';
import { ThreadRun } from './threadRun';
import type { CodeInput, CodeLimits, CodeResult, RunOptions } from './codeTypes';

export interface SessionOptions {
  /** The thread's folder. */
  folder: string;
  limits: CodeLimits;
  pool: PythonPool;
  packages: () => Promise<Packages>;
  log: (message: string) => void;
}

/** The files of one thread and, while it has one, its interpreter. */
export class ThreadSession {
  readonly #ending = new AbortController();
  #python: PythonProcess | undefined;
  #folder: ThreadFolder | undefined;
  /** Packages installed in the current interpreter. */
  #installed = new Set<string>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: SessionOptions) {}

  /** Runs code after all earlier calls of this thread have ended. */
  run(code: string, { inputs, signal, onOutput = () => {} }: RunOptions): Promise<CodeResult> {
    const outputs = new Outputs(this.options.limits.outputBytes, onOutput);
    const stop = AbortSignal.any([signal, this.#ending.signal]);
    const result = this.#run(this.#last, code, inputs, outputs, stop);
    this.#last = Promise.all([this.#last, result]);
    return result;
  }

  /** Ends the running calls and the interpreter. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#last;
    this.#python?.end('closed');
    await this.#python?.exited();
  }

  async #run(
    before: Promise<unknown>,
    code: string,
    inputs: readonly CodeInput[],
    outputs: Outputs,
    stop: AbortSignal,
  ): Promise<CodeResult> {
    const { limits, pool, packages, log } = this.options;
    let python: PythonProcess | undefined;
    try {
      await unlessAborted(before, stop);
      const folder = (this.#folder ??= await ThreadFolder.open(this.options.folder));
      python = await pool.acquire(this.#python, stop);
      await this.#sendFiles(python, folder, inputs, outputs);
      await folder.beginRun();
      const run = new ThreadRun({ python, folder, limits, packages, installed: this.#installed, outputs });
      const { ok, update } = await run.execute(code, stop);
      const files = await folder.commit(update);
      for (const name of update.rejected) {
        outputs.note(`«${name}» was not saved: its name is not valid on every system`);
      }
      await showImages(files, outputs);
      return { outputs: outputs.end(), files, ok };
    } catch (error) {
      // The state of the interpreter is unknown now.
      python?.end('crashed', String(error));
      if (!stop.aborted) log(`A call of the code interpreter failed: ${String(error)}`);
      outputs.note(explain(error, stop.aborted, limits));
      return { outputs: outputs.end(), files: [], ok: false };
    } finally {
      if (python) pool.release(python);
    }
  }

  /** Sends the thread's files to Python: all of them if the interpreter is new to the thread, else only new ones. */
  async #sendFiles(
    python: PythonProcess,
    folder: ThreadFolder,
    inputs: readonly CodeInput[],
    outputs: Outputs,
  ): Promise<void> {
    const isNew = python !== this.#python;
    const added = await this.#addInputs(folder, inputs, outputs);
    for (const { name, path } of isNew ? await folder.list() : added) {
      await sendPieces(await readFile(path), (piece, at, bytes) =>
        python.send({ type: 'file', name, bytes, at }, piece),
      );
    }
    await python.settled();
    if (!isNew) return;
    this.#python = python;
    this.#installed = new Set();
    if (folder.runs === 0) return;
    outputs.note(
      'Python was restarted: variables and imports of earlier calls are gone; files in /mnt/data are still there',
    );
  }

  async #addInputs(
    folder: ThreadFolder,
    inputs: readonly CodeInput[],
    outputs: Outputs,
  ): Promise<DataFile[]> {
    const { diskBytes } = this.options.limits;
    const added: DataFile[] = [];
    for (const { name, path } of inputs) {
      if (folder.hasInput(name, path)) continue;
      const used = (await folder.list()).reduce((sum, { bytes }) => sum + bytes, 0);
      if (used + (await stat(path)).size > diskBytes) {
        outputs.note(
          `«${name}» was not added to /mnt/data, which has room for only ${size(diskBytes)} in total`,
        );
        continue;
      }
      added.push(await folder.addInput(name, path));
    }
    return added;
  }
}

const imageNames = /\.(png|jpe?g|gif|webp)$/i;

async function showImages(files: readonly DataFile[], outputs: Outputs): Promise<void> {
  for (const { name, path, bytes } of files) {
    if (!imageNames.test(name)) continue;
    if (bytes > maxImageBytes) outputs.note(`«${name}» is too large to be shown`);
    else outputs.image(name, await readFile(path));
  }
}

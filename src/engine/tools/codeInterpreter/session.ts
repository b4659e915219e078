import { readFile } from 'node:fs/promises';
import { MissingContentError } from '../../store/fileContents';
import { unlessAborted } from '../../process/abort';
import { WorkQueue } from '../../process/workQueue';
import { errorText } from './errorText';
import { explain } from './host/explain';
import type { Exclusively } from './manifest';
import { maxImageBytes, noteEach, oneLine, Outputs, size } from './outputs';
import type { Packages } from './host/packages';
import type { PythonPool } from './pool';
import { sendPieces, type PythonProcess } from './host/pythonProcess';
import { NoRoomError, ThreadFolder, type DataFile } from './threadFolder';
import { ThreadRun } from './threadRun';
import type { FolderUpdate } from './folderUpdate';
import type { CodeInput, CodeLimits, CodeResult, RunOptions } from './codeTypes';

export interface SessionOptions {
  /** The thread's folder. */
  folder: string;
  exclusively: Exclusively;
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
  /** The contents of the files that the current interpreter has, by name. */
  #sent = new Map<string, string>();
  readonly #calls = new WorkQueue();

  constructor(private readonly options: SessionOptions) {}

  /** Runs code after all earlier calls of this thread have ended. */
  run(code: string, { inputs, signal, turn = '', onOutput = () => {} }: RunOptions): Promise<CodeResult> {
    const outputs = new Outputs(this.options.limits.outputBytes, onOutput);
    const stop = AbortSignal.any([signal, this.#ending.signal]);
    const result = this.#run(this.#calls.ended, { code, turn }, inputs, outputs, stop);
    this.#calls.add(result);
    return result;
  }

  /** Ends the running calls and the interpreter. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#calls.ended;
    this.#python?.end('closed');
    await this.#python?.exited();
  }

  async #run(
    before: Promise<unknown>,
    { code, turn }: { code: string; turn: string },
    inputs: readonly CodeInput[],
    outputs: Outputs,
    stop: AbortSignal,
  ): Promise<CodeResult> {
    const { limits, pool, packages, exclusively, log } = this.options;
    let python: PythonProcess | undefined;
    try {
      await unlessAborted(before, stop);
      const folder = (this.#folder ??= await ThreadFolder.open(this.options.folder, exclusively));
      python = await pool.acquire(this.#python, stop);
      await this.#addInputs(folder, inputs, outputs);
      await this.#sendFiles(python, folder, outputs);
      folder.beginRun();
      const run = new ThreadRun({ python, folder, limits, packages, installed: this.#installed, outputs });
      const { ok, update, shown } = await run.execute(code, turn, stop);
      const files = await this.#commit(folder, update, outputs);
      await showImages(
        files.filter(({ name }) => !shown.has(name)),
        outputs,
      );
      return { outputs: outputs.end(), files, ok };
    } catch (error) {
      // The state of the interpreter is unknown now.
      python?.end('crashed', String(error));
      if (!stop.aborted) log(`A call of the code interpreter failed: ${String(error)}`);
      await this.#folder?.discard();
      outputs.note(explain(error, stop.aborted, limits));
      return { outputs: outputs.end(), files: [], ok: false };
    } finally {
      if (python) pool.release(python);
    }
  }

  /** Brings Python's files up to date: all of them if it is new to the thread, else what others have changed. */
  async #sendFiles(python: PythonProcess, folder: ThreadFolder, outputs: Outputs): Promise<void> {
    const isNew = python !== this.#python;
    if (isNew) {
      this.#python = python;
      this.#installed = new Set();
      this.#sent = new Map();
    }
    while (!(await this.#sendChanges(python, folder, outputs)));
    await python.settled();
    if (!isNew || !folder.hasRun) return;
    outputs.note(
      'Python was restarted: variables and imports of earlier calls are gone; files in /mnt/data are still there',
    );
  }

  /** Returns false if another engine has changed a file again and deleted its content before it was read. */
  async #sendChanges(python: PythonProcess, folder: ThreadFolder, outputs: Outputs): Promise<boolean> {
    const files = folder.list();
    const names = new Set(files.map(({ name }) => name));
    for (const name of this.#sent.keys()) {
      if (names.has(name)) continue;
      await python.send({ type: 'remove', name });
      this.#sent.delete(name);
    }
    let left = this.options.limits.diskBytes;
    for (const file of files) {
      left -= file.bytes;
      if (this.#sent.get(file.name) === file.content) continue;
      if (left < 0) {
        outputs.note(
          `“${file.name}” is missing in /mnt/data: the files of this thread are too large together`,
        );
        continue;
      }
      let content: Buffer;
      try {
        content = await readFile(folder.pathOf(file));
      } catch (error) {
        const isReplaced = !folder.list().some((now) => now.content === file.content);
        if (isReplaced) return false;
        outputs.note(`“${file.name}” is missing in /mnt/data: it could not be read (${errorText(error)})`);
        continue;
      }
      await sendPieces(content, (piece, at, bytes) =>
        python.send({ type: 'file', name: file.name, bytes, at }, piece),
      );
      this.#sent.set(file.name, file.content);
    }
    return true;
  }

  /** Stores what the code has changed. Returns the new and changed files. */
  async #commit(folder: ThreadFolder, update: FolderUpdate, outputs: Outputs): Promise<DataFile[]> {
    const { changed, stored, renamed, undeleted } = await folder.commit(update, this.#sent);
    for (const name of this.#sent.keys()) if (!update.names.has(name)) this.#sent.delete(name);
    for (const { name, content } of stored) this.#sent.set(name, content);
    for (const { from, to } of renamed) {
      // Python has its own file under both names now, or neither: the next call sends what the folder has.
      this.#sent.set(from, '');
      this.#sent.delete(to);
      outputs.note(
        `“${from}” was changed outside of this call at the same time; the file that it wrote was saved as “${to}”`,
      );
    }
    for (const name of undeleted)
      outputs.note(`“${name}” was not deleted: it was changed outside of this call at the same time`);
    noteEach(update.rejected, outputs, (name) => `${name} not saved: its name is not valid on every system`);
    return changed;
  }

  /** Adds the files that the user gave to the code. One that cannot be added affects no other. */
  async #addInputs(folder: ThreadFolder, inputs: readonly CodeInput[], outputs: Outputs): Promise<void> {
    const { diskBytes } = this.options.limits;
    const sources = new Set(inputs.map(({ path }) => path));
    for (const { name, path, check } of inputs) {
      try {
        check?.();
        const added = await folder.addInput(name, path, sources, diskBytes);
        if (added !== undefined && added !== name)
          outputs.note(`The file “${oneLine(name)}” is /mnt/data/${added}`);
      } catch (error) {
        if (!(error instanceof NoRoomError))
          this.options.log(`“${name}” was not given to the code interpreter: ${String(error)}`);
        // The copy of an earlier call is still there.
        if (folder.hasInput(path)) continue;
        outputs.note(`“${oneLine(name)}” was not added to /mnt/data: ${reasonOf(error, diskBytes)}`);
      }
    }
  }
}

/** Why an input was not added, without a path of the host. */
function reasonOf(error: unknown, diskBytes: number): string {
  if (error instanceof NoRoomError) return `there is room for only ${size(diskBytes)} in total`;
  if (error instanceof MissingContentError) return `its stored content ${error.state}`;
  return `it could not be read (${errorText(error)})`;
}

const imageNames = /\.(png|jpe?g|gif|webp)$/i;

async function showImages(files: readonly DataFile[], outputs: Outputs): Promise<void> {
  for (const { name, path, bytes } of files) {
    if (!imageNames.test(name)) continue;
    if (bytes > maxImageBytes) outputs.note(`“${name}” is too large to be shown`);
    else outputs.imageFile(name, await readFile(path));
  }
}

import { copyFile, mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import * as z from 'zod';
import { isFileName } from './fileNames';
import { FolderUpdate, type AnnouncedFile } from './folderUpdate';

export interface DataFile {
  /** Below `/mnt/data`, with `/` between its parts. */
  name: string;
  /** On the host. */
  path: string;
  bytes: number;
}

const stateFile = z.object({
  runs: z.int(),
  /** Which file of the host came in under which name. */
  inputs: z.record(z.string(), z.string()),
});

type State = z.infer<typeof stateFile>;

/** A thread's files on the host's disk, and what is known of its calls. */
export class ThreadFolder {
  readonly #data: string;
  readonly #incoming: string;
  readonly #stateFile: string;
  #state: State = { runs: 0, inputs: {} };

  private constructor(private readonly folder: string) {
    this.#data = join(folder, 'data');
    this.#incoming = join(folder, 'incoming');
    this.#stateFile = join(folder, 'state.json');
  }

  static async open(path: string): Promise<ThreadFolder> {
    const folder = new ThreadFolder(path);
    await mkdir(folder.#data, { recursive: true });
    folder.#state = (await readState(folder.#stateFile)) ?? folder.#state;
    return folder;
  }

  /** How many calls this thread has had, those before a restart included. */
  get runs(): number {
    return this.#state.runs;
  }

  async list(): Promise<DataFile[]> {
    const entries = await readdir(this.#data, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return Promise.all(
      files.map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        const name = path.slice(this.#data.length + 1).replaceAll(sep, '/');
        return { name, path, bytes: (await stat(path)).size };
      }),
    );
  }

  /** Whether that file came in under this name before: what Python made of it since then stays. */
  hasInput(name: string, source: string): boolean {
    return this.#state.inputs[name] === source;
  }

  /** Copies a file of the host in, over one of the same name. */
  async addInput(name: string, source: string): Promise<DataFile> {
    if (!isFileName(name)) throw new Error(`«${name}» cannot be the name of a file in /mnt/data.`);
    const path = join(this.#data, name);
    await mkdir(dirname(path), { recursive: true });
    await copyFile(source, path);
    this.#state.inputs[name] = source;
    await this.#writeState();
    return { name, path, bytes: (await stat(path)).size };
  }

  /** Counts a call and makes room for what will come of it. */
  async beginRun(): Promise<void> {
    await rm(this.#incoming, { recursive: true, force: true });
    await mkdir(this.#incoming);
    this.#state.runs += 1;
    await this.#writeState();
  }

  /** Receives what Python's folder has become; nothing changes here before `commit`. */
  update(files: readonly AnnouncedFile[], limitBytes: number): FolderUpdate {
    return new FolderUpdate(this.#incoming, files, limitBytes);
  }

  /** Makes the folder what the update says. Gives the files that are new or changed. */
  async commit(update: FolderUpdate): Promise<DataFile[]> {
    const received = await update.complete();
    for (const { name, path } of await this.list()) if (!update.names.has(name)) await rm(path);
    await removeEmptyFolders(this.#data);
    const changed: DataFile[] = [];
    for (const file of received) {
      const path = join(this.#data, file.name);
      await mkdir(dirname(path), { recursive: true });
      await rename(file.path, path);
      changed.push({ name: file.name, path, bytes: file.bytes });
    }
    return changed;
  }

  async #writeState(): Promise<void> {
    const next = `${this.#stateFile}.next`;
    await writeFile(next, JSON.stringify(this.#state));
    await rename(next, this.#stateFile);
  }
}

/** Undefined where there is none, or none that can be read: the files do not depend on it. */
async function readState(path: string): Promise<State | undefined> {
  try {
    return stateFile.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

async function removeEmptyFolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(folder, entry.name);
    await removeEmptyFolders(path);
    if ((await readdir(path)).length === 0) await rmdir(path);
  }
}

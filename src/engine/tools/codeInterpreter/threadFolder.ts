import { copyFile, mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import * as z from 'zod';
import { isFileName } from './fileNames';
import { FolderUpdate, type AnnouncedFile } from './folderUpdate';

export interface DataFile {
  /** Path relative to `/mnt/data`, with `/` as separator. */
  name: string;
  /** Path on the host. */
  path: string;
  bytes: number;
}

const stateFile = z.object({
  runs: z.int(),
  /** The host path that each input file was copied from, by its name. */
  inputs: z.record(z.string(), z.string()),
});

type State = z.infer<typeof stateFile>;

/** A thread's files on the host's disk, with a record of its calls and inputs. */
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

  /** Number of calls of this thread, including those before a restart. */
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

  /** Whether this file was copied to this name before. It is then not copied again, so Python's changes stay. */
  hasInput(name: string, source: string): boolean {
    return this.#state.inputs[name] === source;
  }

  /** Copies a file of the host into the folder, replacing one of the same name. */
  async addInput(name: string, source: string): Promise<DataFile> {
    if (!isFileName(name)) throw new Error(`«${name}» cannot be the name of a file in /mnt/data.`);
    const path = join(this.#data, name);
    await mkdir(dirname(path), { recursive: true });
    await copyFile(source, path);
    this.#state.inputs[name] = source;
    await this.#writeState();
    return { name, path, bytes: (await stat(path)).size };
  }

  /** Counts a call and empties the folder that receives its files. */
  async beginRun(): Promise<void> {
    await rm(this.#incoming, { recursive: true, force: true });
    await mkdir(this.#incoming);
    this.#state.runs += 1;
    await this.#writeState();
  }

  /** Starts to receive Python's files; this folder does not change before `commit`. */
  update(files: readonly AnnouncedFile[], limitBytes: number): FolderUpdate {
    return new FolderUpdate(this.#incoming, files, limitBytes);
  }

  /** Applies the update. Returns the files that are new or changed. */
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

/** Undefined if the file is missing or unreadable, which is harmless: the thread's files do not depend on it. */
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

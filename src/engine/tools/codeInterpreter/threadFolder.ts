import { randomUUID } from 'node:crypto';
import { readFile, copyFile, link, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import * as z from 'zod';
import { nameKey, safeFileName, TakenNames } from './fileNames';
import { mergeChanges, type Merged, type StoredFile } from './folderMerge';
import { FolderUpdate, type AnnouncedFile } from './folderUpdate';
import { type Exclusively, type Manifest, readManifest, writeManifest } from './manifest';

export interface DataFile {
  /** Path relative to `/mnt/data`, with `/` as separator. */
  name: string;
  /** Path on the host. */
  path: string;
  bytes: number;
}

/** Content that nothing refers to for this long belongs to a call whose process died, in milliseconds. */
const maxUnusedMs = 60 * 60 * 1000;

/**
 * A thread's files on the host's disk, which several engines may share. Contents are files that never change,
 * and a manifest, replaced as a whole, says which of them are the files of the thread.
 */
export class ThreadFolder {
  readonly #contents: string;
  #update: FolderUpdate | undefined;

  private constructor(
    private readonly folder: string,
    private readonly exclusively: Exclusively,
  ) {
    this.#contents = join(folder, 'contents');
  }

  static async open(path: string, exclusively: Exclusively): Promise<ThreadFolder> {
    const folder = new ThreadFolder(path, exclusively);
    await mkdir(folder.#contents, { recursive: true });
    const adopted = await filesOfEarlierVersion(path);
    exclusively(() => {
      if (!readManifest(path)) writeManifest(path, adopted);
    });
    await folder.#sweep();
    return folder;
  }

  /** Whether code has run in this thread before, in any engine. */
  get hasRun(): boolean {
    return this.#read().hasRun;
  }

  /** The files as they are now: another engine may have changed them since the last call. */
  list(): StoredFile[] {
    return this.#read().files;
  }

  /** Copies the files to another folder, which is not in use yet. Contents never change, so that both share them. */
  async copyTo(path: string): Promise<void> {
    await mkdir(join(path, 'contents'), { recursive: true });
    for (;;) {
      const { files, inputs } = this.#read();
      const copies = files.map((file) => ({ ...file, content: newContent() }));
      try {
        for (const [at, { content }] of copies.entries())
          await linkOrCopy(this.pathOf(files[at] as StoredFile), join(path, content));
      } catch (error) {
        // Another call has replaced a file meanwhile.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT' && this.#hasChanged(files)) continue;
        throw error;
      }
      writeManifest(path, { hasRun: false, files: copies, inputs, replaced: [] });
      return;
    }
  }

  #hasChanged(files: readonly StoredFile[]): boolean {
    const now = new Set(this.#read().files.map(({ content }) => content));
    return files.some(({ content }) => !now.has(content));
  }

  /** Path of a file's content on the host. */
  pathOf({ content }: Pick<StoredFile, 'content'>): string {
    return join(this.folder, content);
  }

  /** Records that code runs. */
  beginRun(): void {
    if (!this.hasRun) this.#change((manifest) => void (manifest.hasRun = true));
  }

  /** Whether a file of the host was copied into the folder, in whatever state. */
  hasInput(source: string): boolean {
    return this.#read().inputs.some((input) => input.source === source);
  }

  /**
   * Copies a file of the host into the folder, unless this state of it was copied before: Python's changes stay.
   * It replaces a file of the same name only if that was copied from a file that is not among `sources` any more.
   * Returns its name in the folder if it was copied. Throws if it cannot be read, or if the folder would exceed
   * `limitBytes`.
   */
  async addInput(
    wanted: string,
    source: string,
    sources: ReadonlySet<string>,
    limitBytes: number,
  ): Promise<string | undefined> {
    const { size, mtimeMs } = await stat(source);
    const stamp = `${size} ${mtimeMs}`;
    const { inputs, files } = this.#read();
    if (inputs.some((input) => isState(input, source, stamp))) return undefined;
    const used = files.reduce((sum, { bytes }) => sum + bytes, 0);
    if (used + size > limitBytes) throw new NoRoomError();

    const content = newContent();
    try {
      await copyFile(source, join(this.folder, content));
      const name = this.#change((manifest) => {
        if (manifest.inputs.some((input) => isState(input, source, stamp))) return undefined;
        const name = nameOfInput(manifest, wanted, source, sources);
        manifest.files = manifest.files.filter((file) => nameKey(file.name) !== nameKey(name));
        manifest.files.push({ name, content, bytes: size });
        manifest.inputs = manifest.inputs.filter(
          (input) => input.source !== source && nameKey(input.name) !== nameKey(name),
        );
        manifest.inputs.push({ source, name, stamp });
        return name;
      });
      if (name === undefined) await this.#delete(content);
      return name;
    } catch (error) {
      await this.#delete(content);
      throw error;
    }
  }

  /** Starts to receive Python's files; the files of the thread do not change before `commit`. */
  update(files: readonly AnnouncedFile[], limitBytes: number): FolderUpdate {
    return (this.#update = new FolderUpdate(this.#contents, files, limitBytes, randomUUID));
  }

  /** Deletes what was received of an update that is not committed. */
  async discard(): Promise<void> {
    const update = this.#update;
    this.#update = undefined;
    await update?.end();
    for (const file of update?.files ?? []) await this.#delete(`contents/${file}`);
  }

  /**
   * Applies what Python changed, and nothing else. `base` are the contents of the files that Python had before the
   * call, by name.
   */
  async commit(
    update: FolderUpdate,
    base: ReadonlyMap<string, string>,
  ): Promise<Merged & { changed: DataFile[] }> {
    const received = await update.complete();
    const changed = received.map(({ name, file, bytes, hash }) => ({
      name,
      content: `contents/${file}`,
      bytes,
      hash,
    }));
    const hasChanges = changed.length > 0 || [...base.keys()].some((name) => !update.names.has(name));
    const merged: Merged = hasChanges
      ? this.#change((manifest) => {
          const result = mergeChanges(manifest.files, { base, names: update.names, changed });
          manifest.files = result.files;
          return result;
        })
      : { files: [], stored: [], renamed: [], undeleted: [] };
    this.#update = undefined;
    const stored = new Set(merged.stored.map(({ content }) => content));
    // Another process has stored the same bytes.
    for (const { content } of changed) if (!stored.has(content)) await this.#delete(content);
    return {
      ...merged,
      changed: merged.stored.map((file) => ({
        name: file.name,
        path: this.pathOf(file),
        bytes: file.bytes,
      })),
    };
  }

  #read(): Manifest {
    const manifest = readManifest(this.folder);
    if (!manifest) throw new Error('The files of this thread were deleted.');
    return manifest;
  }

  /** Changes the manifest while no other engine does, and deletes what an earlier change has replaced. */
  #change<R>(work: (manifest: Manifest) => R): R {
    const [result, unused] = this.exclusively((): [R, string[]] => {
      const manifest = this.#read();
      const before = manifest.files.map(({ content }) => content);
      const unused = manifest.replaced;
      const result = work(manifest);
      const used = new Set(manifest.files.map(({ content }) => content));
      manifest.replaced = before.filter((content) => !used.has(content));
      writeManifest(this.folder, manifest);
      return [result, unused];
    });
    for (const content of unused) void this.#delete(content);
    return result;
  }

  /** A failure is of no consequence: the next sweep deletes the file. */
  async #delete(content: string): Promise<void> {
    await rm(join(this.folder, content), { force: true }).catch(() => {});
  }

  /** Deletes what calls have left whose process died. */
  async #sweep(): Promise<void> {
    const names = await readdir(this.#contents);
    // Read after the names: what was committed in between is then known.
    const { files, replaced } = this.#read();
    const used = new Set([...files.map(({ content }) => content), ...replaced]);
    for (const name of names) {
      const content = `contents/${name}`;
      if (used.has(content)) continue;
      const found = await stat(join(this.folder, content)).catch(() => undefined);
      if (found && Date.now() - found.mtimeMs > maxUnusedMs) await this.#delete(content);
    }
  }
}

/** There is no room for a file in the folder. */
export class NoRoomError extends Error {
  override readonly name = 'NoRoomError';
}

/** A link where the file system has them. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}

function newContent(): string {
  return `contents/${randomUUID()}`;
}

function isState(input: Manifest['inputs'][number], source: string, stamp: string): boolean {
  return input.source === source && (input.stamp ?? stamp) === stamp;
}

function nameOfInput(
  { files, inputs }: Manifest,
  wanted: string,
  source: string,
  sources: ReadonlySet<string>,
): string {
  const before = inputs.find((input) => input.source === source);
  if (before) return before.name;
  const name = safeFileName(wanted);
  const holder = inputs.find((input) => nameKey(input.name) === nameKey(name));
  if (holder && !sources.has(holder.source)) return holder.name;
  return new TakenNames(files.map((file) => file.name)).free(name);
}

const earlierState = z.object({ runs: z.int(), inputs: z.record(z.string(), z.string()) });

/** The files of version 0.1, which kept them by name in `data`, and the sources of inputs in `state.json`. */
async function filesOfEarlierVersion(folder: string): Promise<Manifest> {
  const manifest: Manifest = { hasRun: false, files: [], inputs: [], replaced: [] };
  const entries = await readdir(join(folder, 'data'), { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const content = path.slice(folder.length + 1).replaceAll(sep, '/');
    manifest.files.push({ name: content.slice('data/'.length), content, bytes: (await stat(path)).size });
  }
  const text = await readFile(join(folder, 'state.json'), 'utf8').catch(() => '{}');
  const state = earlierState.safeParse(tryParse(text));
  if (!state.success) return manifest;
  manifest.hasRun = state.data.runs > 0;
  manifest.inputs = Object.entries(state.data.inputs).map(([name, source]) => ({ name, source }));
  return manifest;
}

function tryParse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

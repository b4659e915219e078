import { mkdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { ToolError, type ToolFile } from './toolOutput';

/** A larger file is not given to code. */
const maxFileBytes = 100 * 1024 * 1024;

/** The folders whose files tools may read, and write to. Links out of them are not followed. */
export class Folders {
  constructor(
    private readonly folders: readonly string[],
    private readonly realpathOf: (path: string) => Promise<string> = realpath,
  ) {}

  /** Reads a file, by its path in the first folder that has it or by its absolute path. Throws ToolError. */
  async read(path: string): Promise<{ name: string; data: Uint8Array }> {
    const file = await this.#find(path);
    const found = await stat(file).catch(() => this.#fail(`There is no file “${path}”.`));
    // Reading a pipe or a device may never end.
    if (!found.isFile())
      throw new ToolError(
        `“${path}” is ${found.isDirectory() ? 'a folder' : 'not a regular file'}. Name files.`,
      );
    const { size } = found;
    if (size > maxFileBytes)
      throw new ToolError(`“${path}” is too large: ${size} bytes, ${maxFileBytes} at most.`);
    try {
      return { name: basename(file), data: await readFile(file) };
    } catch (error) {
      throw new ToolError(`“${path}” cannot be read: ${(error as Error).message}`);
    }
  }

  /** Saves files to a folder, which is created if it is missing. No file is replaced. Returns their paths. */
  async save(folder: string, files: readonly ToolFile[]): Promise<string[]> {
    const target = await this.#find(folder);
    const isTaken = await stat(target)
      .then((found) => !found.isDirectory())
      .catch(() => false);
    if (isTaken) throw new ToolError(`“${folder}” is a file, not a folder.`);
    const paths: string[] = [];
    for (const { name, data } of files) {
      const wanted = resolve(target, name);
      if (!isIn(target, wanted)) throw new ToolError(`“${name}” is not the name of a file.`);
      await mkdir(dirname(wanted), { recursive: true });
      // A link inside may lead out.
      await this.#find(dirname(wanted));
      paths.push(await writeNew(wanted, data));
    }
    return paths;
  }

  /** The real path in one of the folders; of what does not exist yet, in its nearest parent. */
  async #find(path: string): Promise<string> {
    if (this.folders.length === 0) throw new ToolError('No folder of this machine is open to this tool.');
    const real = await Promise.all(
      this.folders.map((folder) => this.realpathOf(folder).catch(() => resolve(folder))),
    );
    const roots = [...real, ...this.folders.map((folder) => resolve(folder))];
    // On Windows, looking such a path up signs the user in to the server that it names.
    const isOfServer = /^[\\/]{2}/.test(path) && !roots.some((folder) => isIn(folder, resolve(path)));
    const wanted = isAbsolute(path) ? [path] : this.folders.map((folder) => join(folder, path));
    const places = await Promise.all((isOfServer ? [] : wanted).map((place) => this.#realPathOf(place)));
    const allowed = places.filter((place) => real.some((folder) => isIn(folder, place)));
    for (const place of allowed) if (await exists(place)) return place;
    return allowed[0] ?? this.#fail(`“${path}” is not in a folder that is open to this tool.`);
  }

  async #realPathOf(path: string): Promise<string> {
    const whole = resolve(path);
    try {
      return await this.realpathOf(whole);
    } catch {
      const parent = dirname(whole);
      return parent === whole ? whole : join(await this.#realPathOf(parent), basename(whole));
    }
  }

  #fail(message: string): never {
    throw new ToolError(message);
  }
}

function isIn(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Writes a file under this name or, if that is taken, with a number. */
async function writeNew(path: string, data: Uint8Array): Promise<string> {
  const name = basename(path);
  const dot = name.lastIndexOf('.');
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  for (let number = 1; ; number++) {
    const target = number === 1 ? path : join(dirname(path), `${stem} (${number})${ending}`);
    try {
      await writeFile(target, data, { flag: 'wx' });
      return target;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

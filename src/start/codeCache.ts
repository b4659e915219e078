import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

/** Milliseconds from the first load of a module to the writing of what V8 compiled: its functions have run by then. */
export const writeDelay = 5_000;

/** The checksums of the source and of V8's data, which precede the data: V8 itself compares only the source's length. */
const headerLength = 8;

const parameters = '(function (exports, require, module, __filename, __dirname) { ';

type ModuleFunction = (
  this: unknown,
  exports: unknown,
  require: (id: string) => unknown,
  module: { exports: unknown },
  file: string,
  folder: string,
) => void;

/** What V8 has compiled of a module, not yet in the cache. */
interface Compiled {
  readonly name: string;
  readonly sourceSum: number;
  readonly script: Script;
}

/**
 * Loads the CommonJS modules of one folder, which VS Code would compile anew in each window, with the code that V8
 * compiled in an earlier window. Node's own cache (`module.enableCompileCache`) would take in the modules of VS Code and of
 * all other extensions of the process.
 */
export class CodeCache {
  private readonly modules = new Map<string, { exports: unknown }>();
  private compiled: Compiled[] = [];
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param folder The modules, which require each other as `./NAME.js`.
   * @param cache The folder of the compiled code, made when it is first written. Its files are as trusted as the modules.
   * @param requireOther Loads everything else.
   */
  constructor(
    private readonly folder: string,
    private readonly cache: string,
    private readonly requireOther: (id: string) => unknown,
    private readonly delay = writeDelay,
  ) {}

  /** Loads a module. Throws what its loading throws, and loads it anew the next time. */
  readonly require = (id: string): unknown => {
    if (!id.startsWith('./')) return this.requireOther(id);
    const name = path.basename(id);
    const loaded = this.modules.get(name);
    if (loaded) return loaded.exports;
    const module = { exports: {} as unknown };
    this.modules.set(name, module);
    try {
      const file = path.join(this.folder, name);
      const run = this.compile(name, file);
      run.call(module.exports, module.exports, this.require, module, file, this.folder);
    } catch (error) {
      this.modules.delete(name);
      throw error;
    }
    return module.exports;
  };

  /** Writes nothing more. */
  dispose(): void {
    clearTimeout(this.timer);
  }

  private compile(name: string, file: string): ModuleFunction {
    const source = readFileSync(file, 'utf8');
    const sourceSum = crc32(source);
    const cachedData = this.read(name, sourceSum);
    const script = new Script(`${parameters}${source}\n})`, {
      filename: file,
      columnOffset: -parameters.length,
      ...(cachedData && { cachedData }),
    });
    // V8 rejects what another version of it wrote.
    if (!cachedData || script.cachedDataRejected) {
      this.compiled.push({ name, sourceSum, script });
      this.timer ??= setTimeout(() => void this.write(), this.delay).unref();
    }
    return script.runInThisContext() as ModuleFunction;
  }

  private read(name: string, sourceSum: number): Buffer | undefined {
    let content: Buffer;
    try {
      content = readFileSync(this.file(name));
    } catch {
      return undefined;
    }
    if (content.length <= headerLength) return undefined;
    const data = content.subarray(headerLength);
    const isSound = content.readUInt32LE(0) === sourceSum && content.readUInt32LE(4) === crc32(data);
    return isSound ? data : undefined;
  }

  private file(name: string): string {
    return path.join(this.cache, `${name}.cache`);
  }

  private async write(): Promise<void> {
    const due = this.compiled;
    this.compiled = [];
    this.timer = undefined;
    try {
      await mkdir(this.cache, { recursive: true });
      for (const compiled of due) {
        await this.writeOne(compiled);
        await nextTurn();
      }
      await this.deleteOthers();
    } catch {
      // Without a cache, the modules are compiled anew: the folder may be read-only, or the disk full.
    }
  }

  private async writeOne({ name, sourceSum, script }: Compiled): Promise<void> {
    const data = script.createCachedData();
    const header = Buffer.alloc(headerLength);
    header.writeUInt32LE(sourceSum, 0);
    header.writeUInt32LE(crc32(data), 4);
    const partial = path.join(this.cache, `${randomUUID()}.partial`);
    try {
      await writeFile(partial, [header, data]);
      await rename(partial, this.file(name));
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  }

  /** Deletes the code of modules of other versions of the extension. */
  private async deleteOthers(): Promise<void> {
    const kept = new Set((await readdir(this.folder)).map((name) => `${name}.cache`));
    for (const name of await readdir(this.cache)) {
      if (!kept.has(name)) await rm(path.join(this.cache, name), { force: true });
    }
  }
}

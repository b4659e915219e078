import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { replaceFile } from '../../../replaceFile';
import type { PackageSource } from './packageSource';

export interface PythonPackage {
  name: string;
  file: string;
  directory: 'site' | 'dynlib';
  content: Uint8Array;
}

const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      name: z.string(),
      // Also used as a file name in the cache.
      file_name: z.string().regex(/^[\w.+-]+$/),
      install_dir: z.enum(['site', 'dynlib']).catch('site'),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      imports: z.array(z.string()),
      depends: z.array(z.string()),
    }),
  ),
});

type Lock = z.infer<typeof lockFile>['packages'];
type Entry = Lock[string];

const fetchTimeoutMs = 120_000;

/** The packages of Pyodide's distribution: the modules they provide, and their files, verified by hash. */
export class Packages {
  readonly #packageByImport = new Map<string, string>();

  private constructor(
    private readonly lock: Lock,
    private readonly source: PackageSource | undefined,
  ) {
    for (const [key, { imports }] of Object.entries(lock)) {
      for (const name of imports) this.#packageByImport.set(name, key);
    }
  }

  /** Reads the lock file. Without a source no package can be loaded. */
  static async open(path: string, source: PackageSource | undefined): Promise<Packages> {
    const { packages } = lockFile.parse(JSON.parse(await readFile(path, 'utf8')));
    return new Packages(packages, source);
  }

  /** The names of all modules that a package provides. */
  get importable(): string[] {
    return [...this.#packageByImport.keys()];
  }

  /**
   * The packages that `import name` needs and that are not in `installed`, dependencies first.
   * Throws an error whose message goes into Python's `ImportError`.
   */
  async get(name: string, installed: ReadonlySet<string>, signal: AbortSignal): Promise<PythonPackage[]> {
    const key = this.#packageByImport.get(name);
    if (key === undefined) throw new Error('there is no such package.');
    const wanted = new Set<string>();
    this.#collect(key, wanted);
    const missing = [...wanted].filter((each) => !installed.has(each));
    return Promise.all(
      missing.map(async (each) => {
        const entry = this.lock[each]!;
        const content = await this.#read(entry, signal);
        return { name: each, file: entry.file_name, directory: entry.install_dir, content };
      }),
    );
  }

  #collect(key: string, wanted: Set<string>, above: readonly string[] = []): void {
    const entry = this.lock[key];
    if (!entry || above.includes(key)) return;
    for (const needed of entry.depends) this.#collect(needed, wanted, [...above, key]);
    wanted.add(key);
  }

  async #read(entry: Entry, signal: AbortSignal): Promise<Uint8Array> {
    const location = `it is in the package “${entry.name}” of the Pyodide distribution`;
    if (!this.source)
      throw new Error(`${location}, but package downloads are disabled here. Use the standard library.`);
    // The hash in the name keeps versions apart.
    const cachePath = join(this.source.cacheFolder, `${entry.sha256.slice(0, 16)}-${entry.file_name}`);
    const cached = await readFile(cachePath).catch(() => undefined);
    if (cached && hash(cached) === entry.sha256) return cached;
    const url = new URL(entry.file_name, this.source.baseUrl);
    const content = await this.#fetch(url, signal).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(
        `${location}, which cannot be fetched from ${url.host} (${reason}). Use the standard library.`,
      );
    });
    if (hash(content) !== entry.sha256) {
      throw new Error(`${location}, but what ${url.host} sent is not that package (its SHA-256 differs).`);
    }
    await writeCached(cachePath, content);
    return content;
  }

  async #fetch(url: URL, signal: AbortSignal): Promise<Uint8Array> {
    const request = this.source!.fetch ?? fetch;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(fetchTimeoutMs)]);
    const response = await request(url, { signal: limit });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }
}

function hash(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A failure is of no consequence: the package is then fetched again. */
async function writeCached(path: string, content: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(temporary, content);
    await replaceFile(temporary, path);
  } catch {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

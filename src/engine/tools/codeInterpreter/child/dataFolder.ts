/** Python's `/mnt/data`: an in-memory file system of limited size whose changes are listed after each call. */
import type { PyodideAPI } from 'pyodide';

const root = '/mnt/data';
const noSpaceLeft = 51;

export interface DataFile {
  name: string;
  bytes: number;
  changed: boolean;
}

interface Node {
  mode: number;
  mount: unknown;
  usedBytes: number;
  contents: Uint8Array;
  mtime: number;
}

interface WriteOps {
  write: (
    stream: { node: Node },
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ) => number;
}

interface MemoryFiles {
  stream_ops: WriteOps;
  ops_table: { file: { stream: WriteOps } };
  resizeFileStorage: (node: Node, size: number) => void;
}

/** The parts of Emscripten's file system that its type declarations lack. */
interface FileSystem {
  filesystems: { MEMFS: MemoryFiles };
  ErrnoError: new (code: number) => Error;
  mkdirTree(path: string): void;
  mount(type: MemoryFiles, options: object, path: string): Node;
  readdir(path: string): string[];
  lookupPath(path: string, options: { follow: boolean }): { node: Node };
  writeFile(path: string, content: Uint8Array): void;
  isFile(mode: number): boolean;
  isDir(mode: number): boolean;
}

export class DataFolder {
  readonly #fs: FileSystem;
  readonly #known = new Map<string, { bytes: number; mtime: number }>();

  constructor(
    pyodide: PyodideAPI,
    private readonly diskBytes: number,
  ) {
    this.#fs = pyodide.FS as FileSystem;
    this.#fs.mkdirTree(root);
    this.#limitSize(this.#fs.mount(this.#fs.filesystems.MEMFS, {}, root).mount);
  }

  /** Writes a file of the host. `name` is relative to the folder. */
  add(name: string, content: Uint8Array): void {
    const path = `${root}/${name}`;
    this.#fs.mkdirTree(path.slice(0, path.lastIndexOf('/')));
    this.#fs.writeFile(path, content);
    this.#remember(name, this.#node(path));
  }

  /**
   * Waits for the next millisecond, the resolution of modification times: a change within the current
   * one would be missed.
   */
  begin(): void {
    const lastListed = Date.now();
    while (Date.now() === lastListed);
  }

  /** All regular files, without links; `changed` compares with the last listing. */
  list(): DataFile[] {
    const files: DataFile[] = [];
    this.#walk('', (name, node) => {
      const before = this.#known.get(name);
      const changed = before?.mtime !== node.mtime || before.bytes !== node.usedBytes;
      files.push({ name, bytes: node.usedBytes, changed });
    });
    this.#known.clear();
    this.#walk('', (name, node) => this.#remember(name, node));
    return files;
  }

  read(name: string): Uint8Array {
    const { contents, usedBytes } = this.#node(`${root}/${name}`);
    return contents.subarray(0, usedBytes);
  }

  #remember(name: string, { usedBytes, mtime }: Node): void {
    this.#known.set(name, { bytes: usedBytes, mtime });
  }

  #node(path: string): Node {
    return this.#fs.lookupPath(path, { follow: false }).node;
  }

  #walk(folder: string, visit: (name: string, node: Node) => void): void {
    for (const entry of this.#fs.readdir(`${root}/${folder}`)) {
      if (entry === '.' || entry === '..') continue;
      const name = folder === '' ? entry : `${folder}/${entry}`;
      const node = this.#node(`${root}/${name}`);
      if (this.#fs.isDir(node.mode)) this.#walk(name, visit);
      else if (this.#fs.isFile(node.mode)) visit(name, node);
    }
  }

  /** Makes writes past the limit fail with ENOSPC, as on a full disk. */
  #limitSize(mount: unknown): void {
    const { MEMFS } = this.#fs.filesystems;
    const { write } = MEMFS.stream_ops;
    const resize = MEMFS.resizeFileStorage;
    let used = 0;
    const grow = (node: Node, size: number) => {
      if (node.mount !== mount || size <= node.usedBytes) return;
      if (used + size - node.usedBytes > this.diskBytes) used = this.#used();
      if (used + size - node.usedBytes > this.diskBytes) throw new this.#fs.ErrnoError(noSpaceLeft);
      used += size - node.usedBytes;
    };
    // Existing files keep the operations they were created with; this folder has no files yet.
    MEMFS.ops_table.file.stream.write = (stream, buffer, offset, length, position) => {
      grow(stream.node, position + length);
      return write(stream, buffer, offset, length, position);
    };
    MEMFS.resizeFileStorage = (node, size) => {
      grow(node, size);
      resize(node, size);
    };
  }

  #used(): number {
    let sum = 0;
    this.#walk('', (_name, node) => (sum += node.usedBytes));
    return sum;
  }
}

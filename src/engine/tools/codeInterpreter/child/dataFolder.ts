/** Python's `/mnt/data`: an in-memory file system of limited size whose changes are listed after each call. */
import type { PyodideAPI } from 'pyodide';
import { maxFiles, maxOmittedNames } from '../limits';

const root = '/mnt/data';
const noSpaceLeft = 51;
/** Longer names are not listed: they are not valid on the host either. */
const maxNameLength = 2_000;
/** Characters of a name that is only reported. */
const maxShownName = 200;

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
  createNode: (parent: Node, name: string, mode: number, device: number) => Node;
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
  unlink(path: string): void;
  rmdir(path: string): void;
  isFile(mode: number): boolean;
  isDir(mode: number): boolean;
}

export class DataFolder {
  readonly #fs: FileSystem;
  /** The files of the last listing. */
  readonly #known = new Map<string, { node: Node; bytes: number; mtime: number }>();
  /** The files that were written to since: their size and time may be as before. */
  readonly #written = new Set<Node>();

  constructor(
    pyodide: PyodideAPI,
    private readonly diskBytes: number,
  ) {
    this.#fs = pyodide.FS as FileSystem;
    this.#fs.mkdirTree(root);
    this.#allowAllNames();
    this.#watchWrites(this.#fs.mount(this.#fs.filesystems.MEMFS, {}, root).mount);
  }

  /** Writes a file of the host, in place of what has its name. `name` is relative to the folder. */
  add(name: string, content: Uint8Array): void {
    const path = `${root}/${name}`;
    const parts = name.split('/');
    for (let count = 1; count < parts.length; count++) {
      const folder = this.#pathOf(parts.slice(0, count));
      const found = this.#find(folder);
      if (found && !this.#fs.isDir(found.mode)) this.#fs.unlink(folder);
    }
    const found = this.#find(path);
    if (found && this.#fs.isDir(found.mode)) this.#removeFolder(path);
    // A link would be followed.
    else if (found && !this.#fs.isFile(found.mode)) this.#fs.unlink(path);
    this.#fs.mkdirTree(path.slice(0, path.lastIndexOf('/')));
    this.#fs.writeFile(path, content);
    this.#remember(name, this.#node(path));
  }

  /** Removes a file, and the folders that are empty then. */
  remove(name: string): void {
    this.#known.delete(name);
    const node = this.#find(`${root}/${name}`);
    if (!node || this.#fs.isDir(node.mode)) return;
    this.#fs.unlink(`${root}/${name}`);
    const parts = name.split('/').slice(0, -1);
    for (; parts.length > 0; parts.pop()) {
      if (this.#fs.readdir(this.#pathOf(parts)).length > 2) return;
      this.#fs.rmdir(this.#pathOf(parts));
    }
  }

  /**
   * The regular files, without links, up to a maximum: those of the last listing first. `changed` compares with that;
   * `omitted` counts the others, `omittedNames` names the first of them.
   */
  list(): { files: DataFile[]; omitted: number; omittedNames: string[] } {
    const nodes = new Map<string, Node>();
    this.#walk('', (name, node) => nodes.set(name, node));
    const names = [...nodes.keys()].filter((name) => name.length <= maxNameLength);
    const old = names.filter((name) => this.#known.has(name));
    const listed = [...old, ...names.filter((name) => !this.#known.has(name))].slice(0, maxFiles);
    const files = listed.map((name) => {
      const node = nodes.get(name)!;
      return { name, bytes: node.usedBytes, changed: this.#isChanged(name, node) };
    });
    this.#known.clear();
    this.#written.clear();
    for (const name of listed) this.#remember(name, nodes.get(name)!);
    for (const name of listed) nodes.delete(name);
    const omittedNames = [...nodes.keys()].slice(0, maxOmittedNames);
    return {
      files,
      omitted: nodes.size,
      omittedNames: omittedNames.map((name) => name.slice(0, maxShownName)),
    };
  }

  #isChanged(name: string, node: Node): boolean {
    const before = this.#known.get(name);
    if (before?.node !== node || this.#written.has(node)) return true;
    return before.mtime !== node.mtime || before.bytes !== node.usedBytes;
  }

  read(name: string): Uint8Array {
    const { contents, usedBytes } = this.#node(`${root}/${name}`);
    return contents.subarray(0, usedBytes);
  }

  #remember(name: string, node: Node): void {
    this.#known.set(name, { node, bytes: node.usedBytes, mtime: node.mtime });
    this.#written.delete(node);
  }

  #pathOf(parts: readonly string[]): string {
    return `${root}/${parts.join('/')}`;
  }

  #find(path: string): Node | undefined {
    try {
      return this.#node(path);
    } catch {
      return undefined;
    }
  }

  #removeFolder(path: string): void {
    for (const entry of this.#fs.readdir(path)) {
      if (entry === '.' || entry === '..') continue;
      const inner = `${path}/${entry}`;
      if (this.#fs.isDir(this.#node(inner).mode)) this.#removeFolder(inner);
      else this.#fs.unlink(inner);
    }
    this.#fs.rmdir(path);
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

  /** Lets a file be called `__proto__`: a folder's entries are the properties of an object. */
  #allowAllNames(): void {
    const { MEMFS } = this.#fs.filesystems;
    const createNode = MEMFS.createNode;
    MEMFS.createNode = (parent, name, mode, device) => {
      const node = createNode(parent, name, mode, device);
      if (this.#fs.isDir(node.mode)) Object.setPrototypeOf(node.contents, null);
      return node;
    };
  }

  /** Records which files are written to, and makes writes past the limit fail with ENOSPC, as on a full disk. */
  #watchWrites(mount: unknown): void {
    const { MEMFS } = this.#fs.filesystems;
    const { write } = MEMFS.stream_ops;
    const resize = MEMFS.resizeFileStorage;
    let used = 0;
    const grow = (node: Node, size: number) => {
      if (node.mount !== mount) return;
      this.#written.add(node);
      if (size <= node.usedBytes) return;
      if (used + size - node.usedBytes > this.diskBytes) used = this.#used();
      if (used + size - node.usedBytes > this.diskBytes) throw new this.#fs.ErrnoError(noSpaceLeft);
      used += size - node.usedBytes;
    };
    const watched: WriteOps['write'] = (stream, buffer, offset, length, position) => {
      grow(stream.node, position + length);
      return write(stream, buffer, offset, length, position);
    };
    // Existing files keep the operations they were created with; this folder has no files yet.
    MEMFS.ops_table.file.stream.write = watched;
    // Used by memory-mapped files.
    MEMFS.stream_ops.write = watched;
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

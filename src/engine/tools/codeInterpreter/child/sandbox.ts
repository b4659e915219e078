/** The program of Python's realm: loads Pyodide and handles the host's messages. */
import { assets, bridge, closeRealm, connect } from './realm';
import type { LockfileInfo, PyodideAPI, PyodideConfig } from 'pyodide';
import { loadPyodide } from 'pyodide';
import createPyodideModule from 'pyodide/pyodide.asm.mjs';
import { maxPieceBytes, maxShownNameLength, maxShownNames } from '../limits';
import type { HostMessage, RealmMessage } from '../host/childMessages';
import type { Bridge } from './bridge';
import { type DataFile, DataFolder } from './dataFolder';
import { findEscape } from './realmWall';
import notebookSource from './python_notebook.py';
import picturesSource from './python_pictures.py';
import sessionSource from './python_session.py';
import shellSource from './python_shell.py';
import { TextOut } from './textOut';

type Message<T extends HostMessage['type']> = Extract<HostMessage, { type: T }>;

/** The names of a Python program, a dictionary. */
interface Names {
  get(name: string): unknown;
}

/** The class `Session` of session.py. */
interface Session {
  run(code: string, turn: string): boolean;
  /** After a run: the files in `/mnt/data` whose picture was shown already. */
  shown_files(): { toJs(): string[]; destroy(): void };
  /** Prints the nonce as a program would; throws if it finds the interpreter unusable. */
  probe(nonce: string): void;
  install(file: string, content: Uint8Array, directory: string): void;
}

const incoming = new Map<string, Uint8Array>();
let outputBytes = 0;
let folder: DataFolder;
let session: Session;
let text: TextOut;
let isBroken = false;
let isPythonError: (error: unknown) => boolean;

/** The first call receives the bridge; every later call handles one message. */
export function enter(outer?: Bridge): void {
  if (outer) {
    connect(outer);
    text = new TextOut((stream, bytes) => send({ type: 'text', stream }, bytes), bridge.now);
    return;
  }
  handle(JSON.parse(bridge.next()) as HostMessage);
}

function handle(message: HostMessage): void {
  switch (message.type) {
    case 'asset':
      addPiece(assets, message.name, message);
      return;
    case 'load':
      load(message).then(
        () => send({ type: 'ready' }),
        (error: unknown) => send({ type: 'failed', reason: String(error) }),
      );
      return;
    case 'file':
      receiveFile(message);
      return;
    case 'remove':
      folder.remove(message.name);
      return;
    case 'run':
      run(message.code, message.turn);
      return;
    case 'probe':
      send({ type: 'probed', ok: isUsable(message.nonce) });
      return;
  }
}

async function load({ info, importable, ...limits }: Message<'load'>): Promise<void> {
  outputBytes = limits.outputBytes;
  const settings: PyodideConfig = {
    indexURL: 'python:///',
    createPyodideModule,
    // No packages for Pyodide's own loader: the host fetches them when they are imported.
    lockFileContents: { info: info as unknown as LockfileInfo, packages: {} },
    jsglobals: {},
    env: { HOME: '/home/python', LANG: 'C.UTF-8' },
  };
  const pyodide = await loadPyodide(settings);
  for (const [stream, set] of [
    ['out', pyodide.setStdout],
    ['err', pyodide.setStderr],
  ] as const) {
    set({ write: (bytes: Uint8Array) => text.write(stream, bytes), isatty: false });
  }
  pyodide.setStdin({ stdin: () => undefined });
  folder = new DataFolder(pyodide, limits.diskBytes);
  session = startSession(pyodide, importable);
  isPythonError = (error) => error instanceof pyodide.ffi.PythonError;
  closeRealm();
  const escape = await findEscape(pyodide);
  if (escape) throw new Error(escape);
}

function startSession(pyodide: PyodideAPI, importable: string[]): Session {
  const namesOf = (filename: string, source: string): Names => {
    const names = pyodide.toPy({ __name__: filename.replace('.py', ''), __file__: filename }) as Names;
    pyodide.runPython(source, { globals: names as never, filename });
    return names;
  };
  const create = namesOf('session.py', sessionSource).get('Session') as (...parts: unknown[]) => Session;
  const programs = [
    namesOf('notebook.py', notebookSource),
    namesOf('pictures.py', picturesSource),
    namesOf('shell.py', shellSource),
  ];
  const wait = (seconds: number) => {
    text.flush();
    bridge.sleep(seconds * 1000);
  };
  return create(pyodide.toPy(importable), requestPackages, showFigure, wait, ...programs);
}

function run(code: string, turn: string): void {
  text.begin(outputBytes);
  const ok = runSession(code, turn);
  text.flush();
  const shown = shownFiles();
  const { files, omitted, omittedNames } = folder.list();
  const last = sendListing(files);
  send({ type: 'ended', ok, files: last, omitted, omittedNames, shown });
  for (const { name, changed } of files) {
    if (changed) sendPieces(folder.read(name), (at) => ({ type: 'file', name, at }));
  }
}

/** Sends a list of files in parts that fit into a message. Returns the last part. */
function sendListing(files: readonly DataFile[]): DataFile[] {
  let part: DataFile[] = [];
  let length = 0;
  for (const file of files) {
    // JSON may need six characters for one, and UTF-8 three bytes.
    length += file.name.length * 6 + 100;
    if (length > maxPieceBytes / 2 && part.length > 0) {
      send({ type: 'listing', files: part });
      part = [];
      length = file.name.length * 6 + 100;
    }
    part.push(file);
  }
  return part;
}

/** The files whose picture the user sees already. */
function shownFiles(): string[] {
  try {
    const names = session.shown_files();
    const all = names.toJs().filter((name) => name.length <= maxShownNameLength);
    names.destroy();
    return all.slice(0, maxShownNames);
  } catch {
    // After code that broke Python.
    return [];
  }
}

/** Returns whether the code succeeded. Throws if the interpreter has crashed. */
function runSession(code: string, turn: string): boolean {
  try {
    return session.run(code, turn);
  } catch (error) {
    text.flush();
    if (!isPythonError(error)) throw error;
    // The code broke what the session itself needs, such as a builtin.
    isBroken = true;
    send({ type: 'broken' });
    return false;
  }
}

/** Whether output of Python still arrives, and what most programs need still works. */
function isUsable(nonce: string): boolean {
  try {
    return !isBroken && text.capture(() => session.probe(nonce)).includes(nonce);
  } catch {
    return false;
  }
}

/** Has the host provide the packages for an import. Returns the error, if there is one, for Python's ImportError. */
function requestPackages(name: string): string | undefined {
  text.flush();
  send({ type: 'need', name });
  const answer = JSON.parse(bridge.next()) as Message<'packages'>;
  for (let left = answer.count; left > 0; left--) installNext();
  return answer.error;
}

function installNext(): void {
  const pieces = new Map<string, Uint8Array>();
  for (;;) {
    const message = JSON.parse(bridge.next()) as Message<'package'>;
    const content = addPiece(pieces, message.file, message);
    if (content) return session.install(message.file, content, message.directory);
  }
}

function showFigure(image: Uint8Array): void {
  text.flush();
  sendPieces(image, (at) => ({ type: 'figure', bytes: image.length, at }));
}

function receiveFile(message: Message<'file'>): void {
  const content = addPiece(incoming, message.name, message);
  if (!content) return;
  incoming.delete(message.name);
  folder.add(message.name, content);
}

/** Adds the current message's body to the pieces received before; returns the content once it is complete. */
function addPiece(
  parts: Map<string, Uint8Array>,
  name: string,
  { bytes, at }: { bytes: number; at: number },
): Uint8Array | undefined {
  const whole = parts.get(name) ?? new Uint8Array(bytes);
  parts.set(name, whole);
  const length = bridge.bodyLength();
  bridge.body(whole.subarray(at, at + length));
  return at + length === bytes ? whole : undefined;
}

function send(message: RealmMessage, body?: Uint8Array): void {
  bridge.send(JSON.stringify(message), body);
}

function sendPieces(content: Uint8Array, message: (at: number) => RealmMessage): void {
  for (let at = 0; at < content.length; at += maxPieceBytes) {
    send(message(at), content.subarray(at, at + maxPieceBytes));
  }
}

/** Tries the known escapes from Python's realm, from inside it, before any user code runs. */
import type { PyodideAPI } from 'pyodide';

/** Describes an escape that works; undefined if none does. */
export async function findEscape(pyodide: PyodideAPI): Promise<string | undefined> {
  const foreign = findForeign([globalThis, pyodide], (object) => object instanceof pyodide.ffi.PyProxy);
  if (foreign) return `an object of another realm is accessible: ${foreign}`;
  const builtin = findChangeable();
  if (builtin !== undefined) return `“${builtin}” can be changed`;
  if (new Error().stack !== undefined) return 'errors have a stack';
  const thrower = await findForeignError(pyodide);
  if (thrower !== undefined) return `“${thrower}” throws an error of another realm`;
  const found = pyodide.runPython(attempts) as string;
  return found === '' ? undefined : found;
}

/** The name of a builtin that is not frozen. */
function findChangeable(): string | undefined {
  const named = Reflect.ownKeys(globalThis).map((name) => [
    String(name),
    Reflect.getOwnPropertyDescriptor(globalThis, name)?.value,
  ]) as [string, unknown][];
  const builtins: [string, unknown][] = [
    ['globalThis', globalThis],
    ...named,
    ...named.map(([name, value]): [string, unknown] => [
      `${name}.prototype`,
      typeof value === 'function' ? value.prototype : undefined,
    ]),
  ];
  return builtins.find(([, value]) => isObject(value) && !Object.isFrozen(value))?.[0];
}

/** The name of a function of Pyodide that wants a module of Node, or the host, and fails with a foreign error. */
async function findForeignError(pyodide: PyodideAPI): Promise<string | undefined> {
  const owners = [pyodide, (pyodide as unknown as { _api: object })._api] as Record<string, unknown>[];
  const names = [
    ...['initializeNodeSockFS', 'useNodeSockFS', 'loadScript', 'loadBinaryFile'],
    ...['mountNodeFS', 'mountNativeFS', 'loadPackage'],
  ];
  for (const owner of owners) {
    for (const name of names) {
      const call = owner[name];
      if (typeof call !== 'function') continue;
      try {
        await Reflect.apply(call, owner, ['node:fs', '/']);
      } catch (error) {
        if (isObject(error) && isForeign(error)) return name;
      }
    }
  }
  return undefined;
}

interface Found {
  object: object;
  /** The property of `from` that holds it. */
  name: PropertyKey;
  from: Found | undefined;
}

/**
 * Searches everything reachable from `roots` for an object of another realm, that is, one whose
 * prototype chain does not end in this realm's `Object.prototype`, and returns its property path.
 * Getters are not called; `opaque` objects (Python's own) are not searched.
 */
function findForeign(roots: readonly object[], opaque: (object: object) => boolean): string | undefined {
  const seen = new Set<object>(roots);
  const queue: Found[] = roots.map((object) => ({ object, name: 'realm', from: undefined }));
  const visit = (value: unknown, name: PropertyKey, from: Found) => {
    if (!isObject(value) || seen.has(value)) return;
    seen.add(value);
    queue.push({ object: value, name, from });
  };
  for (let found = queue.pop(); found; found = queue.pop()) {
    const { object } = found;
    if (isForeign(object)) return pathOf(found);
    visit(Object.getPrototypeOf(object), '__proto__', found);
    // A typed array may have millions of elements, all of them numbers.
    if (ArrayBuffer.isView(object) || opaque(object)) continue;
    for (const name of Reflect.ownKeys(object)) {
      const property = Reflect.getOwnPropertyDescriptor(object, name);
      visit(property?.value, name, found);
      visit(property?.get, name, found);
      visit(property?.set, name, found);
    }
  }
  return undefined;
}

function pathOf(found: Found | undefined): string {
  const names: string[] = [];
  for (let at = found; at; at = at.from) names.unshift(String(at.name));
  return names.join('.');
}

function isForeign(value: object): boolean {
  let last = value;
  for (let object: object | null = value; object; object = Object.getPrototypeOf(object) as object | null) {
    last = object;
  }
  return last !== value && last !== Object.prototype;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Python code that tries each escape; returns the name of the first that works. */
const attempts = `
def find_opening():
    import os
    import socket

    def run_javascript():
        import js
        js.eval("1")

    def make_function():
        from pyodide.ffi import to_js
        to_js([]).constructor.constructor("return 1")()

    def read_environment():
        os.environ["ELECTRON_RUN_AS_NODE"]

    def start_process():
        import subprocess
        subprocess.run(["node", "--version"])

    def mount_host():
        import pyodide_js
        pyodide_js.FS.mount(pyodide_js.FS.filesystems.NODEFS, {"root": "/"}, "/tmp")

    def connect():
        socket.create_connection(("127.0.0.1", 9), 1)

    ways = [run_javascript, make_function, read_environment, start_process, mount_host, connect]
    for way in ways:
        try:
            way()
        except BaseException:
            continue
        return way.__name__.replace("_", " ")
    return ""

find_opening()
`;

/**
 * The web worker globals that Pyodide needs, for a realm that has only ECMAScript. Pyodide then takes
 * its browser code path: no Node, no network, files in memory only. Import this before Pyodide, which
 * detects its environment when it is loaded.
 */
import type { Bridge } from './bridge';
import { allowOverrides, freezeBuiltins } from './freeze';

/** The connection to the outer realm. Never expose it to Python. */
export let bridge: Bridge;

/** The files that Pyodide may fetch, by file name. */
export const assets = new Map<string, Uint8Array>();

/**
 * Wraps the outer realm's functions. An error thrown there, such as a stack overflow on a function's
 * first line, is an object of the outer realm and must not reach Python.
 */
export function connect(outer: Bridge): void {
  const { next, bodyLength, body, send, now, sleep, random, decode, encode } = outer;
  const guard = <T>(work: () => T): T => {
    try {
      return work();
    } catch {
      throw new Error('The interpreter cannot do this.');
    }
  };
  bridge = {
    next: () => guard(() => next()),
    bodyLength: () => guard(() => bodyLength()),
    body: (into) => guard(() => body(into)),
    send: (header, bytes) => guard(() => send(header, bytes)),
    now: () => guard(() => now()),
    sleep: (milliseconds) => guard(() => sleep(milliseconds)),
    random: (into) => guard(() => random(into)),
    decode: (bytes, options) => guard(() => decode(bytes, options)),
    encode: (text, into) => guard(() => encode(text, into)),
  };
}

/**
 * Removes what only loading needs, and freezes the rest: code that Python gives to a builtin, as a getter
 * or in place of a method, would be called by this program with its objects.
 */
export function closeRealm(): void {
  assets.clear();
  for (const name of ['fetch', 'URL', 'location', 'self', 'WorkerGlobalScope']) {
    Reflect.deleteProperty(globalThis, name);
  }
  // Without a limit an error has no `stack`, so Node's function that formats stacks is not called. It is a
  // function of the outer realm, and an error thrown in it, such as a stack overflow, would reach Python.
  // Pyodide sets the limit whenever an exception of Python passes through JavaScript.
  Object.defineProperty(Error, 'stackTraceLimit', { get: ignore, set: ignore });
  Reflect.deleteProperty(Error, 'captureStackTrace');
  allowOverrides();
  freezeBuiltins();
}

class TextDecoder {
  readonly #options: string;

  constructor(label = 'utf-8', { fatal = false, ignoreBOM = false } = {}) {
    this.#options = `${label},${fatal ? 'fatal' : ''},${ignoreBOM ? 'keepBom' : ''}`;
  }

  decode(input?: ArrayBuffer | Uint8Array): string {
    const bytes = input instanceof Uint8Array ? input : new Uint8Array(input ?? new ArrayBuffer(0));
    const text = bridge.decode(bytes, this.#options);
    if (typeof text !== 'string') throw new TypeError('The encoded data was not valid.');
    return text;
  }
}

class TextEncoder {
  encode(text = ''): Uint8Array {
    // A UTF-16 unit takes at most three bytes.
    const bytes = new Uint8Array(text.length * 3);
    return bytes.slice(0, bridge.encode(text, bytes));
  }
}

class WorkerGlobalScope {
  static [Symbol.hasInstance](value: unknown): boolean {
    return value === globalThis;
  }
}

class URL {
  constructor(readonly href: string) {}

  toString(): string {
    return this.href;
  }
}

function fetch(url: unknown) {
  const path = String(url);
  const bytes = assets.get(path.slice(path.lastIndexOf('/') + 1));
  return Promise.resolve({
    ok: bytes !== undefined,
    arrayBuffer: () => Promise.resolve(bytes?.buffer),
  });
}

/**
 * Makes WebAssembly compile synchronously: promises of the realm settle only while it handles a
 * message, so asynchronous compilation would never finish.
 */
function compileSynchronously(): void {
  const { Module, Instance } = WebAssembly;
  const instantiate = (bytes: WebAssembly.Bytes, imports?: WebAssembly.Imports) => {
    const module = new Module(bytes);
    return { module, instance: new Instance(module, imports) };
  };
  Object.assign(WebAssembly, {
    compile: (bytes: WebAssembly.Bytes) => Promise.resolve(new Module(bytes)),
    instantiate: (source: WebAssembly.Bytes | WebAssembly.Module, imports?: WebAssembly.Imports) =>
      Promise.resolve(
        source instanceof Module ? new Instance(source, imports) : instantiate(source, imports),
      ),
    instantiateStreaming: async (
      source: Promise<{ arrayBuffer(): Promise<ArrayBuffer> }>,
      imports?: WebAssembly.Imports,
    ) => instantiate(await (await source).arrayBuffer(), imports),
  });
  // These would let Python suspend itself in the middle of a call.
  for (const name of ['promising', 'Suspending', 'SuspendError']) {
    Reflect.deleteProperty(WebAssembly, name);
  }
}

const ignore = () => {};
const workerGlobals = {
  self: globalThis,
  WorkerGlobalScope,
  location: 'python:///',
  console: { log: ignore, info: ignore, warn: ignore, error: ignore, debug: ignore },
  performance: { now: () => bridge.now() },
  crypto: {
    getRandomValues(into: Uint8Array): Uint8Array {
      bridge.random(into);
      return into;
    },
  },
  // Not needed: Python brings an event loop of its own.
  setTimeout: () => 0,
  clearTimeout: ignore,
  URL,
  TextDecoder,
  TextEncoder,
  fetch,
};
for (const [name, value] of Object.entries(workerGlobals)) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
compileSynchronously();

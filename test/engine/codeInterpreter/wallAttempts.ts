/** The targets of the attempts: if one is reached, the sandbox has a hole. */
export interface Prize {
  /** A file of the host with the secret in it. */
  secretFile: string;
  /** Its folder, with a file named by the secret. */
  secretFolder: string;
  /** A file of the host that does not exist. */
  markFile: string;
  /** A port of the host that listens. */
  port: number;
}

/** Printed by an attempt that found an object of another realm. */
export const foreign = 'of another realm';

/** Python helpers: an attempt prints “blocked” and its error, or “got” and what it reached. */
export const helpers = `
def attempt(way):
    try:
        print("got", repr(way())[:2000])
    except BaseException as error:
        print("blocked", type(error).__name__, str(error)[:200])
    finally:
        __import__("sys").stdout.flush()

def walk(value, *names):
    for name in names:
        value = getattr(value, name)
    return value

def js_objects():
    import gc
    from pyodide.ffi import JsProxy, to_js
    return [to_js([1]), to_js(b"1"), to_js({"a": 1}), *(o for o in gc.get_objects() if isinstance(o, JsProxy))]

def function_of_javascript():
    from pyodide.ffi import to_js
    return to_js([1]).constructor.constructor

def error_of_javascript():
    from pyodide.ffi import JsException, to_js
    try:
        to_js([1]).reduce(1)
    except JsException as error:
        return getattr(error, "js_error", error)

def to_js_array():
    from pyodide.ffi import to_js
    return to_js([1])

def object_of_javascript():
    return walk(to_js_array(), "constructor", "prototype", "__proto__", "constructor")

def promise_of_javascript():
    # A promise that a call returns becomes a future of Python; one in an array does not.
    import pyodide_js
    return getattr(to_js_array().map(pyodide_js._api.initializeNodeSockFS), "0").constructor

def origin(value):
    # Whose object it is: its prototype chain ends in this realm's Object.prototype, or in another's.
    Object = object_of_javascript()
    at = value
    while True:
        above = Object.getPrototypeOf(at)
        if not hasattr(above, "constructor"):
            return "of this realm" if at == Object.prototype or at == value else "${foreign}"
        at = above

def judge(value):
    # Reports an object of JavaScript: whose it is, and what its constructor can do.
    if value is None or isinstance(value, (str, int, float, bool)):
        return
    print("got an object", origin(value))
    attempt(lambda: value.constructor.constructor("return process.env")())
    attempt(lambda: value.env)

`;

/** Escape attempts by name: each returns Python code with the prize's values filled in. */
export const attempts: Record<string, (prize: Prize) => string> = {
  'open a file of the host': ({ secretFile }) => `attempt(lambda: open(${py(secretFile)}).read())`,
  'list a folder of the host': ({ secretFolder }) => `
import os, glob, pathlib
attempt(lambda: os.listdir(${py(secretFolder)}))
attempt(lambda: glob.glob(${py(secretFolder)} + "/**", recursive=True))
attempt(lambda: [str(path) for path in pathlib.Path("/").rglob("*secret*")])`,
  'read the environment': () => `
import os
attempt(lambda: dict(os.environ))
attempt(lambda: open("/proc/self/environ").read())
attempt(lambda: open("/proc/1/environ").read())`,
  'read the process through /proc and /dev': ({ secretFile }) => `
import os
for path in ["/proc/self/cmdline", "/proc/self/cwd", "/proc/self/root" + ${py(secretFile)}, "/dev/mem", "/dev/fd/3"]:
    attempt(lambda: open(path, "rb").read(4096))
attempt(lambda: os.listdir("/proc/self/fd"))`,
  'reach Node through the js module': () => `
import js
for name in ["process", "require", "global", "globalThis", "Buffer", "module", "Deno", "eval", "Function"]:
    attempt(lambda: getattr(js, name).env)`,
  'import modules of Node': () => `
import importlib
for name in ["fs", "node:fs", "child_process", "process", "js.process", "js.fs", "pyodide_js._module.fs"]:
    attempt(lambda: importlib.import_module(name).env)`,
  'evaluate JavaScript': () => `
attempt(lambda: __import__("pyodide").code.run_js("process.env"))
attempt(lambda: __import__("js").eval("process.env"))
attempt(lambda: __import__("js").setTimeout("process.env", 0))`,
  'make a function from text': () => `
Function = function_of_javascript()
attempt(lambda: Function("return process.env")())
attempt(lambda: Function.new("return process.env")())
attempt(lambda: Function('return import("node:fs")')())
attempt(lambda: Function.prototype.constructor("return globalThis")())`,
  'make an asynchronous or a generator function from text': () => `
import pyodide_js
for name in ["loadPackage", "runPythonAsync", "loadPackagesFromImports", "pyimport"]:
    attempt(lambda: getattr(pyodide_js, name).constructor("return process.env")())
    attempt(lambda: walk(pyodide_js, name, "__proto__", "constructor")("return process.env")())`,
  'make a function from text with every JavaScript object in memory': () => `
tried = 0
for thing in js_objects():
    for chain in [("constructor", "constructor"), ("constructor",), ("__proto__", "constructor", "constructor")]:
        try:
            made = walk(thing, *chain)("return process.env")()
            tried += 1
            if "js_id" in dir(made):
                print("got", made)
        except BaseException:
            tried += 1
print("blocked", tried > 3)`,
  'mount the host with NODEFS': ({ secretFolder }) => `
import os, pyodide_js
from pyodide.ffi import to_js
FS = pyodide_js.FS
os.makedirs("/tmp/host", exist_ok=True)
for kind in ["NODEFS", "NODERAWFS", "NATIVEFS_ASYNC", "PROXYFS", "WORKERFS", "IDBFS"]:
    attempt(lambda: FS.mount(getattr(FS.filesystems, kind), to_js({"root": ${py(secretFolder)}}), "/tmp/host"))
    attempt(lambda: os.listdir("/tmp/host"))`,
  'mount the host with mountNodeFS': ({ secretFolder }) => `
import os, pyodide_js
attempt(lambda: pyodide_js.mountNodeFS("/tmp/host2", ${py(secretFolder)}))
attempt(lambda: os.listdir("/tmp/host2"))`,
  'take Node from the insides of Pyodide': () => `
import pyodide_js
for chain in ["_api.config.jsglobals.process", "_module.require", "_module.ENV.PATH.process", "_api._nodeSock",
              "_module.fs", "_api.runtimeEnv.process", "_module.quit_.constructor", "_api.fatal_error.caller"]:
    attempt(lambda: walk(pyodide_js, *chain.split(".")).env)`,
  'hand JavaScript to Emscripten': () => `
import ctypes
library = ctypes.CDLL(None)
for name in ["emscripten_run_script", "emscripten_run_script_int", "emscripten_run_script_string"]:
    attempt(lambda: getattr(library, name)(b"globalThis.process.env"))`,
  'call the system through ctypes': ({ markFile }) => `
import ctypes
attempt(lambda: ctypes.CDLL("libc.so.6").getpid())
attempt(lambda: 1 / (1 + ctypes.CDLL(None).system(${py(`touch ${markFile}`)}.encode())))
attempt(lambda: ctypes.CDLL(${py('/usr/lib/x86_64-linux-gnu/libc.so.6')}))`,
  'read memory that is not its own': () => `
import ctypes
attempt(lambda: ctypes.string_at(0xfffffff0, 4096)[:1] and None)
attempt(lambda: ctypes.memmove(0xfffffff0, b"x" * 4096, 4096))`,
  'open a socket': ({ port }) => `
import socket
attempt(lambda: socket.create_connection(("127.0.0.1", ${port}), 2).send(b"hello"))
attempt(lambda: socket.create_connection(("localhost", ${port}), 2).send(b"hello"))
attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"hello", ("127.0.0.1", ${port})))`,
  'listen on a socket': () => `
import socket
server = socket.socket()
attempt(lambda: server.bind(("127.0.0.1", 0)) or server.listen() or server.accept())`,
  'ask over HTTP': ({ port }) => `
import urllib.request, http.client
attempt(lambda: urllib.request.urlopen("http://127.0.0.1:${port}/").read())
attempt(lambda: urllib.request.urlopen("file:///etc/hostname").read())
attempt(lambda: http.client.HTTPConnection("127.0.0.1", ${port}, timeout=2).request("GET", "/"))`,
  'ask over HTTP as Pyodide does in a browser': ({ port }) => `
attempt(lambda: __import__("pyodide.http").http.open_url("http://127.0.0.1:${port}/").read())
import pyodide.http
attempt(lambda: pyodide.http.pyfetch("http://127.0.0.1:${port}/").send(None))
import js
for name in ["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "importScripts", "Worker"]:
    attempt(lambda: getattr(js, name)("http://127.0.0.1:${port}/"))`,
  'connect with asyncio': ({ port }) => `
import asyncio
attempt(lambda: asyncio.run(asyncio.open_connection("127.0.0.1", ${port})))`,
  'load code over the network or from the host': ({ port, secretFile }) => `
import pyodide_js
attempt(lambda: pyodide_js.loadPackage("http://127.0.0.1:${port}/x-1.0-py3-none-any.whl").then)
attempt(lambda: pyodide_js.loadPackage("file://" + ${py(secretFile)}).then)
attempt(lambda: pyodide_js._api.loadScript("node:fs").then)`,
  'read a file that is loaded when it is read': ({ port }) => `
import pyodide_js
attempt(lambda: pyodide_js.FS.createLazyFile("/tmp", "lazy", "http://127.0.0.1:${port}/", True, False))
attempt(lambda: open("/tmp/lazy").read())`,
  'start a process': ({ markFile }) => `
import os, subprocess
command = ${py(`touch ${markFile}`)}
attempt(lambda: subprocess.run(command, shell=True, check=True))
attempt(lambda: 1 / (0 if os.system(command) else 1))
attempt(lambda: os.popen(command).read())
attempt(lambda: os.execv("/bin/sh", ["sh", "-c", command]))
attempt(lambda: os.posix_spawn("/bin/sh", ["sh", "-c", command], {}))
attempt(lambda: os.fork())`,
  'start another process of Python': ({ markFile }) => `
import multiprocessing
attempt(lambda: multiprocessing.Process(target=open, args=(${py(markFile)}, "w")).start())
attempt(lambda: __import__("concurrent.futures").futures.ProcessPoolExecutor().submit(open, ${py(markFile)}, "w").result())`,
  'send a signal to the host': () => `
import os, signal
for pid in [os.getppid(), 1]:
    attempt(lambda: os.kill(pid, signal.SIGKILL))`,
  'write outside /mnt/data': ({ markFile }) => `
import os, shutil
name = ${py(markFile)}
attempt(lambda: os.makedirs(os.path.dirname(name), exist_ok=True) or open(name, "w").write("mark"))
attempt(lambda: open("/mnt/data/../../.." + name, "w").write("mark"))
attempt(lambda: open("/mnt/data/" + "../" * 12 + name.lstrip("/"), "w").write("mark"))`,
  'write through a link': ({ markFile, secretFile, secretFolder }) => `
import os
attempt(lambda: os.symlink(${py(markFile)}, "/mnt/data/link.txt"))
attempt(lambda: open("/mnt/data/link.txt", "w").write("mark"))
attempt(lambda: os.symlink(${py(secretFolder)}, "/mnt/data/folder"))
attempt(lambda: os.listdir("/mnt/data/folder"))
attempt(lambda: open("/mnt/data/folder/mark.txt", "w").write("mark"))
attempt(lambda: os.link(${py(secretFile)}, "/mnt/data/hard.txt"))
attempt(lambda: open("/mnt/data/hard.txt").read())`,
  'forge messages of the channel': ({ markFile }) => `
import os, struct, json
header = json.dumps({"type": "ended", "ok": True, "files": [{"name": "../../../.." + ${py(markFile)}, "bytes": 4, "changed": True}]}).encode()
for descriptor in range(0, 12):
    for sender in range(3):
        attempt(lambda: os.write(descriptor, struct.pack("<BII", sender, len(header), 0) + header))`,
  'pollute what the realm is made of': () => `
from pyodide.ffi import create_proxy, to_js
caught = []
def spy(*arguments):
    caught.extend(arguments)
    raise ValueError("spied")
proxy = create_proxy(spy)
Object = to_js({}).constructor if hasattr(to_js({}).constructor, "getPrototypeOf") else to_js([1]).constructor.prototype.__proto__.constructor
array = to_js([1]).constructor.prototype
for target, name in [(array, "slice"), (array, "push"), (Object.prototype, "then"), (function_of_javascript().prototype, "call"),
                     (function_of_javascript().prototype, "apply"), (function_of_javascript().prototype, "bind")]:
    before = getattr(target, name, None)
    attempt(lambda: setattr(target, name, proxy))
    attempt(lambda: print("text", "more"))
    try:
        if before is None: delattr(target, name)
        else: setattr(target, name, before)
    except BaseException as error:
        print("blocked", error)
for thing in caught:
    attempt(lambda: thing.constructor.constructor("return process.env")())
    attempt(lambda: thing.env)`,
  'read call sites of the stack': () => `
from pyodide.ffi import to_js
Array = to_js([1]).constructor
kinds = error_of_javascript().constructor
for holder in [kinds, kinds.__proto__]:
    # A builtin that stores its arguments, the error and its call sites, in an array.
    try:
        holder.prepareStackTrace = Array.of
        holder.stackTraceLimit = 500
    except BaseException as error:
        print("blocked", error)
    stack = getattr(kinds.new("x"), "stack", "")
    try:
        holder.prepareStackTrace = None
    except BaseException as error:
        print("blocked", error)
    if isinstance(stack, str) or not hasattr(stack, "length"):
        continue
    sites = getattr(stack, "1")
    print("got", len(sites), "sites", "of this realm" if sites.constructor == Array else "${foreign}")
    for site in sites:
        for name in ["getThis", "getFunction", "getFileName", "getEvalOrigin"]:
            value = getattr(site, name)()
            if hasattr(value, "constructor"):
                print("got", "of this realm" if value.constructor.constructor == function_of_javascript() else "${foreign}")
                attempt(lambda: value.constructor.constructor("return process.env")())
                attempt(lambda: value.env)
            elif value is not None:
                print(value)`,
  'take an error of the outer realm by filling the stack': () => `
from pyodide.ffi import JsException, create_proxy
import time, sys
def deep(n):
    try:
        return deep(n + 1)
    except BaseException as error:
        try:
            time.sleep(0)
        except BaseException as inner:
            js_error = getattr(inner, "js_error", None)
            if js_error is not None:
                print("got", js_error.constructor.constructor("return process.env")())
        raise
limit = sys.getrecursionlimit()
sys.setrecursionlimit(100_000)
attempt(lambda: deep(0))
sys.setrecursionlimit(limit)`,
  'take an error of the outer realm from import()': () => `
import pyodide_js
from pyodide.ffi import create_proxy
api = pyodide_js._api
came = []
keep = create_proxy(lambda value=None: came.append(value))
Promise = promise_of_javascript()
all_of = Promise.all
def spy(promises, *rest):
    for promise in promises:
        came.append(promise)
        promise.then(keep, keep)
    return all_of.call(Promise, promises)
attempt(lambda: setattr(Promise, "all", create_proxy(spy)))
names = ["initializeNodeSockFS", "loadScript", "loadBinaryFile", "_nodeSock", "initNodeModules"]
for way in [getattr(api, name, None) for name in names] + [pyodide_js.useNodeSockFS, pyodide_js.loadPackage]:
    attempt(lambda: to_js_array().map(way)[0].then(keep, keep))
    attempt(lambda: way().then(keep, keep))
print("blocked", len(came))`,
  'take what came of it at the next call': () => `
for value in came:
    judge(value)
    for name in ["code", "cause", "stack", "constructor"]:
        judge(getattr(value, name, None))
print("blocked", len(came))`,
  'take the realm’s global object through a getter': () => `
from pyodide.ffi import create_proxy, to_js
Object = object_of_javascript()
came = []
def spy(this, *rest):
    came.append(this)
proxy = create_proxy(spy, capture_this=True)
builtins_of_javascript = [Object.prototype, function_of_javascript().prototype, to_js([1]).constructor.prototype,
                          error_of_javascript().constructor.prototype]
for target in builtins_of_javascript:
    for name in ["require", "process", "fetch", "URL", "location", "navigator", "Deno", "self", "setImmediate", "document"]:
        for define in [lambda: target.__defineGetter__(name, proxy), lambda: target.__defineSetter__(name, proxy),
                       lambda: Object.defineProperty(target, name, to_js({"get": proxy}, dict_converter=Object.fromEntries))]:
            attempt(define)
import pyodide_js
for name in ["initializeNodeSockFS", "loadBinaryFile", "loadScript", "scheduleCallback"]:
    attempt(lambda: getattr(pyodide_js._api, name)("x", "y"))
attempt(lambda: pyodide_js.loadPackage("https://x/x-1-py3-none-any.whl"))
print("more output")
for this in came:
    if hasattr(this, "JSON"):
        print("got the global", "${foreign}")`,
  'change a builtin that the realm’s program uses': () => `
from pyodide.ffi import create_proxy, to_js
Object = object_of_javascript()
Array = to_js([1]).constructor
Uint8Array = to_js(b"1").constructor
Map = to_js({"a": 1}).constructor
Promise = promise_of_javascript()
Error = error_of_javascript().constructor.__proto__
Function = function_of_javascript()
def spy(*arguments):
    raise ValueError("spied")
proxy = create_proxy(spy)
changed = []
for holder in [Object, Array, Uint8Array, Uint8Array.__proto__, Map, Promise, Error, Function]:
    for target in [holder, getattr(holder, "prototype", None)]:
        for name in Object.getOwnPropertyNames(target) if target is not None else []:
            try:
                setattr(target, name, proxy)
                changed.append(name)
            except BaseException:
                pass
            try:
                delattr(target, name)
                changed.append(name)
            except BaseException:
                pass
        try:
            Object.setPrototypeOf(target, to_js([]))
            if target is not None and target != Object.prototype: changed.append("prototype")
        except BaseException:
            pass
print("blocked" if not changed else "${foreign}", changed)`,
  'reach the constructors of asynchronous functions, generators and iterators': () => `
import pyodide_js
from pyodide.ffi import to_js
Object = object_of_javascript()
api = pyodide_js._api
names = ["initializeNodeSockFS", "loadScript", "loadBinaryFile", "loadPackage", "runPythonAsync", "useNodeSockFS"]
functions = [getattr(owner, name) for owner in [api, pyodide_js] for name in names if hasattr(owner, name)]
functions.append(to_js([1]).values)
for function in functions:
    try:
        make = Object.getPrototypeOf(function).constructor
        if not make.name.endswith("Function"):
            continue
        print("got", make("return process.env")())
        print("got", make.new("return import('node:fs')"))
    except BaseException as error:
        print("blocked", type(error).__name__)
array = to_js([1])
for iterator in [array.values(), array.entries(), to_js({1}).values()]:
    at = iterator
    while hasattr(at, "constructor"):
        judge(at)
        at = Object.getPrototypeOf(at)`,
  'find an object of the outer realm in errors': () => `
from pyodide.ffi import JsException, create_proxy, to_js
import pyodide_js
FS = pyodide_js.FS
array = to_js([1])
Uint8Array = to_js(b"1").constructor
Promise = promise_of_javascript()
module = pyodide_js._module
def crypto():
    return FS.lookupPath("/dev/urandom").node.stream_ops.read
ways = [
    lambda: array.reduce(1), lambda: Uint8Array.new(-1), lambda: Uint8Array.new(2**53), lambda: Promise.new(1),
    lambda: array.at.call(None), lambda: module.wasmMemory.grow(2**17), lambda: module.HEAPU8.buffer.constructor.new(-1),
    lambda: FS.readFile("/none"), lambda: FS.mount(1, 2, 3), lambda: crypto()(1, 2, 3, 4, 5),
    lambda: pyodide_js.loadPackage("x"), lambda: pyodide_js.mountNodeFS("/x", "/"), lambda: pyodide_js._api.loadBinaryFile("x"),
    lambda: pyodide_js.unpackArchive(array, "none"), lambda: pyodide_js.pyimport("none"),
]
for way in ways:
    try:
        judge(way())
    except JsException as error:
        js_error = getattr(error, "js_error", error)
        judge(js_error)
        for name in ["cause", "stack", "code", "errors", "__proto__"]:
            judge(getattr(js_error, name, None))
    except BaseException as error:
        print("blocked", type(error).__name__)`,
  'get at the stack of an error while the stack is full': () => `
from pyodide.ffi import JsException, create_proxy, to_js
array = to_js([1])
Error = error_of_javascript().constructor.__proto__
found = []
depth = 0
def deep(*rest):
    global depth
    depth += 1
    try:
        return array.map(proxy)
    except BaseException as error:
        for way in [lambda: error, lambda: Error.new("x").stack]:
            try:
                got = way()
                js_error = getattr(got, "js_error", got)
                if hasattr(js_error, "constructor"): found.append(js_error)
            except BaseException as inner:
                found.append(getattr(inner, "js_error", None))
        raise
proxy = create_proxy(deep)
attempt(lambda: array.map(proxy))
for each in [each for each in found if each is not None][:200]:
    if hasattr(each, "constructor") and origin(each) != "of this realm":
        print("got an object", origin(each))
print("blocked", depth > 0)`,
  'be called with objects of the outer realm by species, thenables, proxies and iterators': () => `
from pyodide.ffi import create_proxy, to_js
import pyodide_js
Object = object_of_javascript()
api = pyodide_js._api
came = []
def spy(*arguments):
    came.extend(arguments)
proxy = create_proxy(spy, capture_this=True)
thenable = to_js({"then": proxy, "toString": proxy, "valueOf": proxy, "length": proxy}, dict_converter=Object.fromEntries)
FS = pyodide_js.FS
streams = [FS.streams[at] for at in range(3)]
node = FS.lookupPath("/dev/urandom").node
for value in [thenable, proxy, streams[0]]:
    attempt(lambda: node.rdev and node.stream_ops.read(streams[0], value, 0, 8, 0))
    attempt(lambda: pyodide_js.setStdin(to_js({"stdin": value}, dict_converter=Object.fromEntries)))
    attempt(lambda: api.scheduleCallback(value, 0))
    attempt(lambda: api.webloop_set_timeout(value, 0))
    attempt(lambda: api.initializeNodeSockFS(value))
    attempt(lambda: pyodide_js.loadPackage(value))
    attempt(lambda: __import__("time").sleep(value))
    attempt(lambda: __import__("os").urandom(value))
    attempt(lambda: to_js([1, 2]).concat(value))
for thing in came:
    judge(thing)`,
  'take a value through structuredClone, workers, or callbacks after garbage collection': () => `
import js
for name in ["structuredClone", "FinalizationRegistry", "WeakRef", "queueMicrotask", "MessageChannel", "Atomics",
             "SharedArrayBuffer", "WebAssembly", "console", "Symbol", "Proxy", "Reflect", "Realm", "ShadowRealm", "gc"]:
    attempt(lambda: getattr(js, name)(to_js_array()))
    attempt(lambda: judge(getattr(js, name)))`,
};

function py(text: string): string {
  return JSON.stringify(text);
}

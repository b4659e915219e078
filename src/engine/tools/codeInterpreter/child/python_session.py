"""Runs the code of one thread. Only the realm's program holds a reference; user code has none."""

import ast
import asyncio
import builtins
import importlib
import importlib.machinery
import io
import os
import sys
import time
import traceback
import warnings
import zipfile

from _pyodide._base import CodeRunner
from pyodide.ffi import to_js

DATA = "/mnt/data"
SITE = next(path for path in sys.path if path.endswith("site-packages"))
# The frames of these are left out of tracebacks.
OWN = ("session.py", "notebook.py", "pictures.py", "shell.py", CodeRunner.run.__code__.co_filename)


class _Selector:
    """Waits for timeouts only: there are no sockets and no threads."""

    def __init__(self, sleep):
        self._sleep = sleep

    def select(self, timeout):
        if timeout is None:
            raise RuntimeError("This program waits for something that will never happen.")
        if timeout > 0:
            self._sleep(timeout)
        return []


class _Loop(asyncio.BaseEventLoop):
    """An event loop that blocks until its coroutine is done, as in a terminal, so it cannot outlive a call."""

    def __init__(self, sleep):
        super().__init__()
        self._selector = _Selector(sleep)

    def _process_events(self, events):
        pass

    def _write_to_self(self):
        pass


class _Policy(asyncio.events._AbstractEventLoopPolicy):
    def __init__(self, sleep):
        self._sleep = sleep
        self._loop = None

    def get_event_loop(self):
        if self._loop is None or self._loop.is_closed():
            self._loop = self.new_event_loop()
        return self._loop

    def set_event_loop(self, loop):
        self._loop = loop

    def new_event_loop(self):
        return _Loop(self._sleep)


class _PackageFinder:
    """Requests the package that provides a module when no other finder has it."""

    def __init__(self, importable, need):
        self._importable = set(importable)
        self._need = need

    def find_spec(self, name, path=None, target=None):
        if name not in self._importable:
            return None
        error = self._need(name)
        if error:
            raise ModuleNotFoundError(f"No module named {name!r}: {error}", name=name)
        # Requested once: if the installed package lacks the module, asking again does not help.
        self._importable.discard(name)
        importlib.invalidate_caches()
        return importlib.machinery.PathFinder.find_spec(name, path, target)


# Run by `Session.probe`: what nearly every program needs, apart from output.
_PROBE = compile(
    """
import io, json, os, sys, time
assert json.loads(json.dumps([1, "a", {"b": None}])) == [1, "a", {"b": None}]
assert os.getcwd() and os.path.isdir("/mnt/data")
with open("/dev/null", "w") as file:
    file.write("a")
with open(os.__file__, "rb") if os.path.exists(os.__file__) else io.BytesIO(b"a") as file:
    assert file.read(1)
assert sorted(str(each) for each in range(3)) == ["0", "1", "2"] and isinstance(len([]), int)
assert time.time() > 0
""",
    "/probe.py",
    "exec",
)


class Session:
    def __init__(self, importable, need, emit_figure, wait, notebook, pictures, shell):
        """`notebook` and what follows it: the names of these programs."""
        def sleep(seconds):
            if not isinstance(seconds, (int, float)) and not hasattr(seconds, "__float__"):
                raise TypeError(f"{type(seconds).__name__!r} object cannot be interpreted as an integer")
            if seconds < 0:
                raise ValueError("sleep length must be non-negative")
            sys.stdout.flush()
            sys.stderr.flush()
            wait(float(seconds))

        time.sleep = sleep
        asyncio.run = asyncio.runners.run
        asyncio.events._set_event_loop_policy(_Policy(sleep))
        asyncio.events._set_running_loop(None)
        self._as_python = notebook["as_python"]
        self._pictures = pictures["Pictures"](lambda image: emit_figure(to_js(image)))
        self._backend = pictures["BACKEND"]
        pictures["figures_backend"](self._pictures)
        self._count = 0
        sys.meta_path.append(_PackageFinder(importable, need))
        os.makedirs(DATA, exist_ok=True)
        os.chdir(DATA)
        self._modules = {name: sys.modules[name] for name in ("__main__", "builtins", "sys", "os")}
        self._finders = list(sys.meta_path)
        self._builtins = frozenset(vars(builtins))
        self._path_finder = importlib.machinery.PathFinder
        self._add_notebook(pictures, shell)

    def _add_notebook(self, pictures, shell):
        """Adds what notebooks have: `display` and `get_ipython`, and pictures of Pillow."""
        self._display = pictures["Display"](self._pictures)
        variables = self._modules["__main__"].__dict__

        def evaluate(source):
            return self._evaluate(source, f"/code-{self._count}-magic.py", variables)

        self._shell = shell["Shell"](variables, evaluate, self._display.display)
        builtins.display = self._display.display
        builtins.get_ipython = lambda: self._shell
        viewer = pictures["ImageViewer"](self._pictures)

        def use_viewer(module):
            module.register(viewer, 0)

        def use_display(module):
            module.display = self._display.display

        def use_shell(module):
            module.get_ipython = builtins.get_ipython

        changes = {
            "matplotlib.figure": lambda module: pictures["watch_figures"](self._pictures, module.Figure),
            "PIL.ImageShow": use_viewer,
            "IPython.core.display_functions": use_display,
            "IPython.core.getipython": use_shell,
        }
        sys.meta_path.insert(0, pictures["AfterImport"](changes))

    def probe(self, nonce):
        """
        Prints the nonce the way a program does. Raises or prints something else if an earlier call left
        the interpreter unusable: output redirected, builtins or modules deleted, functions replaced.
        """
        for name, module in self._modules.items():
            assert sys.modules.get(name) is module, name
        for name in self._builtins:
            assert hasattr(builtins, name) or name == "_", name
        for finder in self._finders:
            assert finder in sys.meta_path, finder
        assert self._path_finder.find_spec("tabnanny") is not None
        self._evaluate("print(nonce)", "/probe.py", {"__builtins__": builtins, "nonce": nonce})
        exec(_PROBE, {"__builtins__": builtins, "__name__": "probe"})
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        assert sys.stderr.fileno() == 2

    def run(self, source, turn):
        """
        Returns whether the code succeeded; its output and errors go to the standard streams. Figures are
        shown once in a turn.
        """
        self._count += 1
        self._pictures.begin(turn)
        # Empty input: nobody can type. Recreated on every call, because `exit()` closes it.
        sys.stdin = io.StringIO()
        filename = f"/code-{self._count}.py"
        try:
            self._run_cell(source, filename, self._modules["__main__"].__dict__)
            self._show_figures()
            return True
        except SystemExit as exit:
            if exit.code not in (None, 0):
                print(f"SystemExit: {exit.code}", file=sys.stderr)
            return exit.code in (None, 0)
        except BaseException as error:
            self._report(error, filename)
            return False
        finally:
            self._end_tasks()
            self._flush()

    def shown_files(self):
        """After a run: the files, as paths in /mnt/data, that have a picture which is shown already."""
        return self._pictures.end()

    def _run_cell(self, source, filename, variables):
        magics = []
        if not _compiles(source, filename):
            source, magics = self._as_python(source)
        timed = [arguments for name, arguments in magics if name == "timeit"]
        self._pictures.muted = any(name == "capture" for name, _ in magics)
        with self._shell.wrapped([magic for magic in magics if magic[0] != "timeit"]):
            if timed:
                self._shell.timeit(timed[0] or " ", source)
            else:
                self._display.displayhook(self._evaluate(source, filename, variables))

    def _evaluate(self, source, filename, variables):
        runner = CodeRunner(source, filename=filename, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        if not _awaits(runner.compile().code):
            return runner.run(variables)
        return asyncio.get_event_loop_policy().get_event_loop().run_until_complete(runner.run_async(variables))

    def _report(self, error, filename):
        """Prints a traceback that starts with the user's code and leaves out the frames of this module."""
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename != filename:
            trace = trace.tb_next
        error.__traceback__ = _without_own(trace)
        traceback.print_exception(error, file=sys.stderr)

    def _show_figures(self):
        if "matplotlib.pyplot" in sys.modules and self._backend in sys.modules:
            sys.modules[self._backend].show()

    def _end_tasks(self):
        loop = asyncio.get_event_loop_policy()._loop
        if loop is None or loop.is_closed():
            return
        asyncio.runners._cancel_all_tasks(loop)
        loop.close()

    def _flush(self):
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:
                pass

    def install(self, file, content, directory):
        """Unpacks a package: a wheel, or shared libraries of extension modules."""
        target = SITE if directory == "site" else "/usr/lib"
        os.makedirs(target, exist_ok=True)
        with zipfile.ZipFile(io.BytesIO(content.to_bytes())) as archive:
            archive.extractall(target)


def _without_own(trace):
    frames = []
    while trace is not None:
        if trace.tb_frame.f_code.co_filename not in OWN:
            frames.append(trace)
        trace = trace.tb_next
    for frame, after in zip(frames, [*frames[1:], None]):
        frame.tb_next = after
    return frames[0] if frames else None


def _compiles(source, filename):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, filename, "exec", ast.PyCF_ONLY_AST)
        except SyntaxError:
            return False
    return True


def _awaits(code):
    return bool(code.co_flags & 0x80)

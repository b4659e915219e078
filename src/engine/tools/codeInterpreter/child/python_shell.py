"""The object that `get_ipython()` returns: what magics and shell commands of a notebook do here."""

import contextlib
import inspect
import io
import os
import re
import shlex
import sys
import time
import timeit

PACKAGES = (
    "[Nothing is installed by commands here. Packages of the Pyodide distribution, such as numpy, pandas and "
    "matplotlib, are loaded when they are imported; others are not available.]"
)
# They change nothing that matters here.
SILENT = ("matplotlib", "pylab", "config", "autoreload", "load_ext", "reload_ext", "precision", "colors", "xmode")
INSTALLERS = ("pip", "pip3", "conda", "mamba", "micropip", "uv", "apt", "apt-get", "brew")


class Shell:
    def __init__(self, variables, evaluate, display):
        """`evaluate` runs code and returns the value of its last expression."""
        self.user_ns = variables
        self._evaluate = evaluate
        self._display = display

    def run_line_magic(self, name, line, _stack_depth=1):
        if name in SILENT:
            return None
        if name in INSTALLERS:
            print(PACKAGES)
            return None
        if name == "time":
            with self.timing():
                return self._evaluate(line)
        if name == "timeit":
            return self.timeit("", line)
        if name in ("pwd", "ls", "cat", "mkdir"):
            return self.system(f"{name} {line}")
        if name in ("sx", "system"):
            return self.getoutput(line)
        if name == "cd":
            os.chdir(line.strip("\"' ") or "/mnt/data")
            print(os.getcwd())
            return None
        if name == "run":
            with open(shlex.split(line)[0]) as file:
                return self._evaluate(file.read())
        if name == "pinfo":
            return self.pinfo(line)
        if name in ("who", "whos"):
            own = (name for name in self.user_ns if not name.startswith("_"))
            print("\t".join(own) or "Interactive namespace is empty.")
            return None
        print(f"[The magic %{name} does not exist here and was not run.]")
        return None

    def run_cell_magic(self, name, line, cell):
        if name == "writefile":
            options = shlex.split(line)
            path = options[-1]
            with open(path, "a" if "-a" in options[:-1] else "w") as file:
                file.write(cell)
            print(f"Writing {path}")
            return None
        if name in ("bash", "sh", "script", "cmd"):
            for command in cell.splitlines():
                if command.strip() and not command.lstrip().startswith("#"):
                    self.system(command.strip())
            return None
        if name in ("time", "timeit", "capture"):
            with self.wrapped([(name, line)]):
                return self._evaluate(cell)
        if name in ("markdown", "latex", "html", "HTML", "svg", "SVG"):
            print(cell)
            return None
        print(f"[The magic %%{name} does not exist here: the cell was not run.]")
        return None

    def magic(self, line):
        name, _, rest = line.lstrip("%").partition(" ")
        return self.run_line_magic(name, rest.strip())

    def system(self, command):
        """Does the commands that only look around; says of others that there is no shell."""
        output = self._output_of(command)
        if output is not None:
            if output:
                print(output)
            return
        print(
            f"[There is no shell here: “{command.strip()[:200]}” was not run. Use Python, such as os, shutil and pathlib.]"
        )

    def getoutput(self, command):
        output = self._output_of(command)
        if output is None:
            self.system(command)
            return []
        return output.splitlines()

    def _output_of(self, command):
        try:
            words = shlex.split(command)
        except ValueError:
            words = command.split()
        # “python -m pip”, “sudo apt-get”
        while words and (words[0] == "sudo" or words[0] == "-m" or re.fullmatch(r"python[\d.]*", words[0]) and "-m" in words[1:2]):
            words = words[1:]
        if not words:
            return ""
        name, *rest = words
        if name in INSTALLERS:
            return PACKAGES
        if any(re.search(r"[|<>;&`$*]", word) for word in rest):
            return None
        paths = [word for word in rest if not word.startswith("-")]
        options = "".join(word[1:] for word in rest if word.startswith("-"))
        try:
            if name == "pwd":
                return os.getcwd()
            if name == "echo":
                return " ".join(rest)
            if name == "mkdir" and paths:
                for path in paths:
                    os.makedirs(path, exist_ok="p" in options)
                return ""
            if name == "ls" and len(paths) < 2:
                return _listing(*(paths or ["."]), options)
            if name == "cat" and paths and not options:
                return "\n".join(_content(path) for path in paths)
        except OSError as error:
            return f"{name}: {error}"
        return None

    def pinfo(self, name):
        """Prints the help for an expression."""
        found = None
        try:
            found = self._evaluate(name.lstrip("%"))
        except Exception as error:
            print(f"Object `{name}` not found. ({error})")
            return
        try:
            print(f"Signature: {name}{inspect.signature(found)}")
        except (TypeError, ValueError):
            pass
        print(f"Type: {type(found).__name__}")
        if not callable(found):
            print(f"Value: {repr(found)[:1000]}")
        print(f"Docstring: {inspect.getdoc(found) or '<no docstring>'}")

    @contextlib.contextmanager
    def timing(self):
        start, own = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            elapsed, used = time.perf_counter() - start, time.process_time() - own
            print(f"CPU times: total: {_duration(used)}\nWall time: {_duration(elapsed)}")

    def timeit(self, setup, statement):
        options = re.compile(r"\s*-(?:[nr]\s*\d+|[toqc])(?=\s|$)")
        target = setup or statement
        loops = re.search(r"(?:^|\s)-n\s*(\d+)", target)
        while found := options.match(target):
            target = target[found.end() :]
        setup, statement = (target.strip(), statement) if setup else ("", target.strip())
        timer = timeit.Timer(statement or "pass", setup or "pass", globals=self.user_ns)
        count = int(loops[1]) if loops else timer.autorange()[0]
        best = min(timer.repeat(3, count)) / count
        print(f"{_duration(best)} per loop (best of 3 runs, {count:,} loops each)")

    @contextlib.contextmanager
    def wrapped(self, magics):
        """Runs what is within it as the magics of its cell say."""
        with contextlib.ExitStack() as stack:
            for name, arguments in magics:
                if name == "time":
                    stack.enter_context(self.timing())
                else:
                    stack.enter_context(self._captured(arguments))
            yield

    @contextlib.contextmanager
    def _captured(self, arguments):
        target = next((word for word in arguments.split() if not word.startswith("-")), None)
        captured = Captured()
        try:
            with contextlib.redirect_stdout(captured.out), contextlib.redirect_stderr(captured.err):
                yield
        finally:
            if target is not None:
                self.user_ns[target] = captured


class Captured:
    """What a cell with `%%capture` wrote."""

    def __init__(self):
        self.out, self.err = io.StringIO(), io.StringIO()

    @property
    def stdout(self):
        return self.out.getvalue()

    @property
    def stderr(self):
        return self.err.getvalue()

    def show(self):
        print(self.stdout, end="")
        print(self.stderr, end="", file=sys.stderr)

    __call__ = show

    def __str__(self):
        return self.stdout


def _listing(path, options):
    if not os.path.isdir(path):
        os.stat(path)
        return path
    names = sorted(name for name in os.listdir(path) if "a" in options or not name.startswith("."))
    if "l" not in options:
        return "\n".join(names)
    rows = []
    for name in names:
        state = os.lstat(os.path.join(path, name))
        changed = time.strftime("%Y-%m-%d %H:%M", time.localtime(state.st_mtime))
        slash = "/" if os.path.isdir(os.path.join(path, name)) else ""
        rows.append(f"{state.st_size:>12} {changed} {name}{slash}")
    return "\n".join(rows)


def _content(path):
    with open(path, errors="replace") as file:
        return file.read().removesuffix("\n")


def _duration(seconds):
    for unit, factor in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"

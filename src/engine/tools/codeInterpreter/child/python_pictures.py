"""Pictures and values that the code shows, each picture once: figures of matplotlib, images, last values."""

import base64
import builtins
import functools
import html
import importlib.machinery
import io
import os
import re
import sys

DATA = "/mnt/data"
# Those that are shown if they are written to /mnt/data.
IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp")
BACKEND = "conversation_figures"


class Pictures:
    def __init__(self, emit):
        self._emit = emit
        self.muted = False
        self._turn = None
        # What figure each image file has, and the file's state after it was saved.
        self._saved = {}

    def begin(self, turn):
        """Starts a call. A figure that was shown in another turn is shown again."""
        self.muted = False
        self._turn = turn
        self._saved = {}

    def show(self, image):
        if not self.muted:
            self._emit(image)

    def show_figure(self, figure):
        if self.muted or self.seen(figure):
            return
        image = io.BytesIO()
        figure.savefig(image, format="png", bbox_inches="tight")
        self._emit(image.getvalue())
        self._mark(figure, {"turn": self._turn, "shown": True})

    def seen(self, figure):
        """The turn of a figure that was shown or saved in this turn, and whether the user sees it; None if it was not, or has changed since."""
        seen = getattr(figure, "_seen", None)
        if seen is None or seen["turn"] != self._turn:
            return None
        return None if getattr(figure, "stale", False) else seen

    def saved(self, figure, before, filename):
        """Notes that a figure, which was seen as `before` before that, was saved to a file."""
        seen = before
        path = _image_in_data(filename)
        if path is not None:
            seen = before or {"turn": self._turn, "shown": False}
            self._saved.pop(path, None)
            self._saved[path] = (seen, _state_of(path))
        if seen is not None:
            self._mark(figure, seen)

    def end(self):
        """The files whose picture is shown already, as paths in /mnt/data."""
        names = []
        for path, (seen, state) in self._saved.items():
            if state is None or _state_of(path) != state:
                continue
            if seen["shown"]:
                names.append(path.removeprefix(f"{DATA}/"))
            # The host shows the first file of a figure.
            seen["shown"] = True
        self._saved = {}
        return names

    def _mark(self, figure, seen):
        # A plain value: figures can be pickled.
        figure._seen = seen
        # matplotlib sets it when the figure is changed.
        figure.stale = False


def _image_in_data(filename):
    if not isinstance(filename, (str, os.PathLike)):
        return None
    path = os.path.realpath(os.fspath(filename))
    return path if path.startswith(f"{DATA}/") and path.lower().endswith(IMAGES) else None


def _state_of(path):
    try:
        state = os.stat(path)
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns


def watch_figures(pictures, Figure):
    """Has figures note to which files they are saved. `Figure`: the class of matplotlib."""
    save = Figure.savefig

    @functools.wraps(save)
    def savefig(self, fname, *args, **kwargs):
        before = pictures.seen(self)
        result = save(self, fname, *args, **kwargs)
        if isinstance(fname, (str, os.PathLike)) and not os.path.splitext(fname)[1]:
            # As matplotlib does it.
            fname = f"{os.fspath(fname)}.{kwargs.get('format') or self.canvas.get_default_filetype()}"
        pictures.saved(self, before, fname)
        return result

    Figure.savefig = savefig


def figures_backend(pictures):
    """Makes a backend of matplotlib, of the name BACKEND, that shows figures in the conversation."""

    def load():
        from matplotlib import _pylab_helpers
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        def show(*args, **kwargs):
            for manager in _pylab_helpers.Gcf.get_all_fig_managers():
                pictures.show_figure(manager.canvas.figure)
            _pylab_helpers.Gcf.destroy_all()

        return {"FigureCanvas": FigureCanvasAgg, "show": show}

    class Loader:
        def find_spec(self, wanted, path=None, target=None):
            if wanted != BACKEND:
                return None
            return importlib.machinery.ModuleSpec(wanted, self)

        def create_module(self, spec):
            return None

        def exec_module(self, module):
            module.__dict__.update(load())

    sys.meta_path.append(Loader())
    os.environ["MPLBACKEND"] = f"module://{BACKEND}"


class Display:
    """Shows values as a notebook does: as a picture if they have one, else as text."""

    def __init__(self, pictures):
        self._pictures = pictures

    def display(self, *values, **_options):
        for value in values:
            if not self._show_picture(value):
                print(_text_of(value))

    def displayhook(self, value):
        if value is None:
            return
        builtins._ = value
        self.display(value)

    def _show_picture(self, value):
        # A class has the methods of its instances, too.
        if isinstance(value, type):
            return False
        figures = sys.modules.get("matplotlib.figure")
        if figures is not None and isinstance(value, getattr(figures, "Figure", ())):
            self._pictures.show_figure(value)
            return True
        for kind in ("png", "jpeg"):
            image = _call(value, f"_repr_{kind}_")
            if isinstance(image, str):
                image = base64.b64decode(image)
            if isinstance(image, (bytes, bytearray)) and image:
                self._pictures.show(bytes(image))
                return True
        return False


class ImageViewer:
    """The viewer of Pillow's `Image.show`."""

    def __init__(self, pictures):
        self._pictures = pictures

    def show(self, image, **_options):
        content = io.BytesIO()
        plain = image if image.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I") else image.convert("RGB")
        plain.save(content, format="PNG")
        self._pictures.show(content.getvalue())
        return True


class AfterImport:
    """A finder that runs functions of modules after their import: `changes` has them by the module's name."""

    def __init__(self, changes):
        self._changes = changes

    def find_spec(self, name, path=None, target=None):
        if name not in self._changes:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            self._changes[name](module)

        spec.loader.exec_module = exec_module
        return spec


def _call(value, method):
    try:
        result = getattr(value, method)()
    except Exception:
        return None
    # With its metadata.
    return result[0] if isinstance(result, tuple) and result else result


def _text_of(value):
    text = repr(value)
    if type(value).__repr__ is not object.__repr__ or isinstance(value, type):
        return text
    # “<… object at 0x…>” tells nothing.
    for kind in ("markdown", "latex"):
        better = _call(value, f"_repr_{kind}_")
        if isinstance(better, str):
            return better
    better = _call(value, "_repr_html_")
    return _plain(better) or text if isinstance(better, str) else text


def _plain(markup):
    """The text of HTML, a table with tabs."""
    markup = re.sub(r"(?is)<(style|script|head)\b.*?</\1\s*>", "", markup)
    markup = re.sub(r"\s+", " ", markup)
    markup = re.sub(r"(?i) ?</t[dh]>(?: ?<t[dh][^>]*>)? ?", "\t", markup)
    markup = re.sub(r"(?i)<br\b[^>]*>|</(?:p|div|tr|li|h\d|pre|caption)>", "\n", markup)
    text = html.unescape(re.sub(r"<[^>]*>", "", markup))
    lines = [line.strip(" ").rstrip() for line in text.split("\n")]
    return "\n".join(line for line in lines if line)

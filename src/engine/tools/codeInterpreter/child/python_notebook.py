"""Turns what only notebooks and chats accept into Python: magics, shell commands, help, prompts and fences."""

import ast
import re
import warnings

# Magics of a cell that change how the rest of it runs.
WRAPPERS = ("time", "timeit", "capture")
MAX_LINES = 200
MAX_SPACES = 1000
PYTHON = ("", "python", "python3", "py", "py3", "ipython", "ipython3", "pycon", "jupyter", "code", "tool_code")
SHELL = ("bash", "sh", "shell", "zsh", "console", "terminal")

_FENCE = re.compile(r"^\s*(`{3,}|~{3,})\s*\{?\s*\.?([\w+#-]*)\}?((?:\s+(?:[\w-]+=[\"'].*[\"']|\{.*\}|[\w-]+\.\w+))*)\s*$")
_PROMPT = re.compile(r"^\s*(?:>>>(?: |$)|In ?\[\d*\]: ?)")
_MORE = re.compile(r"^\s*\.\.\.:?(?: |$)")
_CELL_MAGIC = re.compile(r"\A((?:[ \t]*(?:#.*)?\n)*)[ \t]*%%(\w+)[ \t]*(.*)(?:\n|\Z)")
_LINE_MAGIC = re.compile(r"^(\s*)%{1,2}([A-Za-z_]\w*)[ \t]*(.*)$")
_COMMAND = re.compile(r"^(\s*)!{1,2}(?!=)(.*)$")
_ASSIGNED = re.compile(r"^(\s*[A-Za-z_][\w., \[\]'\"]*?\s*=\s*)(?:!(?!=)(.*)|%([A-Za-z_]\w*)[ \t]*(.*))$")
_PIP = re.compile(r"^(\s*)((?:python3?\s+-m\s+)?(?:pip3?|conda|mamba|micropip)\s+(?:install|uninstall|list|show|freeze)\b.*)$")
_UNPRINTABLE = re.compile("[\u00a0\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff]+")
_WIDTHLESS = re.compile("[\u200b-\u200d\u2060\ufeff]")
_NAME = r"[A-Za-z_%][\w.%*\[\]'\"]*"
_HELP = re.compile(rf"^(\s*)(?:(\?{{1,2}})\s*({_NAME})|({_NAME})\s*(\?{{1,2}}))\s*;?\s*$")


def as_python(source):
    """
    Takes code that does not compile. Returns code with its lines in the same places, and the magics that
    wrap it: pairs of a name and its arguments. What is inside of strings stays as it is.
    """
    code = source.replace("\r\n", "\n")
    wrappers = []
    for change in (_without_fences, _without_indentation, _without_prompts, _with_plain_spaces):
        if _error(code) is None:
            return code, wrappers
        code = change(code)
    while _error(code) is not None:
        found = _CELL_MAGIC.match(code)
        if found is None:
            break
        above, name, arguments = found.groups()
        body = code[found.end() :]
        if name not in WRAPPERS:
            return f"{above}get_ipython().run_cell_magic({name!r}, {arguments!r}, {body!r})", wrappers
        # The statement may be on the same line.
        line = arguments if name == "time" else ""
        wrappers.append((name, "" if name == "time" else arguments))
        code = f"{above}{line}\n{body}"
    return _without_line_magics(code), wrappers


def _error(code):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(code)
        except SyntaxError as error:
            return error
    return None


def _is_within(lines):
    """Whether what follows these lines is within a string, a bracket or a statement."""
    error = _error("\n".join(lines))
    if error is None:
        return False
    message = error.msg or ""
    return lines[-1].endswith("\\") or "triple-quoted" in message or "was never closed" in message


def _without_fences(code):
    """The Python in fences of Markdown; text around them becomes empty lines."""
    lines = code.split("\n")
    blocks = []
    at = 0
    while at < len(lines):
        opening = _FENCE.match(lines[at])
        at += 1
        if opening is None or (at > 1 and _is_within(lines[: at - 1])):
            continue
        fence, language = opening[1], opening[2].lower()
        closing = re.compile(rf"^(.*?){re.escape(fence[0])}{{{len(fence)},}}\s*$")
        start = at
        while at < len(lines) and not _closes(closing, lines[at]):
            at += 1
        content = lines[start:at]
        if at < len(lines):
            content.append(closing.match(lines[at])[1])
            at += 1
        blocks.append((language, start, content))
    chosen = [block for block in blocks if block[0] in PYTHON]
    if not chosen:
        chosen = [(language, start, ["!" + line if line.strip() else "" for line in content])
                  for language, start, content in blocks if language in SHELL]
    if chosen:
        kept = [""] * len(lines)
        for _, start, content in chosen:
            kept[start : start + len(content)] = content
        return "\n".join(kept)
    inline = re.fullmatch(r"\s*(`+)(?:(?:python3?|py)\b)?([^`]*)\1\s*", code)
    return inline[2].strip() if inline else code


def _closes(closing, line):
    found = closing.match(line)
    return found is not None and found[1].count('"') % 2 == 0 and found[1].count("'") % 2 == 0


def _without_indentation(code):
    """Without the indentation of the first line, or of all others if only the first one has none."""
    lines = code.split("\n")
    of_code = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not of_code:
        return code
    margin = _margin(of_code[0])
    if margin:
        return "\n".join(line.removeprefix(margin) for line in lines)
    error = _error(code)
    margin = _margin(of_code[1]) if len(of_code) > 1 else ""
    if margin and "unexpected indent" in (error.msg or "") and all(line.startswith(margin) for line in of_code[1:]):
        return "\n".join(line.removeprefix(margin) for line in lines)
    return code


def _margin(line):
    return line[: len(line) - len(line.lstrip())]


def _without_prompts(code):
    """The code of an interactive session, without what it printed."""
    lines = code.split("\n")
    first = next((line for line in lines if line.strip()), "")
    if not _PROMPT.match(first):
        return code

    def stripped(line, other):
        prompt = _PROMPT.match(line) or _MORE.match(line)
        return line[prompt.end() :] if prompt else other

    typed = "\n".join(stripped(line, "") for line in lines)
    if _error(typed) is None:
        return typed
    # Some leave out the prompts of the lines that follow the first.
    everything = "\n".join(stripped(line, line) for line in lines)
    return everything if _error(everything) is None else typed


def _with_plain_spaces(code):
    """Code copied from a page or a file: plain spaces for those of typography, and no marks without a width."""
    lines = code.split("\n")
    for _ in range(MAX_SPACES):
        error = _error("\n".join(lines))
        if error is None or "non-printable" not in (error.msg or "") or not 0 < error.lineno <= len(lines):
            break
        line = lines[error.lineno - 1]
        # Those inside of strings are no errors, and stay.
        found = _UNPRINTABLE.match(line, error.offset - 1)
        if found is None:
            break
        spaces = " " * len(_WIDTHLESS.sub("", found[0]))
        lines[error.lineno - 1] = line[: found.start()] + spaces + line[found.end() :]
    return "\n".join(lines)


def _without_line_magics(code):
    lines = code.split("\n")
    for _ in range(MAX_LINES):
        error = _error("\n".join(lines))
        if error is None or error.lineno is None or not 0 < error.lineno <= len(lines):
            break
        at = error.lineno - 1
        last = at
        while lines[last].endswith("\\") and last + 1 < len(lines):
            last += 1
        whole = " ".join(line.removesuffix("\\").strip() for line in lines[at + 1 : last + 1])
        call = _call(lines[at].removesuffix("\\") + whole)
        if call is None or (at > 0 and _is_within(lines[:at])):
            break
        lines[at : last + 1] = [call] + [""] * (last - at)
    return "\n".join(lines)


def _call(line):
    """What a line of a notebook's syntax does, as a call; None if it is no such line."""
    if found := _PIP.match(line):
        return f"{found[1]}get_ipython().system({found[2]!r})"
    if found := _HELP.match(line):
        return f"{found[1]}get_ipython().pinfo({(found[3] or found[4])!r})"
    if found := _COMMAND.match(line):
        return f"{found[1]}get_ipython().system({found[2].strip()!r})"
    if found := _LINE_MAGIC.match(line):
        return f"{found[1]}get_ipython().run_line_magic({found[2]!r}, {found[3].strip()!r})"
    if found := _ASSIGNED.match(line):
        if found[3]:
            return f"{found[1]}get_ipython().run_line_magic({found[3]!r}, {found[4].strip()!r})"
        return f"{found[1]}get_ipython().getoutput({found[2].strip()!r})"
    return None

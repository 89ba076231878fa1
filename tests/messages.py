"""What the program's errors say, as its code writes it: what stands between braces is an ellipsis."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import notion_sync
from notion_sync.errors import Cancelled, NotionSyncError

PACKAGE = Path(notion_sync.__file__).parent
APART = ("sandbox", "samples", "config")
"""Other programs' words; and mistakes of a configuration, which name their line, key and remedy themselves."""


def error_names() -> set[str]:
    """The names of all classes of errors that people are told."""
    for module in pkgutil.walk_packages([str(PACKAGE)], "notion_sync."):
        if module.name.split(".")[1] not in ("sandbox", "samples", "__main__"):
            importlib.import_module(module.name)

    def below(kind: type[Exception]) -> Iterator[type[Exception]]:
        for each in kind.__subclasses__():
            yield each
            yield from below(each)

    return {"NotionSyncError"} | {kind.__name__ for kind in below(NotionSyncError) if kind is not Cancelled}


def messages() -> dict[str, str]:
    """Each message → where it is written."""
    names, found = error_names(), {}
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE)
        if inside.parts[0] in APART:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and called(node) in names:
                for text in texts(node.args[0]):
                    if re.search(r"[a-z]{3}", text):
                        found[text] = f"{inside}:{node.lineno}"
    return found


def called(call: ast.Call) -> str:
    """The class that is made, or whose `__init__` it goes on to."""
    words = ast.unparse(call.func)
    return "NotionSyncError" if words == "super().__init__" else words.rpartition(".")[2]


def written() -> set[str]:
    """Every text in the code."""
    return {
        text
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant | ast.JoinedStr)
        for text in texts(node)
    }


def texts(node: ast.expr) -> Iterator[str]:
    """What an expression says in each case, with an ellipsis for each value in it."""
    match node:
        case ast.Constant(value=str(text)):
            yield one_line(text)
        case ast.JoinedStr(values=parts):
            said = "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts)
            yield one_line(said)
        case ast.BinOp(op=ast.Add(), left=left):
            yield from texts(left)
        case ast.IfExp(body=body, orelse=orelse):
            yield from texts(body)
            yield from texts(orelse)
        case ast.Tuple(elts=several):
            for each in several:
                yield from texts(each)


def one_line(text: str) -> str:
    """The same with single spaces, and one ellipsis for values that follow each other."""
    return re.sub("…+", "…", " ".join(text.split()))
